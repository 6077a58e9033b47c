"""A conversation: its messages, and the form that writes the next one."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from django_chat.exceptions import ChatError
from django_chat.feed.history import Page, history_page, message_for_reader
from django_chat.feed.inbox import conversation_for_reader
from django_chat.ids import parse_uuid
from django_chat.limits import check_rate
from django_chat.messages.drafts import Draft
from django_chat.messages.services import send_message
from django_chat.pages.entrance import answer, page, rate_key
from django_chat.pages.forms import SendForm
from django_chat.pages.headings import days_of, heading
from django_chat.pages.rows import MessageRow, message_row
from django_chat.pages.wording import error_sentence
from django_chat.receipts.services import mark_read
from django_chat.tenancy.actor import Actor

__all__ = ["PAGE", "conversation"]

PAGE = 50
_PLACES = ("before_seq", "after_seq", "around_seq")


@page
@require_http_methods(["GET", "HEAD", "POST"])
def conversation(
    request: HttpRequest, actor: Actor, conversation_id: UUID
) -> HttpResponse:
    """Show a page of a conversation, and read it; a POST sends a message."""
    if request.method != "POST":
        reply_to = parse_uuid(request.GET.get("reply_to"))
        form = SendForm(initial={"reply_to": reply_to} if reply_to else None)
        return _show(request, actor, conversation_id, form)
    form = SendForm(request.POST)
    if form.is_valid():
        try:
            check_rate("send", rate_key(actor))
            send_message(
                Draft(
                    actor=actor,
                    conversation_id=conversation_id,
                    content=form.cleaned_data["content"],
                    client_id=form.cleaned_data["client_id"],
                    reply_to=form.cleaned_data["reply_to"],
                )
            )
        except ChatError as error:
            form.add_error(None, error_sentence(error))
            if error.code == "idempotency_conflict":
                form.renewed()
            return _show(request, actor, conversation_id, form, status=error.status)
        return redirect("django_chat:conversation", conversation_id)
    return _show(request, actor, conversation_id, form, status=400)


def _show(
    request: HttpRequest,
    actor: Actor,
    conversation_id: UUID,
    form: SendForm,
    *,
    status: int = 200,
) -> HttpResponse:
    found = conversation_for_reader(actor, conversation_id)
    shown = history_page(
        actor=actor, conversation_id=conversation_id, limit=PAGE, **_place(request)
    )
    if not _is_prefetch(request):
        _mark_read(actor, found, shown)
    context = {
        **heading(actor, found),
        "days": days_of(found, shown, reader_id=actor.id),
        "history": shown,
        "first_seq": shown.results[0]["seq"] if shown.results else None,
        "last_seq": shown.results[-1]["seq"] if shown.results else None,
        "form": form,
        "reply": _reply(actor, conversation_id, form),
    }
    return answer(request, actor, "conversation.html", context, status=status)


def _place(request: HttpRequest) -> dict[str, int]:
    """Return where in the history the reader wants to look; nonsense is the end."""
    for name in _PLACES:
        value = request.GET.get(name, "")
        if value.isascii() and value.isdecimal() and len(value) < 16:
            return {name: int(value)}
    return {}


def _is_prefetch(request: HttpRequest) -> bool:
    # A browser that loads ahead has shown the page to nobody.
    return "prefetch" in request.headers.get("Sec-Purpose", "")


def _mark_read(actor: Actor, conversation: dict[str, Any], shown: Page) -> None:
    if shown.has_newer or not shown.results:
        return
    last = shown.results[-1]["seq"]
    if last > conversation["read_seq"] or conversation["marked_unread"]:
        mark_read(actor=actor, conversation_id=UUID(conversation["id"]), up_to_seq=last)


def _reply(actor: Actor, conversation_id: UUID, form: SendForm) -> MessageRow | None:
    """Return the message that is being answered, when it can be."""
    target = parse_uuid(form["reply_to"].value())
    if target is None:
        return None
    try:
        payload = message_for_reader(actor, target)
    except ChatError:
        return None
    if payload.get("conversation_id") != str(conversation_id):
        return None
    return message_row(payload, names={}, reader_id=actor.id)
