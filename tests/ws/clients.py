"""Clients of the sockets, and ways to wait until a process has nothing left to do."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any, TypeVar

from channels.routing import get_default_application
from django.conf import settings
from django.test import Client as Browser

from django_chat.realtime.bus import shared_layer
from django_chat.testing import ChatClient, ChatConnection
from django_chat.ws.database import in_database
from django_chat.ws.hub import hub
from tests.protocol.schemas import check_server_frame

__all__ = [
    "Crowd",
    "Peer",
    "cookie_of",
    "hub_at_rest",
    "log_in",
    "quiet",
    "run",
    "types",
    "until",
]

SECONDS = 10.0
ORIGIN = ("origin", "http://testserver")
Frame = dict[str, Any]
Result = TypeVar("Result")

run = in_database
"""`await run(send, ana, duo)`: database work of a test, in a thread of the sockets."""


class Watched(ChatConnection):
    """A connection that notes what a server should not have said."""

    after_close: list[Frame]
    reading: asyncio.Event | None = None

    def stop_reading(self) -> None:
        """Leave everything that comes from now on in the buffers of the server."""
        self.reading = asyncio.Event()

    async def _take(self, message: Frame) -> None:
        if self.close_code is not None:
            self.after_close.append(message)
        if self.reading is not None and message["type"] == "websocket.send":
            await self.reading.wait()
        await super()._take(message)


class Stranger(Watched):
    """A connection with whatever credentials a test gives it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.after_close = []


class Peer(ChatClient, Watched):
    """A user's connection."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.after_close = []


class Crowd:
    """Opens connections for a test and closes them all."""

    def __init__(self) -> None:
        self.everybody: list[Watched] = []

    async def join(self, user: Any, conversation: Any = None, **more: Any) -> Peer:
        """Connect `user`; with a conversation, to its own socket."""
        peer = Peer(user, conversation=conversation, **more)
        self.everybody.append(peer)
        await peer.__aenter__()
        if conversation is not None:
            await peer.receive("caught_up")
        return peer

    async def subscribe(self, user: Any, *conversations: Any, **more: Any) -> Peer:
        """Connect `user` to everything and open conversations."""
        peer = await self.join(user, **more)
        for conversation in conversations:
            await peer.send("subscribe", conversations=[{"id": str(conversation.pk)}])
            await peer.receive("caught_up", conversation_id=str(conversation.pk))
        return peer

    async def dial(self, path: str = "/ws/chat/", **more: Any) -> Stranger:
        """Connect with nothing but what is given."""
        stranger = Stranger(path, **more)
        self.everybody.append(stranger)
        await stranger.open()
        return stranger

    async def close(self) -> None:
        """Disconnect everybody, and check what held for all of them."""
        for one in self.everybody:
            if one.reading is not None:
                one.reading.set()
            await one.disconnect()
        for one in self.everybody:
            if one.application is get_default_application():
                for frame in one.frames:
                    check_server_frame(frame)
            assert not one.after_close, "the server spoke after it had closed"
            if one.accepted and one.close_code not in (None, 4011, 4012):
                last = one.frames[-1]
                assert last["type"] == "error", "it closed without saying why"
                assert last["fatal"] is True


async def hub_at_rest(before: set[asyncio.Task[Any]]) -> None:
    """Wait until the loop runs no task but those of `before`; check that all is gone."""
    mine, layer = hub(), shared_layer()
    await _ended(lambda task: task in before or _is_of_layer(task))
    if layer is not None:
        # The core layer has connections for each loop; other loops are not ours.
        of_loops = getattr(layer, "_layers", None)
        of_loop = layer if of_loops is None else of_loops.pop(_loop(), None)
        if of_loop is not None:
            await of_loop.flush()
        await _ended(lambda task: task in before)
    assert not mine.sockets
    assert not mine.people
    assert not mine.rooms
    assert not mine.mailbox._groups


_loop = asyncio.get_running_loop


async def _ended(may_go_on: Callable[[asyncio.Task[Any]], bool]) -> None:
    async with asyncio.timeout(SECONDS):
        while left := [
            task
            for task in asyncio.all_tasks()
            if task is not asyncio.current_task() and not may_go_on(task)
        ]:
            await asyncio.wait(left)


def _is_of_layer(task: asyncio.Task[Any]) -> bool:
    """Whether a task runs as long as the pub/sub layer is not told to end."""
    code = getattr(task.get_coro(), "cr_code", None)
    return code is not None and code.co_filename.endswith("channels_redis/pubsub.py")


async def quiet() -> None:
    """Wait until the hub has read from the database whatever it wanted to."""
    mine = hub()

    def is_busy() -> bool:
        rooms = mine.rooms.values()
        return bool(mine._tasks) or any(r._worker or r._timer for r in rooms)

    await until(lambda: not is_busy())


async def until(condition: Callable[[], Any], *, seconds: float = SECONDS) -> None:
    """Wait for something that announces itself by no event, looking often."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 (there is no event)
            await asyncio.sleep(0.005)


def log_in(user: Any) -> Browser:
    """Return a browser in which `user` is logged in."""
    browser = Browser()
    browser.force_login(user)
    return browser


def cookie_of(browser: Browser) -> tuple[str, str]:
    """Return the header with which the browser proves who it is."""
    name = settings.SESSION_COOKIE_NAME
    return "cookie", f"{name}={browser.cookies[name].value}"


def types(frames: Iterable[Frame]) -> list[str]:
    """Return the types of frames."""
    return [frame["type"] for frame in frames]


async def cancelled(task: asyncio.Task[Any]) -> None:
    """End a task of the test."""
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
