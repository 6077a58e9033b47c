"""Heads: cheap questions that notice what a lost nudge did not bring."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import Aggregate, Count, Q, Sum

from django_chat.tenancy.actor import Actor
from django_chat.timeline.models import Conversation, Participant

__all__ = [
    "APPEARANCE",
    "Active",
    "Head",
    "Membership",
    "active_conversations",
    "appearance",
    "heads_of",
    "inbox_revs",
    "members_of",
]


APPEARANCE: dict[str, Aggregate] = {
    "conversation_count": Count("pk"),
    "revs": Sum("conversation__rev"),
    "reads": Sum("read_seq"),
    "flags": Sum("unread_from_seq"),
    "hidden": Sum("hidden_before"),
    # Keys and not counts: to pin one and unpin another is a change, too.
    "pinned_rows": Sum("pk", filter=Q(pinned=True)),
    "archived_rows": Sum("pk", filter=Q(archived_by_me=True)),
    "unread_rows": Sum("pk", filter=Q(marked_unread=True)),
}
"""Sums over somebody's memberships: one of them changes when his list does."""


class Head(NamedTuple):
    """The newest change, and the newest change of members or title."""

    rev: int
    meta_rev: int


class Membership(NamedTuple):
    """Who is in a conversation, from where on each may see it, and as of which change."""

    meta_rev: int
    visible_from: dict[str, int]


def heads_of(conversation_ids: Collection[UUID]) -> dict[str, Head]:
    """Return the heads of those conversations that exist. One query."""
    rows = Conversation.objects.filter(pk__in=conversation_ids).values_list(
        "pk", "rev", "meta_rev"
    )
    return {str(pk): Head(rev, meta_rev) for pk, rev, meta_rev in rows}


def members_of(
    conversation_ids: Collection[UUID], user_ids: Collection[Any]
) -> dict[str, Membership]:
    """Return which of `user_ids` are members now, per conversation. Two queries.

    The `meta_rev` is read first: a list that is newer than it says is harmless.
    """
    found = {
        str(pk): Membership(meta_rev, {})
        for pk, meta_rev in Conversation.objects.filter(
            pk__in=conversation_ids
        ).values_list("pk", "meta_rev")
    }
    rows = (
        Participant.objects.active()
        .filter(conversation__in=conversation_ids, user__in=user_ids)
        .values_list("conversation_id", "user_id", "history_from_seq", "hidden_before")
    )
    for conversation_id, user_id, from_seq, hidden_before in rows:
        if (membership := found.get(str(conversation_id))) is not None:
            visible_from = max(from_seq, hidden_before + 1)
            membership.visible_from[str(user_id)] = visible_from
    return found


class Active(NamedTuple):
    """A conversation that somebody's socket listens to, and from where on he sees it."""

    conversation_id: str
    head: Head
    visible_from: int


def active_conversations(actor: Actor, *, since: datetime, limit: int) -> list[Active]:
    """Return `actor`'s conversations with news after `since`, newest first. One query.

    Those too that he deleted for himself: the next message brings them back.
    """
    rows = (
        Participant.objects.of(actor)
        .active()
        .filter(conversation__last_activity__gte=since)
        .order_by("-conversation__last_activity")
        .values_list(
            "conversation_id",
            "conversation__rev",
            "conversation__meta_rev",
            "history_from_seq",
            "hidden_before",
        )[:limit]
    )
    return [
        Active(str(pk), Head(rev, meta_rev), max(from_seq, hidden_before + 1))
        for pk, rev, meta_rev, from_seq, hidden_before in rows
    ]


def inbox_revs(tenant: str, user_ids: Collection[Any]) -> dict[str, str]:
    """Return, per user, a text that changes whenever his list looks different.

    One grouped query for all users of a process; the same text is the list's ETag.
    """
    rows = (
        Participant.objects.active()
        .filter(conversation__tenant=tenant, user__in=user_ids)
        .order_by()
        .values("user_id")
        .annotate(**APPEARANCE)
    )
    found = {str(pk): appearance({}) for pk in user_ids}
    found |= {str(row["user_id"]): appearance(row) for row in rows}
    return found


def appearance(row: Mapping[str, Any]) -> str:
    """Return the text that the sums of `APPEARANCE` make."""
    return "-".join(str(row.get(name) or 0) for name in APPEARANCE)
