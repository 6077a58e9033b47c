"""A client that keeps what it must: an outbox, its messages, and how far it has come."""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from tests.faults.site import PEOPLE, Site

RETRY_SECONDS = 0.05
ACK_SECONDS = 5.0
Frame = dict[str, Any]


class SentAway(OSError):
    """The server has refused what may be asked again later, over a new connection."""


class PatientClient:
    """Sends its texts one after the other, however often the connection is lost.

    `rests` is how long it waits before each of them, `patience` how long for an answer
    before it connects anew. `waits_out` are the refusals after which it begins anew:
    those of somebody who may be let in again.
    """

    def __init__(
        self,
        url: str,
        town: Site,
        number: int,
        count: int,
        *,
        rests: float = 0.0,
        patience: float = ACK_SECONDS,
        waits_out: Sequence[str] = (),
    ) -> None:
        name = f"p{number}"
        self.url = url
        self.group = town.group
        self.user_id = town.users[number]
        self.session = town.sessions[number]
        self.rests = rests
        self.patience = patience
        self.waits_out = waits_out
        self.outbox = [(f"{name}-{n}", f"{name} says {n}") for n in range(count)]
        self.acknowledged: dict[str, int] = {}
        # How long each message took from the last time it was sent.
        self.waits: dict[str, float] = {}
        self.messages: dict[str, Frame] = {}
        # Every message as it came: number, change, and words.
        self.told: list[tuple[int, int, str]] = []
        self.rev = 0
        self.connections = 0
        self.repeats = 0
        self.changed = asyncio.Event()
        # For whoever has to find out why a run failed.
        self.heard: deque[str] = deque(maxlen=8)
        # Jitter that a failing run can repeat.
        self._random = random.Random(name)
        self._in_bracket = True
        self._texts: dict[int, str] = {}
        self._sent_at = 0.0

    async def run(self) -> None:
        """Stay connected until cancelled."""
        while True:
            try:
                async with self._connect() as socket:
                    self.connections += 1
                    await self._talk(socket)
            except (OSError, WebSocketException, TimeoutError):
                await asyncio.sleep(RETRY_SECONDS * self._random.uniform(1, 3))

    def _connect(self) -> connect:
        path = f"/ws/chat/{self.group}/?after={self.rev}"
        return connect(
            self.url.replace("http", "ws") + path,
            additional_headers={
                "Cookie": f"sessionid={self.session}",
                "Origin": self.url,
            },
            open_timeout=self.patience,
            ping_interval=None,
            # A frame that a network doubles would upset a compressor that remembers.
            compression=None,
        )

    async def _talk(self, socket: ClientConnection) -> None:
        self._in_bracket = True
        self._texts.clear()
        while True:
            waits = self.patience if self.outbox else None
            async with asyncio.timeout(waits):
                text = str(await socket.recv())
            self.heard.append(text[:200])
            may_send = self._take(json.loads(text), text)
            self.changed.set()
            if may_send and self.outbox:
                if self.rests:
                    await asyncio.sleep(self.rests)
                client_id, content = self.outbox[0]
                frame = {"type": "send_message"}
                frame |= {"client_id": client_id, "content": content}
                self._sent_at = time.monotonic()
                await socket.send(json.dumps(frame))

    def _take(self, frame: Frame, text: str) -> bool:
        """Apply a frame; return whether the next text, or this one again, may go."""
        match frame["type"]:
            case "message" | "message_updated" | "conversation_updated" | "skip":
                self._apply(frame, text)
            case "caught_up":
                was_connecting, self._in_bracket = self._in_bracket, False
                self.rev = max(self.rev, frame["rev"])
                return was_connecting
            case "ack":
                return self._acknowledge(frame["client_id"], frame["seq"])
            case "error":
                if frame["code"] in self.waits_out:
                    raise SentAway(frame["code"])
                assert frame["temporary"] or frame.get("fatal"), frame
                return not frame.get("fatal")
        return False

    def _acknowledge(self, client_id: str, seq: int) -> bool:
        if client_id in self.acknowledged:
            # What was sent twice is answered twice, and alike.
            assert self.acknowledged[client_id] == seq
            self.repeats += 1
            return False
        assert client_id == self.outbox[0][0]
        self.acknowledged[client_id] = seq
        self.waits[client_id] = time.monotonic() - self._sent_at
        del self.outbox[0]
        return True

    def _apply(self, frame: Frame, text: str) -> None:
        rev = frame["rev"]
        if rev <= self.rev and not self._in_bracket:
            # In order, or word for word what has just come: a network may double it.
            if self._texts.get(rev) != text:
                raise AssertionError(f"{rev} after {self.rev}: out of order")
            self.repeats += 1
        self._texts[rev] = text
        if frame["type"] in ("message", "message_updated"):
            self.told.append((frame["seq"], rev, frame["content"]))
            known = self.messages.get(frame["id"])
            if known is None or known["rev"] < rev:
                self.messages[frame["id"]] = frame
        self.rev = max(self.rev, rev)

    def __repr__(self) -> str:
        return (
            f"{len(self.outbox)} unsent, {len(self.messages)} messages up to rev "
            f"{self.rev} over {self.connections} connections; last: {list(self.heard)}"
        )


async def until(
    clients: Sequence[PatientClient], condition: Callable[[], bool], *, seconds: float
) -> None:
    """Wait until `condition` holds, looking whenever a client has heard something."""
    try:
        async with asyncio.timeout(seconds):
            while not condition():
                for client in clients:
                    client.changed.clear()
                waiting = [asyncio.ensure_future(c.changed.wait()) for c in clients]
                _, idle = await asyncio.wait(
                    waiting, return_when=asyncio.FIRST_COMPLETED, timeout=1.0
                )
                for task in idle:
                    task.cancel()
    except TimeoutError:
        raise AssertionError("\n".join(map(repr, clients))) from None


@asynccontextmanager
async def talking(
    town: Site,
    *,
    each: int,
    people: int = PEOPLE,
    urls: Sequence[str] = (),
    **more: Any,
) -> AsyncIterator[list[PatientClient]]:
    """Let people in the group send `each` messages, spread over the servers."""
    places = urls or [server.url for server in town.servers]
    clients = [
        PatientClient(places[number % len(places)], town, number, each, **more)
        for number in range(people)
    ]
    tasks = [asyncio.ensure_future(client.run()) for client in clients]
    try:
        yield clients
        broken = [task.exception() for task in tasks if task.done()]
        assert not broken, broken
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def sent(clients: Sequence[PatientClient]) -> int:
    """Return how many messages were acknowledged so far."""
    return sum(len(client.acknowledged) for client in clients)
