"""What hangs on one message, for one reader: reactions, receipts, earlier texts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Count

from django_chat.exceptions import ChatError
from django_chat.messages.models import Reaction, Revision
from django_chat.messages.querysets import reactions_for_reader, reactors_by_emoji
from django_chat.people.presenters import presenter
from django_chat.people.querysets import blocked_since
from django_chat.policy import policy
from django_chat.receipts.querysets import readers_of
from django_chat.tenancy.actor import Actor
from django_chat.timeline.access import seat_of, visible_message
from django_chat.timeline.models import Message, Participant
from django_chat.timeline.wiretime import wire_time

__all__ = [
    "Receipts",
    "reaction_payload",
    "reaction_summary",
    "reactors",
    "receipt_payload",
    "receipts",
    "revision_payloads",
]

Payload = dict[str, Any]


def reaction_summary(actor: Actor, message: Message) -> Payload:
    """Return the reactions to a message and the `rev` of its last change."""
    by_emoji = reactors_by_emoji([message.pk]).get(message.pk, {})
    return {
        "rev": message.rev,
        "reactions": reactions_for_reader(by_emoji, actor.id),
    }


def reactors(actor: Actor, message_id: UUID, *, emoji: str | None = None) -> Any:
    """Return the reactions to a message, oldest first, with their users.

    Raises `not_found`.
    """
    rows = Reaction.objects.filter(message=visible_message(actor, message_id))
    if emoji is not None:
        rows = rows.filter(emoji=emoji)
    return rows.select_related("user").order_by("pk")


def reaction_payload(row: Reaction) -> Payload:
    """Return who reacted, how and when."""
    return {
        "emoji": row.emoji,
        "user_id": str(row.user_id),
        "name": presenter().name(row.user),
        "created_at": wire_time(row.created_at),
    }


@dataclass(slots=True)
class Receipts:
    """The other members of a conversation as readers of one message."""

    rows: Any
    read_count: int
    member_count: int


def receipts(actor: Actor, message_id: UUID) -> Receipts:
    """Return who, but its author, has read a message; raise `not_found`.

    Between two people of whom one has blocked the other, what was read since does not
    show.
    """
    message = visible_message(actor, message_id)
    rows = readers_of(message, until=_shown_until(actor, message))
    counts = rows.order_by().aggregate(members=Count("pk"), read=Count("read_at"))
    return Receipts(rows, counts["read"], counts["members"])


def _shown_until(actor: Actor, message: Message) -> Any:
    others = (
        Participant.objects.active()
        .filter(conversation=message.conversation_id, conversation__kind="direct")
        .exclude(user=actor.user)
        .values_list("user_id", flat=True)
    )
    partner_id = others.first()
    if partner_id is None:
        return None
    return blocked_since(actor.tenant, actor.user_id, partner_id)


def receipt_payload(row: Any) -> Payload:
    """Return one row of `receipts`; `read_at` is None where unread."""
    return {
        "user_id": str(row.user_id),
        "name": presenter().name(row.user),
        "read_at": wire_time(row.read_at) if row.read_at else None,
    }


def revision_payloads(actor: Actor, message_id: UUID) -> list[Payload]:
    """Return what a message said before each edit, oldest first.

    For its author and for moderators. Raises `not_found` and `forbidden`.
    """
    message = visible_message(actor, message_id)
    seat = seat_of(actor, message.conversation_id)
    own = message.sender_id == actor.user_id
    if not policy().can_see_revisions(seat.scene, own=own):
        raise ChatError("forbidden")
    return [
        {
            "version": row.version,
            "content": row.content,
            "edited_at": wire_time(row.written_at),
        }
        for row in Revision.objects.filter(message=message).order_by("version")
    ]
