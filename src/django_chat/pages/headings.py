"""What is said of a conversation wherever its messages are shown."""

from __future__ import annotations

from typing import Any

from django_chat.feed.history import Page
from django_chat.pages.forms import QUICK_REACTIONS
from django_chat.pages.lists import face_of, partner_in, title_of
from django_chat.pages.names import names_in
from django_chat.pages.rows import Day, message_days
from django_chat.pages.wording import disabled_reason
from django_chat.people.querysets import blocked_by
from django_chat.tenancy.actor import Actor

__all__ = ["days_of", "heading"]


def heading(actor: Actor, conversation: dict[str, Any]) -> dict[str, Any]:
    """Return what every page about a conversation says of it."""
    partner = partner_in(actor, conversation)
    is_blocked = partner is not None and partner["user_id"] in blocked_by(actor)
    return {
        "conversation": conversation,
        "title": title_of(conversation),
        "face": face_of(actor, conversation),
        "partner": partner,
        "partner_blocked": is_blocked,
        "disabled": disabled_reason(conversation["send_disabled_reason"]),
        "quick_reactions": QUICK_REACTIONS,
    }


def days_of(conversation: dict[str, Any], shown: Page, *, reader_id: str) -> list[Day]:
    """Return a page of history as the days that the template shows."""
    names = names_in(
        (conversation["id"], payload["system"])
        for payload in shown.results
        if payload.get("system")
    )
    return message_days(
        shown.results,
        names=names,
        reader_id=reader_id,
        unread_after=conversation["read_seq"] if conversation["unread_count"] else None,
    )
