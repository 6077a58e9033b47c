"""The only writer of `seq`, `rev` and `ordinal`.

All three are counted on a locked conversation row, so commit order is number order and
no number is skipped: a refused message takes none.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django_chat.timeline.models import EXCERPT_MAX, Conversation, Message, Participant
from django_chat.timeline.querysets import COUNTS_FROM
from django_chat.timeline.rows import Update, write_rows
from django_chat.timeline.transactions import database

__all__ = [
    "Position",
    "advance",
    "count_one_by_one",
    "heads",
    "place_change",
    "place_message",
    "save_heads",
    "touch_meta",
    "watermarks",
]

_NUMBERS = ("seq", "rev", "ordinal", "meta_rev")
_LAST = (
    "last_activity",
    "last_message_id",
    "last_message_at",
    "last_sender",
    "last_kind",
    "last_excerpt",
)


@dataclass(frozen=True, slots=True)
class Position:
    """Where a change stands: message number, change number, countable number."""

    seq: int
    rev: int
    ordinal: int


def advance(
    conversation: Conversation, *, message: bool = False, countable: bool = False
) -> Position:
    """Take the next numbers of a locked conversation, in memory.

    Every change takes a `rev`; a message a `seq` too; one that can be unread also an
    `ordinal`. `save_heads` writes them.
    """
    conversation.rev += 1
    conversation.seq += message
    conversation.ordinal += countable
    return Position(conversation.seq, conversation.rev, conversation.ordinal)


def touch_meta(conversation: Conversation) -> int:
    """Take a `rev` for a change of the conversation itself: title, members, roles."""
    rev = advance(conversation).rev
    conversation.meta_rev = rev
    return rev


def place_message(conversation: Conversation, message: Message) -> None:
    """Give a new message its numbers and make it the newest of its conversation."""
    position = advance(
        conversation, message=True, countable=message.kind != Message.Kind.SYSTEM
    )
    message.seq = position.seq
    message.rev = message.created_rev = position.rev
    message.ordinal = position.ordinal
    conversation.last_activity = max(conversation.last_activity, message.created_at)
    conversation.last_message_id = message.pk
    conversation.last_message_at = message.created_at
    conversation.last_sender_id = message.sender_id
    conversation.last_kind = message.kind
    conversation.last_excerpt = message.content[:EXCERPT_MAX]


def place_change(conversation: Conversation, message: Message) -> None:
    """Give a message that has changed the next `rev` of its locked conversation."""
    message.rev = advance(conversation).rev


def heads(conversations: Iterable[Conversation]) -> Update:
    """Return the change that writes numbers and newest message of locked rows."""
    return Update(list(conversations), (*_NUMBERS, *_LAST))


def save_heads(conversations: Iterable[Conversation]) -> None:
    """Write the numbers and the newest message of locked conversations."""
    write_rows(heads(conversations))


def watermarks(participants: Iterable[Participant]) -> Update:
    """Return the change that writes how far members have read."""
    names = ("read_seq", "read_ordinal", "unread_from_seq", "marked_unread")
    return Update(list(participants), names)


def count_one_by_one(participant_ids: Collection[int]) -> None:
    """Let unread messages of these members be counted instead of subtracted.

    Who sends without reading has messages of his own above his watermark, and those are
    not unread. The watermark itself is left alone: it may be moving at this moment.
    """
    Participant.objects.using(database()).filter(
        pk__in=participant_ids, unread_from_seq__isnull=True
    ).update(unread_from_seq=COUNTS_FROM)
