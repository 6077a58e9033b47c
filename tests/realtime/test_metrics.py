"""What the bus leaves in the metrics, and whether it reaches its layer."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from django.test import override_settings

from django_chat.realtime import bus as buses
from django_chat.realtime.bus import Bus
from django_chat.realtime.envelopes import events_in, fill_envelopes
from django_chat.realtime.events import ConversationEvent, Event, UserEvent
from tests.counting import counted, growth
from tests.layers import Away, Hanging, Taking, with_layer

SECONDS = 10.0
EVENT = UserEvent("north", "7", {"type": "inbox"})


@pytest.fixture
def own_bus() -> Iterator[Bus]:
    """A bus that no other test uses, whose thread ends with the test."""
    own = Bus()
    with override_settings(CHANNEL_LAYERS={}):
        yield own
    if (loop := own._own_loop) is not None:
        loop.call_soon_threadsafe(loop.stop)
        assert comes(lambda: not loop.is_running())
        loop.close()


def comes(is_so: Any) -> bool:
    """Wait for something that another thread does."""
    deadline = time.monotonic() + SECONDS
    while not is_so() and time.monotonic() < deadline:
        time.sleep(0.005)
    return bool(is_so())


def test_events_that_the_layer_does_not_take_are_counted(own_bus: Bus) -> None:
    failed = growth("layer_events_lost_total", reason="failed")
    with with_layer(Away):
        own_bus.send([EVENT, UserEvent("north", "8", {})])
        assert comes(lambda: failed() == 2)

    assert comes(lambda: counted("layer_events_waiting") == 0)


def test_events_for_which_there_is_no_room_are_counted(
    own_bus: Bus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(buses, "_MAX_WAITING", 3)
    monkeypatch.setattr(buses, "_SEND_SECONDS", 0.5)
    full = growth("layer_events_lost_total", reason="full")
    failed = growth("layer_events_lost_total", reason="failed")
    with with_layer(Hanging):
        own_bus.send([EVENT] * 2)
        assert counted("layer_events_waiting") == 2
        own_bus.send([EVENT] * 5)
        assert full() == 5
        assert comes(lambda: failed() == 2)

    assert comes(lambda: counted("layer_events_waiting") == 0)


def test_the_time_of_publishing_travels_along(own_bus: Bus) -> None:
    event = ConversationEvent(
        tenant="", conversation_id="c", frame={"type": "typing"}, meta_rev=0
    )
    assert event.published_at == 0.0
    before = time.time()

    own_bus.send([event, EVENT])

    assert before <= event.published_at <= time.time()
    [envelope] = fill_envelopes("x", [event]).values()
    [arrived] = events_in(envelope)
    assert isinstance(arrived, ConversationEvent)
    assert arrived.published_at == event.published_at


def test_an_event_of_an_older_process_has_no_such_time() -> None:
    event: Event = ConversationEvent(
        tenant="", conversation_id="c", frame={"type": "typing"}, meta_rev=0
    )
    [envelope] = fill_envelopes("x", [event]).values()
    for wire in envelope["e"]:
        del wire["p"]

    arrived: Sequence[Any] = events_in(envelope)

    assert [each.published_at for each in arrived] == [0.0]


@pytest.mark.parametrize(
    ("layer", "is_reached"), [(Taking, True), (Away, False), (Hanging, False)]
)
def test_the_bus_knows_whether_it_reaches_its_layer(
    own_bus: Bus, layer: type, is_reached: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(buses, "_SEND_SECONDS", 0.5)
    with with_layer(layer):
        assert own_bus.reaches_layer() is is_reached


def test_a_loop_that_has_stopped_reaches_nothing(
    own_bus: Bus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(buses, "_SEND_SECONDS", 0.1)
    stopped = asyncio.new_event_loop()
    monkeypatch.setattr(own_bus, "_forwarding_loop", lambda: stopped)
    with with_layer(Taking):
        assert not own_bus.reaches_layer()
        stopped.run_until_complete(asyncio.sleep(0))
        stopped.close()
        assert not own_bus.reaches_layer()


def test_without_a_layer_there_is_none_to_reach(own_bus: Bus) -> None:
    assert not own_bus.reaches_layer()
