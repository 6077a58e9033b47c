"""One change, a few texts: which of them a reader gets, each encoded once.

A message is the same bytes for everybody but its author, those who blocked the author
or the person quoted, and those who joined later.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any

from django_chat.realtime.events import ConversationEvent, encode
from django_chat.timeline.payloads import cut_reply

__all__ = ["Reader", "Rendering", "Variant", "frame_for", "variant_for"]

Frame = dict[str, Any]

_MESSAGE_TYPES = ("message", "message_updated")


class Variant(Enum):
    """What a reader is sent instead of the neutral frame, if anything."""

    EVERYONE = "everyone"
    AUTHOR = "author"
    REDACTED = "redacted"
    QUOTE_HIDDEN = "quote_hidden"
    SKIP = "skip"
    NOTHING = "nothing"


@dataclass(slots=True)
class Reader:
    """What decides the variant: who reads, from where on, and whom he has blocked."""

    user_id: str
    visible_from: int = 1
    blocked: frozenset[str] = frozenset()


def variant_for(event: ConversationEvent, reader: Reader) -> Variant:
    """Return which variant of `event` goes to `reader`."""
    if event.rev is None:
        return _ephemeral_variant(event, reader)
    if event.seq is None:
        return Variant.EVERYONE
    if event.seq < reader.visible_from:
        # His cursor must advance over it all the same, or it would look like a gap.
        return Variant.SKIP
    if event.author_id == reader.user_id:
        return Variant.AUTHOR
    if not reader.blocked:
        return Variant.EVERYONE
    if event.author_id in reader.blocked:
        return Variant.REDACTED
    if event.quoted_id in reader.blocked:
        return Variant.QUOTE_HIDDEN
    return Variant.EVERYONE


def _ephemeral_variant(event: ConversationEvent, reader: Reader) -> Variant:
    if event.author_id in reader.blocked:
        return Variant.NOTHING
    if event.author_id == reader.user_id and event.frame["type"] == "typing":
        return Variant.NOTHING
    return Variant.EVERYONE


def frame_for(event: ConversationEvent, variant: Variant) -> Frame:
    """Return the frame of a variant as a new dict."""
    frame = dict(event.frame)
    if variant is Variant.SKIP:
        return {
            "type": "skip",
            "conversation_id": event.conversation_id,
            "rev": event.rev,
        }
    if frame["type"] not in _MESSAGE_TYPES:
        return frame
    if variant is Variant.AUTHOR:
        frame["is_own_message"] = True
        frame["client_id"] = event.client_id
    elif variant is Variant.REDACTED:
        redact(frame)
    elif variant is Variant.QUOTE_HIDDEN and frame["reply_to"]:
        reply = frame["reply_to"]
        frame["reply_to"] = cut_reply(reply["id"], reply["seq"])
    return frame


def redact(frame: Frame) -> None:
    """Empty a message of somebody whom the reader has blocked."""
    frame.update(
        content="",
        attachments=[],
        reply_to=None,
        mentions=[],
        reactions=[],
        extra={},
        hidden="blocked",
    )
    frame.pop("reaction", None)


class Rendering:
    """The texts of one event, each made when the first reader needs it."""

    __slots__ = ("_texts", "event")

    def __init__(self, event: ConversationEvent) -> None:
        self.event = event
        self._texts = {Variant.EVERYONE: event.text}

    def text(self, variant: Variant) -> str:
        """Return the encoded frame of a variant."""
        found = self._texts.get(variant)
        if found is None and variant is Variant.SKIP:
            event = self.event
            found = self._texts[variant] = (
                f'{{"type":"skip","conversation_id":"{event.conversation_id}",'
                f'"rev":{event.rev}}}'
            )
        elif found is None:
            found = self._texts[variant] = encode(frame_for(self.event, variant))
        return found
