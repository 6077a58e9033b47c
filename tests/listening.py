"""Hear what is published, from the place where a hub would stand."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, cast

from django.test import TestCase

from django_chat.realtime.bus import bus
from django_chat.realtime.events import (
    ControlEvent,
    ConversationEvent,
    Event,
    UserEvent,
)

__all__ = ["Heard", "hearing", "hearing_at_once"]


class Heard(list[Event]):
    """The events in the order in which they were published."""

    @property
    def of_conversations(self) -> list[ConversationEvent]:
        """What everybody in a conversation is sent."""
        return [event for event in self if isinstance(event, ConversationEvent)]

    @property
    def controls(self) -> list[ControlEvent]:
        """What only servers are told."""
        return [event for event in self if isinstance(event, ControlEvent)]

    def of_user(self, user: Any) -> list[dict[str, Any]]:
        """Return the frames that go to all connections of one user."""
        return [
            event.frame
            for event in self
            if isinstance(event, UserEvent) and event.user_id == str(user.pk)
        ]

    @property
    def types(self) -> list[str]:
        """The types of the frames in conversations."""
        return [event.frame["type"] for event in self.of_conversations]


class _Here:
    """A loop that runs what it is handed at once, in the thread that hands it."""

    def call_soon_threadsafe(
        self, receive: Callable[..., None], events: Sequence[Event]
    ) -> None:
        receive(events)

    def is_running(self) -> bool:
        return False


@contextmanager
def hearing_at_once(
    receive: Callable[[Sequence[Event]], None] | None = None,
) -> Iterator[Heard]:
    """Collect what is published while the block runs, for tests that commit.

    `receive` is called with the events instead, in the thread that publishes.
    """
    heard = Heard()
    loop = cast(Any, _Here())
    bus.attach(loop, receive or heard.extend)
    try:
        yield heard
    finally:
        bus.detach(loop)


@contextmanager
def hearing() -> Iterator[Heard]:
    """Collect what the block publishes, once it is over and as if it had committed."""
    with (
        hearing_at_once() as heard,
        TestCase.captureOnCommitCallbacks(execute=True),
    ):
        yield heard
