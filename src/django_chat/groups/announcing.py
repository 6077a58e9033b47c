"""What people are told when conversations appear in, or vanish from, their lists."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django_chat.realtime.events import ControlEvent, Event, UserEvent
from django_chat.timeline.contexts import objects_of
from django_chat.timeline.models import Conversation, Message, Participant
from django_chat.timeline.payloads import conversation_payload

__all__ = ["tell_created", "tell_removed", "tell_woken"]


def tell_created(
    conversation: Conversation,
    participants: Iterable[Participant],
    *,
    shown: Sequence[Participant],
) -> list[Event]:
    """Return, for each participant, the frame with the conversation as he sees it.

    `shown` are the members that the frame names.
    """
    about = objects_of([conversation]).get(conversation.pk)
    events: list[Event] = []
    for participant in participants:
        shown_as = conversation_payload(participant, members=shown, about=about)
        frame = {"type": "conversation_created", "conversation": shown_as}
        user_id = str(participant.user_id)
        events.append(UserEvent(conversation.tenant, user_id, frame))
        events.append(_join(conversation, user_id))
    return events


def tell_woken(conversation: Conversation, line: Message) -> list[Event]:
    """Return what lets sockets hear a conversation that nobody was told of before.

    That is one that begins with `line`; a later one has been heard of.
    """
    if line.seq > 1:
        return []
    members = Participant.objects.active().filter(conversation=conversation)
    user_ids = members.values_list("user_id", flat=True)
    return [_join(conversation, str(user_id)) for user_id in user_ids]


def _join(conversation: Conversation, user_id: str) -> ControlEvent:
    return ControlEvent(conversation.tenant, user_id, "join", str(conversation.pk))


def tell_removed(conversation: Conversation, user_ids: Iterable[Any]) -> list[Event]:
    """Return the hint that takes the conversation off somebody's list."""
    frame = {
        "type": "inbox",
        "conversation_id": str(conversation.pk),
        "reason": "removed",
    }
    return [UserEvent(conversation.tenant, str(user_id), frame) for user_id in user_ids]
