"""Opening rooms for a run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from benchmarks.peers.naive.models import Room

__all__ = ["open_conversation"]


def open_conversation(members: Sequence[Any]) -> str:
    """Return the id of a new room of these users."""
    room = Room.objects.create()
    room.members.add(*members)
    return str(room.pk)
