"""What a conversation is: its members and name, and leaving it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST, require_safe

from django_chat.exceptions import ChatError
from django_chat.feed.inbox import conversation_for_reader
from django_chat.feed.members import members as members_for
from django_chat.groups.services import members as member_services
from django_chat.groups.services.settings import (
    update_conversation,
    update_own_settings,
)
from django_chat.pages.entrance import answer, page
from django_chat.pages.forms import PeopleForm, TitleForm
from django_chat.pages.headings import heading
from django_chat.pages.rows import face
from django_chat.pages.wording import error_sentence
from django_chat.people.directory import find_people
from django_chat.people.querysets import blocked_by
from django_chat.policy import Scene, policy
from django_chat.tenancy.actor import Actor
from django_chat.timeline.payloads import member_payload

__all__ = ["add_members", "archive", "details", "leave", "remove_member", "rename"]


@page
@require_safe
def details(request: HttpRequest, actor: Actor, conversation_id: UUID) -> HttpResponse:
    """Show who is in a conversation and what the reader may change."""
    return _show(request, actor, conversation_id)


@page
@require_POST
def rename(request: HttpRequest, actor: Actor, conversation_id: UUID) -> HttpResponse:
    """Give a group another name."""
    form = TitleForm(request.POST)

    def change() -> None:
        update_conversation(
            actor=actor, conversation_id=conversation_id, **form.cleaned_data
        )

    return _do(request, actor, conversation_id, form, change, shown_as="title_form")


@page
@require_POST
def add_members(
    request: HttpRequest, actor: Actor, conversation_id: UUID
) -> HttpResponse:
    """Bring people into a group by their usernames."""
    form = PeopleForm(request.POST)

    def change() -> None:
        users = find_people(actor, form.addresses())
        member_services.add_members(
            actor=actor, conversation_id=conversation_id, users=users
        )

    return _do(request, actor, conversation_id, form, change, shown_as="people_form")


@page
@require_POST
def remove_member(
    request: HttpRequest, actor: Actor, conversation_id: UUID
) -> HttpResponse:
    """Take somebody out of a group."""
    form = forms.Form(request.POST)

    def change() -> None:
        member_services.remove_member(
            actor=actor,
            conversation_id=conversation_id,
            user_id=request.POST.get("user_id", ""),
        )

    return _do(request, actor, conversation_id, form, change)


@page
@require_POST
def leave(request: HttpRequest, actor: Actor, conversation_id: UUID) -> HttpResponse:
    """Leave a group."""
    member_services.leave(actor=actor, conversation_id=conversation_id)
    return redirect("django_chat:inbox")


@page
@require_POST
def archive(request: HttpRequest, actor: Actor, conversation_id: UUID) -> HttpResponse:
    """Move a conversation to one's own archive, or back with `archived=0`."""
    archived = request.POST.get("archived") != "0"
    update_own_settings(actor=actor, conversation_id=conversation_id, archived=archived)
    return redirect("django_chat:details", conversation_id)


def _do(
    request: HttpRequest,
    actor: Actor,
    conversation_id: UUID,
    form: forms.Form,
    service: Callable[[], None],
    *,
    shown_as: str = "failed",
) -> HttpResponse:
    """Call the service and show the details again, with what is wrong if anything."""
    status = 400
    if form.is_valid():
        try:
            service()
        except ChatError as error:
            form.add_error(None, error_sentence(error))
            status = error.status
        else:
            return redirect("django_chat:details", conversation_id)
    shown = {"failed": form, shown_as: form}
    return _show(request, actor, conversation_id, status=status, shown=shown)


def _show(
    request: HttpRequest,
    actor: Actor,
    conversation_id: UUID,
    *,
    status: int = 200,
    shown: dict[str, forms.Form] | None = None,
) -> HttpResponse:
    conversation = conversation_for_reader(actor, conversation_id)
    context: dict[str, Any] = {
        **heading(actor, conversation),
        "members": _members(actor, conversation),
        "title_form": TitleForm(initial={"title": conversation["title"]}),
        "people_form": PeopleForm(),
        **(shown or {}),
    }
    return answer(request, actor, "details.html", context, status=status)


def _members(actor: Actor, conversation: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the members of a group, owners first, each with what may be done."""
    blocked = blocked_by(actor)
    scene = Scene(
        user=actor.user,
        kind=conversation["kind"],
        status=conversation["status"],
        role=conversation["my_role"],
    )
    members = []
    for row in members_for(actor, UUID(conversation["id"])):
        member = member_payload(row)
        is_self = member["user_id"] == actor.id
        may_remove = policy().can_remove_member(scene, target_role=row.role)
        members.append(
            {
                **member,
                "face": face(member["name"], member["user_id"], member["avatar_url"]),
                "is_self": is_self,
                "is_blocked": member["user_id"] in blocked,
                "may_remove": may_remove and not is_self,
            }
        )
    rank = {"owner": 0, "admin": 1}
    return sorted(members, key=lambda member: rank.get(member["role"], 2))
