"""The events that several verbs send, each made in one place."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django_chat.people.presenters import presenter
from django_chat.realtime.events import ConversationEvent
from django_chat.timeline.models import Conversation, Message, Participant
from django_chat.timeline.payloads import message_payload
from django_chat.timeline.wiretime import wire_time

__all__ = [
    "BROADCAST_MEMBERS",
    "message_event",
    "meta_event",
    "read_event",
    "system_event",
    "updated_event",
]

BROADCAST_MEMBERS = 100
"""In larger groups nobody is told live who has read; asking still answers."""


def message_event(
    conversation: Conversation, message: Message, frame: dict[str, Any]
) -> ConversationEvent:
    """Return the event that tells everybody of a new or changed message."""
    target = message.reply_to
    return ConversationEvent(
        tenant=conversation.tenant,
        conversation_id=str(conversation.pk),
        frame=frame,
        meta_rev=conversation.meta_rev,
        rev=message.rev,
        seq=message.seq,
        author_id=frame["sender_id"],
        client_id=message.client_id,
        quoted_id=str(target.sender_id) if target and target.sender_id else None,
    )


def system_event(conversation: Conversation, message: Message) -> ConversationEvent:
    """Return the event that tells everybody of a system line."""
    frame = {"type": "message", **message_payload(message)}
    return message_event(conversation, message, frame)


def updated_event(
    conversation: Conversation,
    message: Message,
    *,
    reason: str,
    reactions: list[dict[str, Any]],
    **more: Any,
) -> ConversationEvent:
    """Return the event that replaces a message: edit, delete, reaction."""
    frame = {
        "type": "message_updated",
        **message_payload(message, reactions),
        "reason": reason,
        **more,
    }
    return message_event(conversation, message, frame)


def meta_event(
    conversation: Conversation,
    *,
    actor_id: str | None,
    changes: dict[str, Any] | None = None,
    **members: Any,
) -> ConversationEvent:
    """Return the event for a change of title, status, members or roles.

    `members` are `members_added`, `members_removed` and `roles`. The facts are neutral:
    every reader works out his own permissions.
    """
    frame = {
        "type": "conversation_updated",
        "conversation_id": str(conversation.pk),
        "rev": conversation.meta_rev,
        "changes": changes or {},
        "members_changed": bool(members),
        "member_count": conversation.member_count,
        "actor_id": actor_id,
        **members,
    }
    return ConversationEvent(
        tenant=conversation.tenant,
        conversation_id=str(conversation.pk),
        frame=frame,
        meta_rev=conversation.meta_rev,
        rev=conversation.meta_rev,
    )


def read_event(
    conversation: Conversation,
    participant: Participant,
    *,
    user: Any,
    message_id: str | None,
    read_at: datetime,
) -> ConversationEvent:
    """Return the event that says how far somebody has read."""
    frame = {
        "type": "read",
        "conversation_id": str(conversation.pk),
        "user_id": str(participant.user_id),
        "user": presenter().name(user),
        "message_id": message_id,
        "up_to_seq": participant.read_seq,
        "timestamp": wire_time(read_at),
    }
    return ConversationEvent(
        tenant=conversation.tenant,
        conversation_id=str(conversation.pk),
        frame=frame,
        meta_rev=conversation.meta_rev,
        author_id=str(participant.user_id),
    )
