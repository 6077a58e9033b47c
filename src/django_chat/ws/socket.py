"""One connection: what it may hear, and the way out to its client.

Writing never waits: a text is handed to the server at once, and what the server cannot
take yet waits in a bounded queue. A client that does not read is closed, never allowed
to hold up the others or to fill the memory.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
import uuid
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from django_chat import metrics
from django_chat.exceptions import ChatError
from django_chat.realtime.events import encode
from django_chat.ws.authentication import Login

if TYPE_CHECKING:
    from django_chat.ws.room import Room

__all__ = ["CLOSE_CODES", "Socket"]

Frame = dict[str, Any]
Send = Callable[[dict[str, Any]], Awaitable[None]]

FLOW_FRAMES = 500
QUEUE_FRAMES = 1_000
QUEUE_CHARS = 1024 * 1024
PONG_SECONDS = 10.0
CLOSE_CODES = {
    "not_authenticated": 4001,
    "token_expired": 4001,
    "ticket_invalid": 4001,
    "not_participant": 4003,
    "unavailable": 4003,
    "not_found": 4004,
    "rate_limited": 4008,
    "too_many_connections": 4009,
    "unsupported_version": 4010,
    "slow_consumer": 4011,
    "heartbeat_timeout": 4012,
}
# From 3.12 a task may run its first step at once; a send that need not wait then costs
# no turn of the loop.
_EAGER: dict[str, bool] = {"eager_start": True} if sys.version_info >= (3, 12) else {}


class Socket:
    """A client's connection as the hub sees it."""

    def __init__(self, send: Send, *, mode: str, speaks_v1: bool) -> None:
        self.id = uuid.uuid4().hex
        self.mode = mode
        self._login: Login | None = None
        self.is_welcome = False
        self.is_away = False
        self._typing: dict[str, tuple[bool, float]] = {}
        self.watching: set[str] = set()
        self.rooms: dict[str, Room] = {}
        # Only who answers pings can be missed; a dumb client is never cut for silence.
        self.answers_pings = speaks_v1
        self.unanswered = 0
        self.is_closing = False
        # How it ended, for who counts: an error of ours, a close code of ours.
        self.failed_with: str | None = None
        self.closed_with: int | None = None
        self._send = send
        self._loop = asyncio.get_running_loop()
        # Not a deque: an empty one takes half a kilobyte, in each idle connection.
        self._queue: list[str] = []
        self._queued_chars = 0
        self._writing: asyncio.Task[None] | None = None
        self._closing: asyncio.Task[None] | None = None
        self._sent_frames = 0
        self._sent_chars = 0
        self._flow_timer: asyncio.TimerHandle | None = None

    @property
    def is_authenticated(self) -> bool:
        """Whether it is known who is connected."""
        return self._login is not None

    @property
    def login(self) -> Login:
        """Who is connected and by what right; ask `is_authenticated` first."""
        if self._login is None:
            raise ChatError("not_authenticated")
        return self._login

    @login.setter
    def login(self, login: Login) -> None:
        self._login = login

    @property
    def person(self) -> tuple[str, Any]:
        """Tenant and user key of who is connected."""
        return self.login.actor.tenant, self.login.actor.user_id

    @property
    def user_id(self) -> str:
        """The id of who is connected, as it travels."""
        return self.login.actor.id

    def may_show_typing(self, conversation_id: str, is_typing: bool) -> bool:
        """Say whether a state is news; the same one within a second is none."""
        before, since = self._typing.get(conversation_id, (None, 0.0))
        return before != is_typing or self._loop.time() - since >= 1.0

    def note_typing(self, conversation_id: str, is_typing: bool) -> None:
        """Remember the state that was shown, to take it back at the end."""
        self._typing[conversation_id] = is_typing, self._loop.time()

    def shown_typing(self) -> list[str]:
        """Return the conversations in which this connection's user seems to type."""
        return [key for key, (is_typing, _) in self._typing.items() if is_typing]

    @property
    def waiting_frames(self) -> int:
        """How many frames the server has not taken yet."""
        return len(self._queue)

    def subscriptions(self) -> list[Room]:
        """Return the rooms whose frames this connection gets in full."""
        return [r for r in self.rooms.values() if r.listeners[self].subscribed]

    def welcome(self, frame: Frame) -> None:
        """Send the first frame; pings begin after it."""
        self.is_welcome = True
        metrics.CONNECTIONS_OPENED.inc()
        metrics.CONNECTIONS_OPEN.inc()
        self.send_frame(frame)

    def send_frame(self, frame: Frame) -> None:
        """Send a frame made for this connection."""
        self.send_text(encode(frame))

    def send_text(self, text: str) -> None:
        """Send an encoded frame; many connections share the same text."""
        if self.is_closing:
            return
        self._count(len(text))
        if self._writing is None:
            task = asyncio.Task(self._write(text), loop=self._loop, **_EAGER)  # type: ignore[arg-type]
            if not task.done():
                self._writing = task
                task.add_done_callback(self._written)
            elif task.exception() is not None:
                self.is_closing = True
            return
        self._queue.append(text)
        self._queued_chars += len(text)
        if len(self._queue) > QUEUE_FRAMES or self._queued_chars > QUEUE_CHARS:
            self.abort("slow_consumer")

    def send_error(
        self,
        error: ChatError,
        *,
        ref: str | None = None,
        client_id: str | None = None,
        conversation_id: str | None = None,
        fatal: bool = False,
    ) -> None:
        """Send an `error` frame."""
        frame: Frame = {"type": "error", **error.as_dict()}
        given = {"ref": ref, "client_id": client_id, "conversation_id": conversation_id}
        frame.update(
            {name: value for name, value in given.items() if value is not None}
        )
        if fatal:
            frame["fatal"] = True
        self.send_frame(frame)

    def fail(self, error: ChatError, *, conversation_id: str | None = None) -> None:
        """Tell the client why, then close; the code alone does not reach all of them."""
        if not self.is_closing:
            self.failed_with = error.code
            self.send_error(error, conversation_id=conversation_id, fatal=True)
            self.close(CLOSE_CODES.get(error.code, 1011))

    def abort(self, reason: str) -> None:
        """Close without another frame: the client does not read, or is gone."""
        self._queue.clear()
        self.close(CLOSE_CODES[reason], after_rest=False)

    def close(self, code: int, *, after_rest: bool = True) -> None:
        """Close once everything before it is written, or at once."""
        if self.is_closing:
            return
        self.is_closing = True
        self.closed_with = code
        self._stop_flow_timer()
        self._closing = self._loop.create_task(self._close(code, after_rest))

    def pong(self) -> None:
        """Note that the client has read everything up to the ping before this."""
        self.answers_pings = True
        self.heard()
        self._sent_frames = self._sent_chars = 0
        self._stop_flow_timer()

    def heard(self) -> None:
        """Note a sign of life."""
        self.unanswered = 0

    def ping(self, **more: Any) -> None:
        """Ask for a sign of life; two that stay unanswered close the connection."""
        if self.answers_pings and self.unanswered >= 2:
            self.abort("heartbeat_timeout")
            return
        self.unanswered += 1
        self.send_frame({"type": "ping", "t": int(self._loop.time() * 1000), **more})

    def _count(self, chars: int) -> None:
        """Every so many frames, ask whether the client still reads.

        Not every server says when its buffers grow, so the client itself is asked.
        """
        self._sent_frames += 1
        self._sent_chars += chars
        if self._sent_frames < FLOW_FRAMES and self._sent_chars < QUEUE_CHARS:
            return
        if self.answers_pings and self._flow_timer is None:
            self._flow_timer = self._loop.call_later(
                PONG_SECONDS, self.abort, "slow_consumer"
            )
            self.send_frame({"type": "ping", "t": int(self._loop.time() * 1000)})

    def _stop_flow_timer(self) -> None:
        if self._flow_timer is not None:
            self._flow_timer.cancel()
            self._flow_timer = None

    async def _write(self, text: str) -> None:
        await self._send({"type": "websocket.send", "text": text})

    def _written(self, task: asyncio.Task[None]) -> None:
        self._writing = None
        if task.cancelled() or task.exception() is not None:
            # The peer is gone; the server says so in a moment.
            self.is_closing = True
            self._queue.clear()
            return
        while self._queue and self._writing is None:
            text = self._queue.pop(0)
            self._queued_chars -= len(text)
            following = asyncio.Task(self._write(text), loop=self._loop, **_EAGER)  # type: ignore[arg-type]
            if not following.done():
                self._writing = following
                following.add_done_callback(self._written)
            elif following.exception() is not None:
                self.is_closing = True
                self._queue.clear()

    async def _close(self, code: int, after_rest: bool) -> None:
        if after_rest:
            await self._rest()
        with contextlib.suppress(Exception):  # the peer may be gone in any way
            async with asyncio.timeout(PONG_SECONDS):
                await self._send({"type": "websocket.close", "code": code})

    async def drained(self) -> None:
        """Wait until the server has taken everything, before there is more of it.

        A long replay to a slow client must not look like a client that never reads.
        """
        try:
            async with asyncio.timeout(PONG_SECONDS):
                await self._written_out()
        except TimeoutError:
            self.abort("slow_consumer")

    async def _rest(self) -> None:
        """Wait for what is being written, unless the peer does not read at all."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(PONG_SECONDS):
                await self._written_out()

    async def _written_out(self) -> None:
        while self._writing is not None:
            await asyncio.wait([self._writing])
            await asyncio.sleep(0)

    def dispose(self) -> None:
        """Forget timers, tasks and texts once the server has ended the connection."""
        self.is_closing = True
        self._queue.clear()
        self._stop_flow_timer()
        for task in (self._writing, self._closing):
            if task is not None:
                task.cancel()
