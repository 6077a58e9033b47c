"""Layer messages: each carries the events of one batch for one group."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django_chat.realtime.events import LAYER_TYPE, Event, from_wire
from django_chat.realtime.groups import group_of

__all__ = ["Envelope", "events_in", "fill_envelopes"]

Envelope = dict[str, Any]


def fill_envelopes(origin: str, events: Iterable[Event]) -> dict[str, Envelope]:
    """Return one message for each group; `origin` is the process that speaks."""
    envelopes: dict[str, Envelope] = {}
    for event in events:
        group = group_of(event)
        if group not in envelopes:
            envelopes[group] = {"type": LAYER_TYPE, "o": origin, "g": group, "e": []}
        envelopes[group]["e"].append(event.to_wire())
    return envelopes


def events_in(envelope: Envelope) -> list[Event]:
    """Return the events of a message, without kinds that this version lacks."""
    events = [from_wire(wire) for wire in envelope["e"]]
    return [event for event in events if event is not None]
