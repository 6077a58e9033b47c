"""Events travel between processes and stay what they were."""

from __future__ import annotations

import json
from typing import Any

import pytest

from django_chat.realtime.events import (
    ControlEvent,
    ConversationEvent,
    Event,
    PresenceEvent,
    UserEvent,
    encode,
    from_wire,
)

EVENTS: list[Event] = [
    ConversationEvent(
        tenant="north",
        conversation_id="c1",
        frame={"type": "message", "content": "é 😀 \u2028 \"'\\ \n"},
        meta_rev=2,
        rev=5,
        seq=3,
        author_id="7",
        client_id="k",
        quoted_id="8",
    ),
    ConversationEvent(
        tenant="", conversation_id="c2", frame={"type": "typing"}, meta_rev=0
    ),
    UserEvent("north", "7", {"type": "inbox", "pinned": None}),
    ControlEvent("north", "7", "logout", "hash"),
    ControlEvent("", "7", "recheck"),
    PresenceEvent("north", "7"),
]


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
def test_an_event_arrives_as_it_was_sent(event: Event) -> None:
    wire = event.to_wire()

    # Layers serialise with msgpack or pickle: plain values only.
    assert json.loads(json.dumps(wire)) == wire
    assert from_wire(wire) == event


@pytest.mark.parametrize(
    "wire", [{}, {"k": "z"}, {"k": None}, {"k": "z", "t": "", "more": 1}]
)
def test_a_kind_of_a_later_version_is_ignored(wire: dict[str, Any]) -> None:
    assert from_wire(wire) is None


def test_a_later_version_may_say_more() -> None:
    wire = {**PresenceEvent("north", "7").to_wire(), "more": 1}

    assert from_wire(wire) == PresenceEvent("north", "7")


def test_the_text_is_written_once_and_is_not_escaped() -> None:
    event = EVENTS[0]
    assert isinstance(event, ConversationEvent)

    assert "😀" in event.text
    assert " " not in event.text.replace(" 😀", "").split('"content":"')[0]
    assert json.loads(event.text) == event.frame
    arrived = from_wire(event.to_wire())
    assert isinstance(arrived, ConversationEvent)
    assert arrived.text == event.text


@pytest.mark.parametrize(
    "value", [object(), {1, 2}, b"bytes", float("nan"), float("inf"), {("a",): 1}]
)
def test_what_is_not_json_fails_at_the_call_that_made_it(value: Any) -> None:
    frame = {"type": "message", "value": value}
    for make in (
        lambda: ConversationEvent("", "c", frame, meta_rev=0),
        lambda: UserEvent("", "7", frame),
        lambda: encode(frame),
    ):
        with pytest.raises((TypeError, ValueError)):
            make()
