"""A client that keeps what it must: an outbox, its messages, and how far it has come."""

from __future__ import annotations

import asyncio
import json
import random
from collections import deque
from collections.abc import Callable
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from tests.faults.site import ChatServer

RETRY_SECONDS = 0.05
ACK_SECONDS = 5.0


class PatientClient:
    """Sends its texts one after the other, however often the connection is lost."""

    def __init__(
        self, server: ChatServer, session: str, group: str, name: str, count: int
    ) -> None:
        self.server = server
        self.group = group
        self.headers = {"Cookie": f"sessionid={session}", "Origin": server.url}
        self.outbox = [(f"{name}-{n}", f"{name} says {n}") for n in range(count)]
        self.acknowledged: dict[str, int] = {}
        self.messages: dict[str, dict[str, Any]] = {}
        self.arrivals: list[int] = []
        self.rev = 0
        self.connections = 0
        self.changed = asyncio.Event()
        # For whoever has to find out why a run failed.
        self.heard: deque[str] = deque(maxlen=8)
        # Jitter that a failing run can repeat.
        self._random = random.Random(name)
        self._in_bracket = True

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
            self.server.url.replace("http", "ws") + path,
            additional_headers=self.headers,
            open_timeout=ACK_SECONDS,
            ping_interval=None,
        )

    async def _talk(self, socket: ClientConnection) -> None:
        self._in_bracket = True
        while True:
            waits = ACK_SECONDS if self.outbox else None
            async with asyncio.timeout(waits):
                frame = json.loads(await socket.recv())
            self.heard.append(str(frame)[:200])
            if self._take(frame) and self.outbox:
                client_id, text = self.outbox[0]
                await socket.send(
                    json.dumps(
                        {
                            "type": "send_message",
                            "client_id": client_id,
                            "content": text,
                        }
                    )
                )
            self.changed.set()

    def _take(self, frame: dict[str, Any]) -> bool:
        """Apply a frame; return whether the next text, or this one again, may go."""
        match frame["type"]:
            case "message" | "message_updated" | "conversation_updated" | "skip":
                self._apply(frame)
            case "caught_up":
                was_connecting, self._in_bracket = self._in_bracket, False
                self.rev = max(self.rev, frame["rev"])
                return was_connecting
            case "ack":
                assert frame["client_id"] == self.outbox[0][0]
                self.acknowledged[frame["client_id"]] = frame["seq"]
                del self.outbox[0]
                return True
            case "error":
                assert frame["temporary"] or frame.get("fatal"), frame
                return not frame.get("fatal")
        return False

    def _apply(self, frame: dict[str, Any]) -> None:
        if frame["rev"] <= self.rev and not self._in_bracket:
            raise AssertionError(f"{frame['rev']} after {self.rev}: out of order")
        if frame["type"] == "message" and frame["id"] not in self.messages:
            self.messages[frame["id"]] = frame
            self.arrivals.append(frame["seq"])
        self.rev = max(self.rev, frame["rev"])

    def __repr__(self) -> str:
        return (
            f"{len(self.outbox)} unsent, {len(self.messages)} messages up to rev "
            f"{self.rev} over {self.connections} connections; last: {list(self.heard)}"
        )

    @property
    def history(self) -> list[tuple[int, str]]:
        """Number and text of every message this client has, in order."""
        rows = [(one["seq"], one["content"]) for one in self.messages.values()]
        return sorted(rows)


async def until(
    clients: list[PatientClient], condition: Callable[[], bool], *, seconds: float
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
