"""Reaching a conversation through the actor: the check and the look-up in one step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django_chat.exceptions import ChatError
from django_chat.kept_queries import KeptQuery, Question
from django_chat.people.querysets import is_blocked
from django_chat.policy import Scene
from django_chat.tenancy.actor import Actor
from django_chat.timeline.models import Conversation, Message, Participant
from django_chat.timeline.transactions import lock_conversation

__all__ = [
    "Seat",
    "asking_seat",
    "enter",
    "participant_of",
    "partner_available",
    "seat_of",
    "visible_message",
]


@dataclass(slots=True)
class Seat:
    """The actor's place in a conversation, and what the policy needs to know of it."""

    conversation: Conversation
    participant: Participant
    scene: Scene


_SEAT = KeptQuery(
    lambda given: Participant.objects.filter(
        given.among("conversation__tenant", "tenants"),
        given.among("user", "users"),
        given.among("conversation", "conversations"),
    ).select_related("conversation__last_sender", "user")
)


def participant_of(actor: Actor, conversation_id: UUID) -> Participant:
    """Return `actor`'s membership, with its conversation and user.

    Raises `not_found` for a conversation that is not there or not his, and
    `not_participant` only for somebody who was a member and knows it.
    """
    found: Participant = asking_seat(actor, conversation_id).answer(
        Participant.objects.db
    )
    return found


def asking_seat(actor: Actor, conversation_id: UUID) -> Question:
    """Return the question that `participant_of` asks."""
    return _SEAT.ask(
        _only_member,
        tenants=[actor.tenant],
        users=[actor.user_id],
        conversations=[conversation_id],
    )


def _only_member(found: Sequence[Participant]) -> Participant:
    if not found or not found[0].user.is_active:
        raise ChatError("not_found")
    if found[0].left_at is not None:
        raise ChatError("not_participant")
    return found[0]


def seat_of(actor: Actor, conversation_id: UUID) -> Seat:
    """Return `actor`'s place for reading or for what needs no lock."""
    participant = participant_of(actor, conversation_id)
    return _seat(actor, participant.conversation, participant)


def enter(actor: Actor, conversation_id: UUID) -> Seat:
    """Lock the conversation, then return `actor`'s place in it.

    The membership is read behind the lock: who was removed a moment ago is out.
    """
    conversation = lock_conversation(conversation_id)
    participant = participant_of(actor, conversation_id)
    participant.conversation = conversation
    return _seat(actor, conversation, participant)


def _seat(actor: Actor, conversation: Conversation, participant: Participant) -> Seat:
    scene = Scene(
        user=participant.user,
        kind=conversation.kind,
        status=conversation.status,
        role=participant.role,
        partner_available=partner_available(actor, conversation),
    )
    return Seat(conversation, participant, scene)


def partner_available(actor: Actor, conversation: Conversation) -> bool:
    """Can the other side of a direct conversation be written to? Groups: always."""
    if conversation.is_group:
        return True
    partner = (
        Participant.objects.active()
        .filter(conversation=conversation)
        .exclude(user=actor.user)
        .select_related("user")
        .first()
    )
    if partner is None or not partner.user.is_active:
        return False
    return not is_blocked(actor.tenant, actor.user_id, partner.user_id)


def visible_message(actor: Actor, message_id: UUID) -> Message:
    """Return a message that `actor` may see now; raise `not_found` otherwise."""
    row: Any = (
        Message.objects.visible_to(actor)
        .select_related("sender", "reply_to__sender")
        .filter(pk=message_id)
        .first()
    )
    if row is None:
        raise ChatError("not_found")
    message: Message = row
    return message
