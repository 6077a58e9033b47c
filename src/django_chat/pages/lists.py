"""The list of conversations, as every page shows it at its side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext as _

from django_chat.feed.inbox import inbox, inbox_payloads, inbox_totals
from django_chat.pages.names import names_in
from django_chat.pages.rows import Face, face, moment, short_time
from django_chat.pages.wording import system_sentence
from django_chat.people.querysets import blocked_by
from django_chat.tenancy.actor import Actor
from django_chat.timeline.models import Message, Participant

__all__ = [
    "ConversationList",
    "ConversationRow",
    "conversation_list",
    "face_of",
    "partner_in",
    "title_of",
]

PAGE = 30


@dataclass(slots=True)
class ConversationRow:
    """One conversation of the list."""

    conversation: Mapping[str, Any]
    title: str
    face: Face
    preview: str
    prefix: str = ""
    when: datetime | None = None
    time: str = ""


@dataclass(slots=True)
class ConversationList:
    """A page of the list; `next` is where the following page starts."""

    rows: list[ConversationRow]
    unread: int
    archived: bool
    first: bool
    next: str = ""


def conversation_list(
    actor: Actor, *, archived: bool = False, after: UUID | None = None
) -> ConversationList:
    """Return `actor`'s conversations, newest first, from below `after` on."""
    found = inbox(actor).filter(archived_by_me=archived)
    if after is not None:
        found = found.filter(_below(actor, after))
    listed = list(found[: PAGE + 1])
    payloads = inbox_payloads(actor, listed[:PAGE])
    return ConversationList(
        rows=_rows(actor, payloads),
        unread=inbox_totals(actor)["unread"],
        archived=archived,
        first=after is None,
        next=payloads[-1]["id"] if len(listed) > PAGE else "",
    )


def _below(actor: Actor, conversation_id: UUID) -> Q:
    """Return what comes after a conversation in the list, as the list is now."""
    place = (
        Participant.objects.of(actor)
        .filter(conversation=conversation_id)
        .values_list("conversation__last_activity", flat=True)
        .first()
    )
    if place is None:
        return Q()
    return Q(conversation__last_activity__lt=place) | Q(
        conversation__last_activity=place, conversation__lt=conversation_id
    )


def _rows(actor: Actor, payloads: Sequence[Mapping[str, Any]]) -> list[ConversationRow]:
    if not payloads:
        return []
    blocked = blocked_by(actor)
    lines = _system_lines(payloads)
    names = names_in(
        (payload["id"], lines[payload["id"]])
        for payload in payloads
        if payload["id"] in lines
    )
    rows = []
    for payload in payloads:
        row = ConversationRow(payload, title_of(payload), face_of(actor, payload), "")
        last = payload["last_message"]
        if last is None:
            row.preview = _("No messages yet")
        else:
            row.when = moment(last["timestamp"])
            row.time = short_time(row.when)
            line = lines.get(payload["id"])
            if line is not None:
                row.preview = system_sentence(line, names, actor.id)
            else:
                row.prefix = _prefix(payload)
                row.preview = _preview(payload, blocked)
        rows.append(row)
    return rows


def title_of(conversation: Mapping[str, Any]) -> str:
    """Return what a conversation is called; a group may have no title."""
    if conversation["title"]:
        return str(conversation["title"])
    names = [member["name"] for member in conversation["members"]]
    return ", ".join(names[:3])


def partner_in(
    actor: Actor, conversation: Mapping[str, Any]
) -> Mapping[str, Any] | None:
    """Return the other side of a direct conversation, if it is still there."""
    if conversation["is_group"]:
        return None
    others = (m for m in conversation["members"] if m["user_id"] != actor.id)
    return next(others, None)


def face_of(actor: Actor, conversation: Mapping[str, Any]) -> Face:
    """Return how a conversation is pictured: a direct one as the other person."""
    partner = partner_in(actor, conversation)
    key = partner["user_id"] if partner else conversation["id"]
    return face(title_of(conversation), key, conversation["avatar_url"])


def _prefix(payload: Mapping[str, Any]) -> str:
    last = payload["last_message"]
    if last["is_own_message"]:
        return _("You:")
    return f"{last['sender']}:" if payload["is_group"] else ""


def _preview(payload: Mapping[str, Any], blocked: frozenset[str]) -> str:
    last = payload["last_message"]
    if last["excerpt"]:
        return str(last["excerpt"])
    if last["sender_id"] in blocked:
        return _("Message from someone you blocked")
    if last["seq"] < payload["history_from_seq"]:
        return _("No messages yet")
    return _("Message deleted")


def _system_lines(
    payloads: Sequence[Mapping[str, Any]],
) -> dict[str, Mapping[str, Any]]:
    """Return, per conversation, its newest line where that is one of its own."""
    ids = [
        payload["last_message"]["id"]
        for payload in payloads
        if payload["last_message"] and payload["last_message"]["kind"] == "system"
    ]
    if not ids:
        return {}
    rows = Message.objects.filter(pk__in=ids).values_list("conversation_id", "system")
    return {str(pk): system or {} for pk, system in rows}
