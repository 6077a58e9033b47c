"""Lines that the conversation writes itself: who came, went, renamed it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils import timezone

from django_chat.ids import new_id
from django_chat.tenancy.actor import Actor
from django_chat.timeline.models import Conversation, Message
from django_chat.timeline.numbering import place_message

__all__ = ["append_system_line"]


def append_system_line(
    conversation: Conversation,
    event: str,
    *,
    actor: Actor | None,
    targets: Sequence[str] = (),
    data: dict[str, Any] | None = None,
) -> Message:
    """Insert a line such as "ana added ben" into a locked conversation.

    The line names facts; clients word it in the reader's language. It counts as a
    message of the timeline but never as unread. The caller saves the head.
    """
    message = Message(
        id=new_id(),
        conversation=conversation,
        sender=None,
        kind=Message.Kind.SYSTEM,
        system={
            "event": event,
            "actor": actor.id if actor else None,
            "targets": list(targets),
            "data": data or {},
        },
        created_at=timezone.now(),
    )
    place_message(conversation, message)
    message.save(force_insert=True)
    return message
