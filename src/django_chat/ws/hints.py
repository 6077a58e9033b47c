"""What a socket is told of conversations it has not opened: a line for its list."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django_chat.feed.variants import Reader
from django_chat.realtime.events import ConversationEvent, encode
from django_chat.timeline.events import message_event
from django_chat.timeline.models import EXCERPT_MAX, Conversation, Message
from django_chat.timeline.payloads import message_payload

__all__ = ["Hint", "newest_message"]


def newest_message(conversation_id: UUID) -> ConversationEvent | None:
    """Return the event of the newest message, for a socket that missed it. Two queries."""
    conversation = Conversation.objects.filter(pk=conversation_id).first()
    if conversation is None or conversation.last_message_id is None:
        return None
    row = (
        Message.objects.filter(pk=conversation.last_message_id)
        .select_related("sender", "reply_to__sender")
        .first()
    )
    if row is None:
        return None
    return message_event(conversation, row, {"type": "message", **message_payload(row)})


class Hint:
    """The `inbox` frames of one event: made from it, at no query, a few for all."""

    __slots__ = ("_event", "_texts")

    def __init__(self, event: ConversationEvent) -> None:
        self._event = event
        self._texts: dict[tuple[bool, bool, bool], str] = {}

    def text_for(self, reader: Reader) -> str | None:
        """Return the hint that `reader` gets, or None."""
        event, kind = self._event, self._event.frame["type"]
        if kind == "message":
            if event.seq is not None and event.seq < reader.visible_from:
                return None
            key = (
                event.author_id == reader.user_id,
                event.author_id in reader.blocked,
                self._mentions(reader),
            )
            if key not in self._texts:
                self._texts[key] = encode(self._message_hint(*key))
            return self._texts[key]
        if kind == "read" and event.author_id == reader.user_id:
            return encode(self._read_hint())
        return None

    def _mentions(self, reader: Reader) -> bool:
        return any(
            mention["kind"] == "all" or mention["user_id"] == reader.user_id
            for mention in self._event.frame["mentions"]
        )

    def _message_hint(
        self, own: bool, blocked: bool, mentioned: bool
    ) -> dict[str, Any]:
        frame = self._event.frame
        return {
            "type": "inbox",
            "conversation_id": self._event.conversation_id,
            "reason": "message",
            "seq": frame["seq"],
            "rev": frame["rev"],
            "mentions_me": mentioned and not own and not blocked,
            "last_message": {
                "id": frame["id"],
                "seq": frame["seq"],
                "sender": frame["sender"],
                "sender_id": frame["sender_id"],
                "excerpt": "" if blocked else frame["content"][:EXCERPT_MAX],
                "timestamp": frame["timestamp"],
                "kind": frame["kind"],
                "is_own_message": own,
            },
        }

    def _read_hint(self) -> dict[str, Any]:
        return {
            "type": "inbox",
            "conversation_id": self._event.conversation_id,
            "reason": "read",
            "read_seq": self._event.frame["up_to_seq"],
        }
