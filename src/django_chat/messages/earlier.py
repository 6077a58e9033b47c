"""Earlier messages that a send may mean: what it repeats, and what it answers."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Max, OuterRef, Subquery

from django_chat.messages.drafts import Draft
from django_chat.timeline.models import Message, Participant
from django_chat.timeline.transactions import database

__all__ = ["Sent", "known_messages", "reply_targets"]


@dataclass(slots=True)
class Sent:
    """A stored message: what the sender is told, the same for every repeat."""

    id: UUID
    conversation_id: UUID
    seq: int
    rev: int
    created_at: datetime
    client_id: str
    duplicate: bool = False
    message: Message | None = None
    payload: dict[str, Any] | None = None


def known_messages(
    drafts: Sequence[Draft],
) -> dict[tuple[Any, str], tuple[str, Sent]]:
    """Return what was sent before under the same keys, with the hash of the request."""
    rows: Any = (
        Message.objects.using(database())
        .filter(
            sender__in={d.actor.user_id for d in drafts},
            client_id__in={d.client_id for d in drafts},
        )
        .values_list(
            "sender_id",
            "request_hash",
            "client_id",
            "pk",
            "conversation_id",
            "seq",
            "created_rev",
            "created_at",
        )
    )
    return {
        (sender_id, key): (digest, Sent(pk, place, seq, rev, at, key))
        for sender_id, digest, key, pk, place, seq, rev, at in rows
    }


def reply_targets(ids: Collection[UUID]) -> dict[UUID, Any]:
    """Return the messages replied to, each with the youngest member's horizon."""
    if not ids:
        return {}
    youngest = (
        Participant.objects.active()
        .filter(conversation=OuterRef("conversation"))
        .order_by()
        .values("conversation")
        .annotate(youngest=Max("history_from_seq"))
        .values("youngest")
    )
    rows = (
        Message.objects.using(database())
        .filter(pk__in=ids)
        .select_related("sender")
        .annotate(youngest_horizon=Subquery(youngest))
    )
    return {row.pk: row for row in rows}
