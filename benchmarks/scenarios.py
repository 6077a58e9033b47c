"""What people do in a run, and who talks to whom."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.fill import Town
from benchmarks.load import FIRST_COMERS, RATE, Load

__all__ = ["Scenario", "connect", "idle", "pairs", "room", "steady"]

Talks = list[tuple[str, list[str]]]
"""Conversations, each with the sessions of its sender and of its receivers."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """A name for the table, what it takes of a town, and what is done there."""

    name: str
    load: Load
    pairs: int
    people: int
    talks: Callable[[Town], Talks]


def pairs(count: int) -> Scenario:
    """Return `count` conversations of two, in each of which one sends."""
    return _of_two(f"{count} pairs", Load.TALK, count)


def steady(count: int) -> Scenario:
    """Return the same conversations with so few messages that none has to wait."""
    return _of_two(f"{RATE} messages a second", Load.STEADY, count)


def connect(connections: int) -> Scenario:
    """Return as many people in conversations of two, who come and go."""
    return _of_two("connect", Load.CONNECT, connections // 2)


def idle(connections: int) -> Scenario:
    """Return as many people in conversations of two, who stay and are silent."""
    name = f"{connections:,} idle"
    return _of_two(name, Load.IDLE, (connections + FIRST_COMERS) // 2)


def room(receivers: int) -> Scenario:
    """Return one conversation, in which one sends and `receivers` listen."""

    def talks(town: Town) -> Talks:
        return [(town.room, town.sessions[: receivers + 1])]

    return Scenario(f"1 to {receivers:,}", Load.TALK, 0, receivers + 1, talks)


def _of_two(name: str, load: Load, count: int) -> Scenario:
    def talks(town: Town) -> Talks:
        sessions = town.sessions
        return [(town.pairs[n], sessions[2 * n : 2 * n + 2]) for n in range(count)]

    return Scenario(name, load, count, 2 * count, talks)
