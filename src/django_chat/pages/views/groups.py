"""Forming a group."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from django_chat.exceptions import ChatError
from django_chat.groups.services.opening import create_group
from django_chat.pages.entrance import answer, page
from django_chat.pages.forms import GroupForm
from django_chat.pages.views.people import listed_people
from django_chat.pages.wording import error_sentence
from django_chat.people.directory import find_people
from django_chat.tenancy.actor import Actor

__all__ = ["new_group"]


@page
@require_http_methods(["GET", "HEAD", "POST"])
def new_group(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Name a group and choose its people; sending the form twice makes one group."""
    people = listed_people(actor)
    choices = [(str(card["id"]), str(card["name"])) for card in people]
    form = GroupForm(request.POST or None, people=choices)
    status = 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            try:
                group, _ = create_group(
                    actor=actor,
                    title=form.cleaned_data["title"],
                    members=find_people(actor, form.addresses()),
                    client_id=form.cleaned_data["client_id"],
                )
                return redirect("django_chat:conversation", group.pk)
            except ChatError as error:
                form.add_error(None, error_sentence(error))
                status = error.status
                if error.code == "idempotency_conflict":
                    form.renewed()
    context = {
        "form": form,
        "people": people,
        "chosen": set(form["members"].value() or ()),
    }
    return answer(request, actor, "new_group.html", context, status=status)
