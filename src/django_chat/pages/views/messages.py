"""One message: who has read it, and what can be done with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from django_chat.exceptions import ChatError
from django_chat.feed.details import receipts
from django_chat.feed.history import message_for_reader
from django_chat.feed.inbox import conversation_for_reader
from django_chat.messages.services import delete_message, edit_message, react
from django_chat.pages.entrance import answer, page
from django_chat.pages.forms import EditForm, ReactionForm
from django_chat.pages.headings import heading
from django_chat.pages.names import names_in
from django_chat.pages.rows import message_row
from django_chat.pages.views.conversations import PAGE
from django_chat.pages.wording import error_sentence
from django_chat.people.presenters import presenter
from django_chat.tenancy.actor import Actor
from django_chat.timeline.models import Message

__all__ = ["delete", "edit", "message", "reaction"]


@page
@require_safe
def message(request: HttpRequest, actor: Actor, message_id: UUID) -> HttpResponse:
    """Show a message with all that can be done; `?reveal=1` shows a blocked one."""
    return _show(request, actor, message_id)


@page
@require_POST
def edit(request: HttpRequest, actor: Actor, message_id: UUID) -> HttpResponse:
    """Change the text of one's own message."""
    form = EditForm(request.POST)
    return _do(
        request,
        actor,
        message_id,
        form,
        lambda: edit_message(actor=actor, message_id=message_id, **form.cleaned_data),
        shown_as="edit_form",
    )


@page
@require_POST
def delete(request: HttpRequest, actor: Actor, message_id: UUID) -> HttpResponse:
    """Delete a message for everyone."""
    form = forms.Form(request.POST)
    return _do(
        request,
        actor,
        message_id,
        form,
        lambda: delete_message(actor=actor, message_id=message_id),
    )


@page
@require_POST
def reaction(request: HttpRequest, actor: Actor, message_id: UUID) -> HttpResponse:
    """Put an emoji on a message (`add`), or take it back (`remove`)."""
    form = ReactionForm(request.POST)

    def change() -> Message:
        added, removed = form.cleaned_data["add"], form.cleaned_data["remove"]
        return react(
            actor=actor,
            message_id=message_id,
            emoji=removed or added,
            op="remove" if removed else "add",
        )

    return _do(request, actor, message_id, form, change, shown_as="reaction_form")


def _do(
    request: HttpRequest,
    actor: Actor,
    message_id: UUID,
    form: forms.Form,
    service: Callable[[], Message],
    *,
    shown_as: str = "failed",
) -> HttpResponse:
    """Call the service and go back to the conversation, or say what is wrong here."""
    status = 400
    if form.is_valid():
        try:
            return redirect(_place_of(service()))
        except ChatError as error:
            if error.code == "not_found":
                raise
            form.add_error(None, error_sentence(error))
            status = error.status
    shown = {"failed": form, shown_as: form}
    return _show(request, actor, message_id, status=status, shown=shown)


def _place_of(changed: Message) -> str:
    """Return the address of the page of the conversation that the message is on."""
    address = reverse("django_chat:conversation", args=[changed.conversation_id])
    if changed.conversation.seq - changed.seq >= PAGE:
        address += f"?around_seq={changed.seq}"
    return f"{address}#m{changed.seq}"


def _show(
    request: HttpRequest,
    actor: Actor,
    message_id: UUID,
    *,
    status: int = 200,
    shown: dict[str, forms.Form] | None = None,
) -> HttpResponse:
    payload = message_for_reader(
        actor, message_id, reveal=request.GET.get("reveal") == "1"
    )
    if payload.get("hidden") == "me":
        raise ChatError("not_found")
    conversation = conversation_for_reader(actor, payload["conversation_id"])
    names = names_in(
        [(conversation["id"], payload["system"])] if payload["system"] else []
    )
    row = message_row(payload, names=names, reader_id=actor.id)
    given = {"content": payload["content"], "base_version": payload["version"]}
    may = conversation["permissions"]
    is_text = row.kind == "text"
    context: dict[str, Any] = {
        **heading(actor, conversation),
        "row": row,
        "may_react": is_text and may["send"],
        "may_edit": row.is_editable and may["edit_own"],
        "may_delete": is_text and (row.is_own or may["delete_any"]),
        "readers": _readers(actor, message_id) if row.is_own and is_text else [],
        "edit_form": EditForm(initial=given),
        "reaction_form": ReactionForm(),
        **(shown or {}),
    }
    return answer(request, actor, "message.html", context, status=status)


def _readers(actor: Actor, message_id: UUID) -> list[dict[str, Any]]:
    """Return who has read one's own message, and when; the others after them."""
    shown = presenter()
    readers = [
        {"name": shown.name(row.user), "read_at": row.read_at}
        for row in receipts(actor, message_id).rows
    ]
    return sorted(readers, key=lambda reader: reader["read_at"] is None)
