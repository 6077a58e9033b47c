"""A post office between services and the hub that does what networks do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from unittest import mock

from django_chat.realtime.bus import Bus
from django_chat.realtime.events import ConversationEvent, Event, from_wire
from django_chat.ws.hub import hub

__all__ = ["DURABLE", "Post", "check_order", "intercepted"]

DURABLE = ("message", "message_updated", "conversation_updated", "skip")
Frame = dict[str, Any]


class Post(list[Event]):
    """What services published and no hub has heard yet."""

    def deliver(self, events: Iterable[Event] | None = None) -> None:
        """Hand events to the hub of this loop, by default all that are left."""
        for event in list(self) if events is None else events:
            copy = from_wire(event.to_wire())  # as if it came from another process
            assert copy is not None
            hub().receive([copy])
        if events is None:
            self.clear()

    def lose(self) -> None:
        """Forget everything that is left."""
        self.clear()

    @property
    def durable(self) -> list[ConversationEvent]:
        """The events with a number."""
        return [e for e in self if isinstance(e, ConversationEvent) and e.rev]


@contextmanager
def intercepted() -> Iterator[Post]:
    """Keep what is published in the block from every hub."""
    post = Post()

    def keep(_: Bus, events: Sequence[Event]) -> None:
        post.extend(events)

    with mock.patch.object(Bus, "send", keep):
        yield post


def check_order(frames: Iterable[Frame], conversation: Any, start: int = 0) -> int:
    """Check what one subscriber got of a conversation; return how far it came.

    Numbers rise strictly. A hole is none when `caught_up` says so at the end of it.
    """
    key = str(conversation.pk)
    at, in_bracket = start, False
    for frame in frames:
        if frame.get("conversation_id") != key:
            continue
        if frame["type"] == "subscribed":
            at, in_bracket = frame["after"] or 0, True
        elif frame["type"] in DURABLE:
            assert frame["rev"] > at, f"{frame['rev']} came after {at}"
            in_bracket = in_bracket or frame["rev"] != at + 1
            at = frame["rev"]
        elif frame["type"] == "caught_up":
            assert frame["rev"] >= at, f"caught up with {frame['rev']}, had {at}"
            at, in_bracket = frame["rev"], False
    assert not in_bracket, f"a hole before {at} was never closed"
    return at
