"""The bus: delivers what it can, and never stands in anybody's way."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from channels.layers import BaseChannelLayer, InMemoryChannelLayer
from django.test import override_settings

from django_chat.realtime import bus as bus_module
from django_chat.realtime.bus import Bus, shared_layer
from django_chat.realtime.envelopes import events_in
from django_chat.realtime.events import ControlEvent, Event, UserEvent
from django_chat.realtime.groups import group_of
from tests.layers import Away, Hanging, with_layer

SECONDS = 10.0


class Recording(BaseChannelLayer):
    """A layer that keeps what it is given."""

    sent: list[tuple[str, dict[str, Any]]] = []
    arrived = threading.Event()

    async def group_send(self, group: str, message: dict[str, Any]) -> None:
        self.sent.append((group, message))
        self.arrived.set()


class Strict(BaseChannelLayer):
    """A layer with room for one sender at a time, as a small pool has."""

    sent: list[str] = []
    is_busy = False

    async def group_send(self, group: str, message: dict[str, Any]) -> None:
        if self.is_busy:
            raise ConnectionError("Too many connections")
        self.is_busy = True
        await asyncio.sleep(0)
        self.is_busy = False
        self.sent += [event.user_id for event in events_in(message)]  # type: ignore[union-attr]


@pytest.fixture
def own_bus() -> Iterator[Bus]:
    """A bus that no other test uses, whose thread ends with the test."""
    own = Bus()
    Recording.sent.clear()
    Recording.arrived.clear()
    # The layer of the run would leave its connections in the loops of a test.
    with override_settings(CHANNEL_LAYERS={}):
        yield own
    if (loop := own._own_loop) is not None:
        loop.call_soon_threadsafe(loop.stop)
        assert wait_for(lambda: not loop.is_running())
        loop.close()


def drained(own: Bus) -> bool:
    """Wait until nothing is on its way any more."""
    return wait_for(lambda: own._waiting == 0)


def wait_for(is_so: Any) -> bool:
    """Wait for something that another thread does."""
    done = threading.Event()
    for _ in range(int(SECONDS / 0.01)):
        if is_so():
            return True
        done.wait(0.01)
    return False


EVENT = UserEvent("north", "7", {"type": "inbox"})


def test_every_hub_of_the_process_hears_every_event_in_order(own_bus: Bus) -> None:
    heard: dict[int, list[str]] = {0: [], 1: []}
    loops = [asyncio.new_event_loop() for _ in heard]
    threads = [threading.Thread(target=loop.run_forever) for loop in loops]
    for number, (loop, thread) in enumerate(zip(loops, threads, strict=True)):
        thread.start()

        def receive(events: Sequence[Event], number: int = number) -> None:
            heard[number] += [event.user_id for event in events]  # type: ignore[union-attr]

        own_bus.attach(loop, receive)

    for n in range(100):
        own_bus.send([UserEvent("", str(n), {}), UserEvent("", f"{n}b", {})])

    expected = [name for n in range(100) for name in (str(n), f"{n}b")]
    try:
        assert wait_for(lambda: all(len(names) == 200 for names in heard.values()))
        assert heard == {0: expected, 1: expected}
    finally:
        for loop, thread in zip(loops, threads, strict=True):
            own_bus.detach(loop)
            loop.call_soon_threadsafe(loop.stop)
            thread.join(SECONDS)
            loop.close()


def test_a_hub_whose_loop_is_closed_is_forgotten(own_bus: Bus) -> None:
    loop = asyncio.new_event_loop()
    own_bus.attach(loop, lambda events: None)
    loop.close()

    own_bus.send([EVENT])

    assert own_bus._hubs == {}


def test_who_has_detached_hears_nothing(own_bus: Bus) -> None:
    loop = asyncio.new_event_loop()
    heard: list[Event] = []
    own_bus.attach(loop, heard.extend)
    own_bus.detach(loop)
    own_bus.detach(loop)
    own_bus.send([EVENT])
    loop.run_until_complete(asyncio.sleep(0))
    loop.close()

    assert heard == []


@with_layer(Recording)
def test_other_processes_are_told_over_the_layer(own_bus: Bus) -> None:
    events: list[Event] = [EVENT, ControlEvent("north", "8", "blocks")]
    own_bus.send(events)

    assert wait_for(lambda: len(Recording.sent) == 2)
    for event, (group, message) in zip(events, Recording.sent, strict=True):
        assert group == group_of(event)
        assert message["type"] == "chat.event"
        assert message["o"] == own_bus.origin
        assert events_in(message) == [event]


@with_layer(Strict)
def test_news_for_a_thousand_people_goes_out_in_order_over_one_connection(
    own_bus: Bus,
) -> None:
    people = [str(number) for number in range(1_000)]
    own_bus.send([UserEvent("", person, {}) for person in people])

    assert drained(own_bus)
    assert Strict.sent == people


@with_layer(Recording)
def test_news_for_very_many_is_not_dropped_when_nothing_waits(
    own_bus: Bus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bus_module, "_MAX_WAITING", 10)
    own_bus.send([UserEvent("", str(number), {}) for number in range(100)])

    assert drained(own_bus)
    assert len(Recording.sent) == 100


@with_layer(InMemoryChannelLayer)
def test_a_layer_that_ends_at_this_process_is_not_used(own_bus: Bus) -> None:
    assert shared_layer() is None
    own_bus.send([EVENT])
    assert own_bus._own_loop is None


@override_settings(CHANNEL_LAYERS={})
def test_without_a_layer_nothing_is_missed(own_bus: Bus) -> None:
    assert shared_layer() is None
    own_bus.send([EVENT])
    assert own_bus._own_loop is None


@with_layer(Away)
def test_a_layer_that_fails_is_logged_and_harms_nobody(
    own_bus: Bus, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(3):
        own_bus.send([EVENT])

    assert drained(own_bus)
    assert "1 events did not reach other processes" in caplog.text
    assert "is away" in caplog.text


@with_layer(Hanging)
def test_a_layer_that_hangs_is_given_up(
    own_bus: Bus, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bus_module, "_SEND_SECONDS", 0.05)
    own_bus.send([EVENT])

    assert drained(own_bus)
    assert "did not reach" in caplog.text


@with_layer(Hanging)
def test_a_slow_layer_does_not_pile_up_memory(
    own_bus: Bus, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bus_module, "_SEND_SECONDS", 0.5)
    monkeypatch.setattr(bus_module, "_MAX_WAITING", 10)
    for _ in range(20):
        own_bus.send([EVENT])

    assert own_bus._waiting <= 10
    assert "10 events dropped" not in caplog.text
    assert caplog.text.count("1 events dropped") == 10
    assert drained(own_bus)


@with_layer(Recording)
def test_a_loop_that_closes_in_this_moment_leaves_no_trace(own_bus: Bus) -> None:
    class Closing:
        """A loop that is closed between the hub's turn and the layer's."""

        calls = 0

        def call_soon_threadsafe(self, *_: Any) -> None:
            self.calls += 1
            if self.calls > 1:
                raise RuntimeError("Event loop is closed")

        def is_running(self) -> bool:
            return True

    own_bus.attach(Closing(), lambda events: None)  # type: ignore[arg-type]
    own_bus.send([EVENT])

    assert own_bus._waiting == 0
    own_bus.send([EVENT])
    # The second time it is known to be closed, and the bus has a loop of its own.
    assert wait_for(Recording.arrived.is_set)
    assert own_bus._hubs == {}


FORK = """
import os, sys, warnings
warnings.simplefilter("ignore")
import django
from django.conf import settings
settings.configure(CHANNEL_LAYERS={"default": {"BACKEND": "__main__.Layer"}})
django.setup()
from channels.layers import BaseChannelLayer
from django_chat.realtime.bus import bus
from django_chat.realtime.events import UserEvent
import threading

done = threading.Event()

class Layer(BaseChannelLayer):
    async def group_send(self, group, message):
        done.set()

event = UserEvent("", "7", {"type": "inbox"})
bus.send([event])
assert done.wait(10)
done.clear()
origin = bus.origin
# A thread that holds the lock in the parent does not exist in the child.
bus._lock.acquire()
child = os.fork()
if child == 0:
    bus.send([event])
    ok = bus.origin != origin and done.wait(10)
    os._exit(0 if ok else 1)
bus._lock.release()
_, status = os.waitpid(child, 0)
assert bus.origin == origin
sys.exit(os.waitstatus_to_exitcode(status))
"""


def test_a_forked_worker_has_a_bus_of_its_own() -> None:
    run = subprocess.run(
        [sys.executable, "-c", FORK],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert run.returncode == 0, run.stderr
