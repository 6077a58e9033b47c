"""The one channel of a process in a layer that fails, forgets and repeats."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from django_chat.realtime import bus as bus_module
from django_chat.realtime.bus import bus
from django_chat.realtime.envelopes import fill_envelopes
from django_chat.realtime.events import ControlEvent, Event
from django_chat.realtime.groups import conversation_group, group_of
from django_chat.timeline.models import Conversation
from django_chat.ws import mailbox as mailboxes
from django_chat.ws.hub import hub
from django_chat.ws.mailbox import Mailbox
from tests.factories import send
from tests.ws.clients import Crowd, run, until
from tests.ws.post import intercepted

pytestmark = [pytest.mark.asyncio]


class Layer:
    """A channel layer that keeps everything here, and fails when it is told to."""

    def __init__(self) -> None:
        self.channels: dict[str, asyncio.Queue[Any]] = {}
        self.groups: dict[str, set[str]] = {}
        self.failing: set[str] = set()
        self.hanging: set[str] = set()
        self.calls: list[str] = []

    async def _do(self, name: str) -> None:
        self.calls.append(name)
        if name in self.failing:
            raise ConnectionError(name)
        if name in self.hanging:
            await asyncio.Event().wait()

    async def new_channel(self, prefix: str) -> str:
        await self._do("new_channel")
        name = f"{prefix}.{len(self.channels)}"
        self.channels[name] = asyncio.Queue()
        return name

    async def receive(self, channel: str) -> Any:
        await self._do("receive")
        message = await self.channels[channel].get()
        if isinstance(message, Exception):
            raise message
        return message

    async def group_add(self, group: str, channel: str) -> None:
        await self._do("group_add")
        self.groups.setdefault(group, set()).add(channel)

    async def group_discard(self, group: str, channel: str) -> None:
        await self._do("group_discard")
        self.groups.get(group, set()).discard(channel)

    async def group_send(self, group: str, message: Any) -> None:
        await self._do("group_send")
        for channel in self.groups.get(group, ()):
            self.channels[channel].put_nowait(message)

    async def flush(self) -> None:
        self.groups.clear()

    def joined(self) -> set[str]:
        """Return the groups that somebody hears."""
        return {group for group, members in self.groups.items() if members}

    def break_off(self) -> None:
        """Let every receive fail, as when the server behind the layer dies."""
        for queue in self.channels.values():
            queue.put_nowait(ConnectionError("gone"))

    async def tell(self, event: Event, *, origin: str = "another process") -> None:
        """Send an event as another process does."""
        for group, envelope in fill_envelopes(origin, [event]).items():
            await self.group_send(group, envelope)


@pytest.fixture
def layer(monkeypatch: pytest.MonkeyPatch) -> Layer:
    layer = Layer()
    monkeypatch.setattr(mailboxes, "shared_layer", lambda: layer)
    monkeypatch.setattr(mailboxes, "_RETRY_SECONDS", 0.01)
    return layer


@pytest_asyncio.fixture
async def heard(layer: Layer) -> AsyncIterator[list[Event]]:
    """What a mailbox that hears the group of one user hands on."""
    heard: list[Event] = []
    mailbox = Mailbox(heard.extend)
    mailbox.join(group_of(EVENT))
    mailbox.start()
    await until(lambda: layer.joined())
    yield heard
    await mailbox.stop()
    assert not layer.joined()


EVENT = ControlEvent("", "5", "recheck")


async def test_what_another_process_says_is_heard(
    layer: Layer, heard: list[Event]
) -> None:
    await layer.tell(EVENT)

    await until(lambda: heard)
    assert heard == [EVENT]


async def test_one_s_own_words_are_not_heard_twice(
    layer: Layer, heard: list[Event]
) -> None:
    await layer.tell(EVENT, origin=bus.origin)
    await layer.tell(EVENT)

    await until(lambda: heard)
    assert len(heard) == 1


async def test_who_has_heard_himself_is_known_to_listen_until_he_leaves(
    layer: Layer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mailboxes, "_LINGER_SECONDS", 0.0)
    group = group_of(EVENT)
    mailbox = Mailbox(lambda _: None)
    mailbox.join(group)
    mailbox.start()
    await until(lambda: layer.joined())
    assert group not in bus.echoes

    await layer.tell(EVENT, origin=bus.origin)
    await until(lambda: group in bus.echoes)
    mailbox.leave(group)
    await until(lambda: not layer.joined())
    assert group not in bus.echoes

    # What was under way when it left proves nothing.
    envelope = fill_envelopes(bus.origin, [EVENT])[group]
    mailbox.join("another")
    await until(lambda: layer.joined() == {"another"})
    await layer.group_send("another", envelope)
    await until(lambda: not any(q.qsize() for q in layer.channels.values()))
    assert group not in bus.echoes
    await mailbox.stop()


async def test_an_echo_proves_nothing_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bus_module, "_ECHO_SECONDS", 0.0)
    bus.echoes.add("a group")

    assert "a group" not in bus.echoes


@pytest.mark.parametrize(
    "message",
    [
        {},
        {"o": "x"},
        {"o": "x", "e": 5},
        {"o": "x", "e": ["rubbish"]},
        {"o": "x", "e": [{"k": "a kind of the future", "z": 1}]},
        {"o": "x", "e": [{"k": "c"}]},
        {"o": "x", "e": [{"k": "c", "t": "", "c": "", "x": "{", "m": 1}]},
        {"o": "x", "e": [{"k": "u", "t": "", "u": "5", "x": 5}]},
        {"o": "x", "e": [{"k": "x", "t": ""}]},
        None,
        "rubbish",
    ],
)
async def test_what_is_not_understood_is_passed_over(
    layer: Layer, heard: list[Event], message: Any
) -> None:
    receives = layer.calls.count("new_channel")
    await layer.group_send(group_of(EVENT), message)
    await layer.tell(EVENT)

    await until(lambda: heard)
    assert heard == [EVENT]
    assert layer.calls.count("new_channel") == receives


async def test_after_a_failure_everything_is_joined_again(
    layer: Layer, heard: list[Event]
) -> None:
    layer.failing.add("new_channel")
    layer.break_off()
    await until(lambda: layer.calls.count("new_channel") > 3)
    layer.groups.clear()

    layer.failing.clear()

    await until(lambda: layer.joined())
    await layer.tell(EVENT)
    await until(lambda: heard)


async def test_groups_that_a_server_forgot_are_joined_again_by_the_clock(
    layer: Layer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mailboxes, "_REJOIN_SECONDS", 0.02)
    mailbox = Mailbox(lambda _: None)
    mailbox.join("a")
    mailbox.start()
    await until(lambda: layer.joined())

    layer.groups.clear()
    await until(lambda: layer.joined())
    layer.failing.add("group_add")
    layer.groups.clear()
    await until(lambda: layer.calls.count("group_add") > 5)
    layer.failing.clear()
    await until(lambda: layer.joined())

    await mailbox.stop()


async def test_a_layer_that_hangs_stops_nobody_for_ever(
    layer: Layer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mailboxes, "_JOIN_SECONDS", 0.02)
    mailbox = Mailbox(lambda _: None)
    mailbox.start()
    await until(lambda: "receive" in layer.calls)

    layer.hanging.add("group_add")
    mailbox.join("a")
    await until(lambda: "group_add" in layer.calls)
    layer.hanging.clear()
    mailbox.join("b")
    await until(lambda: "b" in layer.joined())

    layer.hanging.add("group_discard")
    await mailbox.stop()


async def test_a_layer_that_swallows_a_cancellation_is_left_all_the_same(
    layer: Layer, monkeypatch: pytest.MonkeyPatch
) -> None:
    swallowed = asyncio.Event()

    async def receive(channel: str) -> Any:
        while True:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                if swallowed.is_set():
                    raise
                swallowed.set()

    monkeypatch.setattr(layer, "receive", receive)
    mailbox = Mailbox([].extend)
    mailbox.join(group_of(EVENT))
    mailbox.start()
    await until(lambda: layer.joined())

    async with asyncio.timeout(5):
        await mailbox.stop()

    assert swallowed.is_set()
    assert not layer.joined()


async def test_leaving_and_joining_quickly_ends_joined(
    layer: Layer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mailboxes, "_LINGER_SECONDS", 0.0)
    mailbox = Mailbox(lambda _: None)
    mailbox.start()
    for _ in range(20):
        mailbox.join("a")
        mailbox.leave("a")
    mailbox.join("a")
    mailbox.join("b")
    mailbox.leave("b")
    mailbox.join("c")

    await until(lambda: layer.joined() == {"a", "c"})
    await until(lambda: not mailbox.waiting_changes)
    assert layer.joined() == {"a", "c"}
    await mailbox.stop()


async def test_who_comes_back_in_a_moment_has_never_left(layer: Layer) -> None:
    mailbox = Mailbox(lambda _: None)
    mailbox.start()
    await until(lambda: "receive" in layer.calls)
    mailbox.join("a")
    await until(lambda: layer.joined() == {"a"})
    layer.calls.clear()
    for _ in range(20):
        mailbox.leave("a")
        mailbox.join("a")
    mailbox.join("b")

    await until(lambda: layer.joined() == {"a", "b"})
    assert layer.calls == ["group_add"]
    await mailbox.stop()
    assert not layer.joined()


async def test_who_comes_back_is_heard_though_the_layer_failed_meanwhile(
    layer: Layer,
) -> None:
    mailbox = Mailbox(lambda _: None)
    mailbox.join("a")
    mailbox.start()
    await until(lambda: layer.joined() == {"a"})
    mailbox.leave("a")
    await layer.flush()
    layer.break_off()
    await until(lambda: len(layer.channels) == 2)

    mailbox.join("a")

    await until(lambda: layer.joined() == {"a"})
    await mailbox.stop()


async def test_stopping_and_starting_at_once_leaves_one_that_hears(
    layer: Layer,
) -> None:
    heard: list[Event] = []
    mailbox = Mailbox(heard.extend)
    mailbox.join(group_of(EVENT))
    mailbox.start()
    await until(lambda: layer.joined())

    for _ in range(5):
        stopping = mailbox.stop()
        mailbox.start()
        mailbox.join(group_of(EVENT))
        await stopping
    await until(lambda: layer.joined())

    await until(lambda: layer.calls[-1] == "receive")
    await layer.tell(EVENT)
    await until(lambda: heard)
    assert len(heard) == 1
    await mailbox.stop()


async def test_a_message_of_another_process_reaches_the_sockets_here(
    ana: Any, bob: Any, duo: Conversation, layer: Layer, crowd: Crowd
) -> None:
    peer = await crowd.join(ana, duo)
    await until(lambda: conversation_group("", str(duo.pk)) in layer.joined())

    with intercepted() as post:
        await run(send, bob, duo, "from elsewhere")
        for event in post:
            await layer.tell(event)

    assert (await peer.receive("message"))["content"] == "from elsewhere"


async def test_with_the_last_socket_the_groups_are_left(
    ana: Any, duo: Conversation, layer: Layer, crowd: Crowd
) -> None:
    peer = await crowd.join(ana, duo)
    await until(lambda: len(layer.joined()) == 2)

    await peer.disconnect()

    assert not layer.joined()
    assert not hub().mailbox._tasks


async def test_a_chat_whose_layer_never_works_works(
    ana: Any, bob: Any, duo: Conversation, layer: Layer, crowd: Crowd
) -> None:
    layer.failing |= {"new_channel", "receive", "group_add", "group_discard"}
    one, two = await crowd.join(ana, duo), await crowd.join(bob, duo)

    await one.ask("send_message", content="Hello")

    await two.receive("message")
