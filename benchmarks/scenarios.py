"""Who talks to whom in a run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.fill import Town

__all__ = ["Scenario", "pairs", "room"]

Talks = list[tuple[str, list[str]]]
"""Conversations, each with the sessions of its sender and of its receivers."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """A name for the table, the people it takes, and their talks in a town."""

    name: str
    people: int
    talks: Callable[[Town], Talks]


def pairs(count: int) -> Scenario:
    """Return `count` conversations of two, in each of which one sends."""

    def talks(town: Town) -> Talks:
        sessions = town.sessions
        return [(town.pairs[n], sessions[2 * n : 2 * n + 2]) for n in range(count)]

    return Scenario(f"{count} pairs", 2 * count, talks)


def room(receivers: int) -> Scenario:
    """Return one conversation, in which one sends and `receivers` listen."""

    def talks(town: Town) -> Talks:
        return [(town.room, town.sessions[: receivers + 1])]

    return Scenario(f"1 to {receivers}", receivers + 1, talks)
