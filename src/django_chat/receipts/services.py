"""Moving one's watermarks. Marking a year of messages read costs the same as one.

None of these lock the conversation: a reader must never make writers wait. Each is one
conditional UPDATE, so two devices that read at once cannot move a watermark back.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from django_chat.exceptions import ChatError
from django_chat.realtime.events import ConversationEvent, UserEvent
from django_chat.realtime.publish import publish
from django_chat.signals import announce, conversation_read
from django_chat.tenancy.actor import Actor
from django_chat.timeline.access import participant_of, partner_available
from django_chat.timeline.events import BROADCAST_MEMBERS, read_event
from django_chat.timeline.models import Message, Participant, ReadMark
from django_chat.timeline.querysets import COUNTS_FROM
from django_chat.timeline.transactions import database, write

__all__ = ["ReadState", "mark_delivered", "mark_read", "mark_unread"]


@dataclass(frozen=True, slots=True)
class ReadState:
    """Where one's watermark stands, what is left, and how many were read now."""

    read_seq: int
    unread_count: int
    marked: int = 0


def mark_read(
    *,
    actor: Actor,
    conversation_id: UUID,
    up_to_seq: int | None = None,
    message_id: UUID | None = None,
) -> ReadState:
    """Mark everything up to a message read; without one, everything.

    A number beyond the newest message means the newest. The watermark never goes back;
    a call that does not move it still ends "marked unread". Raises `not_found`.
    """
    participant = participant_of(actor, conversation_id)
    seq, ordinal, found_id = _up_to(participant, up_to_seq, message_id)
    return _move(actor, participant, seq, ordinal, found_id)


@write
def _move(
    actor: Actor, participant: Participant, seq: int, ordinal: int, found_id: str | None
) -> ReadState:
    now = timezone.now()
    rows = Participant.objects.using(database()).filter(pk=participant.pk)
    # Another device may have read further in this very moment.
    moved = seq > participant.read_seq and rows.filter(read_seq__lt=seq).update(
        read_seq=seq, read_ordinal=ordinal
    )
    if participant.unread_from_seq is not None or participant.marked_unread:
        # Among what is left may be messages of his own: they are still counted.
        is_all = seq >= participant.conversation.seq
        rows.update(
            unread_from_seq=None if is_all else COUNTS_FROM, marked_unread=False
        )
    counted = rows.with_unread().first()
    if counted is None:
        raise ChatError("not_found")
    if moved:
        mark = ReadMark(
            conversation=participant.conversation,
            user=actor.user,
            seq=seq,
            read_at=now,
        )
        ReadMark.objects.bulk_create([mark], ignore_conflicts=True)
        _tell_read(actor, participant, counted.read_seq, found_id, now)
    elif participant.marked_unread:
        _tell_flag(actor, participant, marked_unread=False)
    marked = max(0, counted.read_ordinal - participant.read_ordinal)
    return ReadState(counted.read_seq, counted.unread, marked)


def _up_to(
    participant: Participant, up_to_seq: int | None, message_id: UUID | None
) -> tuple[int, int, str | None]:
    """Return seq, ordinal and id of the message that is read up to."""
    conversation = participant.conversation
    rows = Message.objects.filter(
        conversation=conversation, seq__gte=participant.visible_from
    )
    if message_id is not None:
        found = rows.filter(pk=message_id).first()
        if found is None:
            raise ChatError("not_found", field="message_id")
        return found.seq, found.ordinal, str(found.pk)
    if up_to_seq is not None and up_to_seq < conversation.seq:
        found = rows.filter(seq=up_to_seq).first()
        if found is None:
            return 0, 0, None
        return found.seq, found.ordinal, str(found.pk)
    last_id = conversation.last_message_id
    return conversation.seq, conversation.ordinal, str(last_id) if last_id else None


def _tell_read(
    actor: Actor,
    participant: Participant,
    read_seq: int,
    message_id: str | None,
    now: datetime,
) -> None:
    conversation = participant.conversation
    participant.read_seq = read_seq
    event = read_event(
        conversation, participant, user=actor.user, message_id=message_id, read_at=now
    )
    if _is_broadcast(actor, participant):
        publish(event, using=database())
    else:
        publish(UserEvent(actor.tenant, actor.id, event.frame), using=database())
    send = partial(
        announce,
        conversation_read,
        Participant,
        conversation=conversation,
        participant=participant,
        actor=actor.user,
        up_to_seq=read_seq,
    )
    transaction.on_commit(send, using=database(), robust=True)


def _is_broadcast(actor: Actor, participant: Participant) -> bool:
    conversation = participant.conversation
    if conversation.member_count > BROADCAST_MEMBERS:
        return False
    # Between people of whom one has blocked the other, reading is not shown.
    return partner_available(actor, conversation)


def mark_delivered(*, actor: Actor, conversation_id: UUID, up_to_seq: int) -> int:
    """Say that a device has everything up to a number; return the watermark."""
    participant = participant_of(actor, conversation_id)
    seq = min(up_to_seq, participant.conversation.seq)
    _deliver(actor, participant, seq)
    return max(seq, participant.delivered_seq)


@write
def _deliver(actor: Actor, participant: Participant, seq: int) -> None:
    conversation = participant.conversation
    rows = Participant.objects.using(database()).filter(pk=participant.pk)
    moved = rows.filter(delivered_seq__lt=seq).update(delivered_seq=seq)
    if not moved or not _is_broadcast(actor, participant):
        return
    frame = {
        "type": "delivered",
        "conversation_id": str(conversation.pk),
        "user_id": actor.id,
        "up_to_seq": seq,
    }
    event = ConversationEvent(
        tenant=conversation.tenant,
        conversation_id=str(conversation.pk),
        frame=frame,
        meta_rev=conversation.meta_rev,
        author_id=actor.id,
    )
    publish(event, using=database())


def mark_unread(
    *, actor: Actor, conversation_id: UUID, seq: int | None = None
) -> ReadState:
    """Flag a conversation as unread from a message on, by default the newest.

    Private: receipts do not go back and the others are not told. The next read ends it.
    """
    participant = participant_of(actor, conversation_id)
    conversation = participant.conversation
    from_seq = conversation.seq if seq is None else min(seq, conversation.seq)
    return _flag(actor, participant, max(from_seq, participant.visible_from))


@write
def _flag(actor: Actor, participant: Participant, from_seq: int) -> ReadState:
    rows = Participant.objects.using(database()).filter(pk=participant.pk)
    rows.update(unread_from_seq=from_seq, marked_unread=True)
    counted = rows.with_unread().first()
    if counted is None:
        raise ChatError("not_found")
    _tell_flag(actor, participant, marked_unread=True)
    return ReadState(counted.read_seq, counted.unread)


def _tell_flag(actor: Actor, participant: Participant, *, marked_unread: bool) -> None:
    frame = {
        "type": "inbox",
        "conversation_id": str(participant.conversation_id),
        "reason": "read",
        "marked_unread": marked_unread,
    }
    publish(UserEvent(actor.tenant, actor.id, frame), using=database())
