"""People: writing to somebody for the first time, and blocking."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from django_chat.exceptions import ChatError
from django_chat.groups.services.opening import open_direct
from django_chat.ids import parse_uuid
from django_chat.pages.entrance import answer, page
from django_chat.pages.forms import DirectForm
from django_chat.pages.rows import Face, face
from django_chat.pages.wording import error_sentence
from django_chat.people.directory import (
    directory,
    find_acquaintance,
    find_blocked,
    find_person,
    people_of,
)
from django_chat.people.models import Block
from django_chat.people.presenters import presenter
from django_chat.people.querysets import blocks_of
from django_chat.people.services import block_user, unblock_user
from django_chat.tenancy.actor import Actor
from django_chat.text import is_storable

__all__ = ["block", "blocked", "listed_people", "new_direct", "unblock"]

LISTED = 50
Card = dict[str, Any | Face]


@page
@require_http_methods(["GET", "HEAD", "POST"])
def new_direct(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Choose whom to write to; a POST opens the conversation."""
    query = request.GET.get("q", "").strip()
    form = DirectForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            try:
                target = find_person(actor, form.address())
                opened, _ = open_direct(actor=actor, target=target)
                return redirect("django_chat:conversation", opened.pk)
            except ChatError as error:
                form.add_error(None, error_sentence(error))
                status = error.status
    people = listed_people(actor, query)
    context = {"form": form, "query": query, "people": people}
    return answer(request, actor, "new_direct.html", context, status=status)


def listed_people(actor: Actor, query: str = "") -> list[Card]:
    """Return the first people by username whom `actor` may find and write to."""
    if query and is_storable(query):
        found = directory().search(actor, query)
    else:
        found = directory().visible(actor, people_of(actor))
    made, met = blocks_of(actor)
    users = found.exclude(pk=actor.user_id).order_by(found.model.USERNAME_FIELD)
    out_of_reach = made | met
    return [_card(user) for user in users[:LISTED] if str(user.pk) not in out_of_reach]


def _card(user: Any) -> Card:
    card = presenter().card(user)
    return {**card, "face": face(card["name"], card["id"], card["avatar_url"])}


@page
@require_safe
def blocked(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Show whom one has blocked."""
    rows = Block.objects.made_by(actor).select_related("blocked").order_by("-pk")
    people = [_card(row.blocked) for row in rows]
    return answer(request, actor, "blocked.html", {"people": people})


@page
@require_POST
def block(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Block somebody one can see or has talked with."""
    target = find_acquaintance(actor, request.POST.get("user_id", ""))
    block_user(actor=actor, target=target)
    return _back(request)


@page
@require_POST
def unblock(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Lift a block."""
    target = find_blocked(actor, request.POST.get("user_id", ""))
    if target is not None:
        unblock_user(actor=actor, target=target)
    return _back(request)


def _back(request: HttpRequest) -> HttpResponse:
    """Go back to the conversation that was open, or to the list of blocked people."""
    conversation_id = parse_uuid(request.POST.get("conversation"))
    if conversation_id is None:
        return redirect("django_chat:blocked")
    return redirect("django_chat:conversation", conversation_id)
