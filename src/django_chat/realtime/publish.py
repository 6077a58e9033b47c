"""The one door to clients. Only services may import it; it opens after commit."""

from __future__ import annotations

from django.db import transaction

from django_chat.realtime.bus import bus
from django_chat.realtime.events import Event

__all__ = ["publish"]


def publish(*events: Event, using: str | None = None) -> None:
    """Hand `events` to every process once the open transaction has committed.

    Best effort by design: a lost event is healed from the database within one head
    check, so nothing here ever raises to the caller or delays a commit.
    """

    def send() -> None:  # a partial has no name for the log of what fails
        bus.send(events)

    transaction.on_commit(send, using=using, robust=True)
