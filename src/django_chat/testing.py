"""For the tests of host projects: clients without a server, and events without a commit.

    async with ChatClient(ana) as phone:
        await phone.ask("open_direct", user_id=str(bob.pk), content="Hello")

needs a test that commits (`TransactionTestCase`). Code that only publishes is tested
in any `TestCase`, inside `with published() as heard:`.
"""

from __future__ import annotations

import asyncio
import contextvars
import itertools
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Self, TypeVar, cast

from channels.routing import get_default_application
from django.test import TestCase

from django_chat.connections.services import issue_ticket
from django_chat.realtime.bus import bus
from django_chat.realtime.events import ConversationEvent, Event, UserEvent
from django_chat.tenancy.actor import actor_for
from django_chat.ws.database import in_database, stop_threads

__all__ = ["ChatClient", "ChatConnection", "Published", "published", "stop_threads"]

Frame = dict[str, Any]
Found = TypeVar("Found")

PROTOCOL = "django-chat.v1"
_SECONDS = 10.0


class ChatConnection:
    """A WebSocket to the site's ASGI application, with everything it received.

    Every wait is for an event and ends after ten seconds with an AssertionError.
    """

    def __init__(
        self,
        path: str = "/ws/chat/",
        *,
        query: str = "",
        headers: Sequence[tuple[str, str]] = (),
        subprotocols: Sequence[str] = (PROTOCOL,),
        host: str = "testserver",
        application: Any = None,
    ) -> None:
        self.application: Any = application or get_default_application()
        self.scope = {
            "type": "websocket",
            "asgi": {"version": "3.0", "spec_version": "2.4"},
            "scheme": "ws",
            "http_version": "1.1",
            "path": path,
            "raw_path": path.encode(),
            "root_path": "",
            "query_string": query.encode(),
            "headers": [
                (name.lower().encode(), value.encode("latin-1"))
                for name, value in [("host", host), *headers]
            ],
            "subprotocols": list(subprotocols),
            "client": ("127.0.0.1", 50_000),
            "server": (host, 80),
        }
        self.frames: list[Frame] = []
        """All frames received, in order."""
        self.accepted: Frame | None = None
        """The server's answer to the handshake."""
        self.close_code: int | None = None
        """The code that the server closed with."""
        self.answers_pings = True
        """Whether the server's pings are answered, as by every good client."""
        self._read = 0
        self._news = asyncio.Event()
        self._inbox: asyncio.Queue[Frame] = asyncio.Queue()
        self._task: asyncio.Task[None] | None = None
        self._refs = itertools.count(1)

    async def open(self) -> Self:
        """Shake hands; return when the server has accepted or refused."""
        # A server starts a connection in a context of its own, so does this.
        self._task = contextvars.Context().run(
            asyncio.get_running_loop().create_task, self._run()
        )
        self._task.add_done_callback(lambda _: self._news.set())
        self._inbox.put_nowait({"type": "websocket.connect"})
        await self._until(lambda: self.accepted or self.close_code, "the handshake")
        return self

    async def send(self, kind: str, **fields: Any) -> None:
        """Send a frame of this type."""
        await self.send_text(json.dumps({"type": kind, **fields}))

    async def send_text(self, text: str) -> None:
        """Send a text frame as it is."""
        self._inbox.put_nowait({"type": "websocket.receive", "text": text})

    async def send_bytes(self, data: bytes) -> None:
        """Send a binary frame."""
        self._inbox.put_nowait({"type": "websocket.receive", "bytes": data})

    async def ask(self, kind: str, **fields: Any) -> Frame:
        """Send a frame and return its answer, the `ack` or the `error`."""
        ref = str(fields.pop("ref", f"r{next(self._refs)}"))
        start = len(self.frames)
        await self.send(kind, ref=ref, **fields)

        def answer() -> Frame | None:
            for frame in self.frames[start:]:
                if frame.get("ref") == ref and frame["type"] in ("ack", "error"):
                    return frame
            return None

        return await self._until(answer, f"the answer to {kind}")

    async def receive(self, kind: str | None = None, **fields: Any) -> Frame:
        """Return the next frame of this type and with these fields, skipping others."""

        def following() -> Frame | None:
            for place in range(self._read, len(self.frames)):
                frame = self.frames[place]
                if kind in (None, frame["type"]) and fields.items() <= frame.items():
                    self._read = place + 1
                    return frame
            return None

        return await self._until(following, f"{kind or 'a frame'} {fields or ''}")

    def received(self, kind: str, **fields: Any) -> list[Frame]:
        """Return the frames of this type and with these fields that have arrived."""
        return [
            frame
            for frame in self.frames
            if frame["type"] == kind and fields.items() <= frame.items()
        ]

    async def settle(self) -> list[Frame]:
        """Return all frames, once everything sent to this client so far is here."""
        mark = f"settle {next(self._refs)}"
        await self.send("ping", t=mark)
        await self._until(lambda: self.received("pong", t=mark) or None, "a pong")
        return self.frames

    async def closed(self) -> int:
        """Return the code with which the server closes the connection."""
        await self._until(
            lambda: True if self.close_code is not None else None, "the close"
        )
        return cast(int, self.close_code)

    async def disconnect(self, code: int = 1000) -> None:
        """Go away; return when the server has forgotten the connection."""
        if self._task is None:
            return
        self._inbox.put_nowait({"type": "websocket.disconnect", "code": code})
        async with asyncio.timeout(_SECONDS):
            await self._task

    async def _run(self) -> None:
        await self.application(self.scope, self._inbox.get, self._take)

    async def _take(self, message: Frame) -> None:
        match message["type"]:
            case "websocket.accept":
                self.accepted = message
            case "websocket.send":
                self._note(json.loads(message["text"]))
            case "websocket.close":
                self.close_code = message.get("code", 1000)
                # As servers do: the application hears of its own close.
                self._inbox.put_nowait(
                    {"type": "websocket.disconnect", "code": self.close_code}
                )
        self._news.set()

    def _note(self, frame: Frame) -> None:
        self.frames.append(frame)
        if frame["type"] == "ping" and self.answers_pings:
            text = json.dumps({"type": "pong", "t": frame["t"]})
            self._inbox.put_nowait({"type": "websocket.receive", "text": text})

    async def _until(self, find: Callable[[], Found | None], what: str) -> Found:
        try:
            async with asyncio.timeout(_SECONDS):
                while (found := find()) is None:
                    if self._task is not None and self._task.done():
                        self._task.result()
                        raise AssertionError(f"The connection ended before {what}")
                    self._news.clear()
                    await self._news.wait()
                return found
        except TimeoutError:
            got = [frame["type"] for frame in self.frames[self._read :]]
            raise AssertionError(f"No sign of {what}; there came {got}") from None


class ChatClient(ChatConnection):
    """A user's connection: `async with ChatClient(user) as client:`.

    With `conversation` it is the socket of that one conversation, `after` the cursor
    from which it resumes.
    """

    def __init__(
        self,
        user: Any,
        *,
        conversation: Any = None,
        after: int | None = None,
        tenant: str | None = None,
        **more: Any,
    ) -> None:
        path = "/ws/chat/" if conversation is None else f"/ws/chat/{conversation.pk}/"
        if after is not None:
            more["query"] = f"after={after}"
        super().__init__(path, **more)
        self.user = user
        self._tenant = tenant

    async def __aenter__(self) -> Self:
        ticket = await in_database(self._ticket)
        self.scope["subprotocols"] = [PROTOCOL, f"ticket.{ticket}"]
        await self.open()
        await self.receive("welcome")
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self.disconnect()

    def _ticket(self) -> str:
        return issue_ticket(actor=actor_for(self.user, tenant=self._tenant))


class Published(list[Event]):
    """The events of a block, in the order in which they were published."""

    def to_conversation(self, conversation: Any) -> list[Frame]:
        """Return the frames that everybody in a conversation is sent."""
        key = str(conversation.pk)
        return [
            event.frame
            for event in self
            if isinstance(event, ConversationEvent) and event.conversation_id == key
        ]

    def to_user(self, user: Any) -> list[Frame]:
        """Return the frames that go to all connections of one user."""
        return [
            event.frame
            for event in self
            if isinstance(event, UserEvent) and event.user_id == str(user.pk)
        ]


class _Here:
    """A loop that runs what it is handed at once, in the thread that hands it."""

    def call_soon_threadsafe(
        self, receive: Callable[..., None], events: Sequence[Event]
    ) -> None:
        receive(events)

    def is_running(self) -> bool:
        return False


@contextmanager
def published() -> Iterator[Published]:
    """Collect what the block publishes, as if its transaction had committed.

    For `TestCase`, whose transactions never commit; filled when the block ends.
    """
    heard = Published()
    loop = cast(Any, _Here())
    bus.attach(loop, heard.extend)
    try:
        with TestCase.captureOnCommitCallbacks(execute=True):
            yield heard
    finally:
        bus.detach(loop)
