"""A network that fails: forwards bytes to a server, or does not."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import Self

CHUNK = 65_536
WAIT_SECONDS = 30.0
UNAVAILABLE = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class Proxy:
    """Stands on a port of its own between a browser and the server on `port`.

    What the first request of a connection asks for decides whether it is a socket:
    a browser opens a connection of its own for each WebSocket.
    """

    def __init__(self, port: int) -> None:
        self.target = port
        self.is_down = False
        """Nobody gets through, as when the cable is pulled; see `cut`."""
        self.refuses_sockets = False
        """New WebSockets are answered with 503; the rest gets through."""
        self.delay = 0.0
        """Seconds that everything from the server comes late."""
        self.sockets = 0
        """WebSockets that were let through, ever."""
        self.refused = 0
        """WebSockets that were not, whatever the reason."""
        self._writers: set[asyncio.StreamWriter] = set()
        self._changed = asyncio.Condition()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1")
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        self._server.close()
        self.cut()
        await self._server.wait_closed()
        await self.until(lambda: not self._writers)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def cut(self) -> None:
        """End every connection there is, without a goodbye."""
        for writer in self._writers:
            writer.transport.abort()

    def pull(self) -> None:
        """Cut everything, and let nobody through until `plug`."""
        self.is_down = True
        self.cut()

    def plug(self) -> None:
        """Let everybody through again."""
        self.is_down = self.refuses_sockets = False

    async def until(self, what: Callable[[], bool]) -> None:
        """Wait until something about the connections holds."""
        async with asyncio.timeout(WAIT_SECONDS), self._changed:
            await self._changed.wait_for(what)

    async def _serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._writers.add(writer)
        try:
            # Browsers also open connections that they may never use.
            with contextlib.suppress(OSError, asyncio.IncompleteReadError):
                head = await reader.readuntil(b"\r\n\r\n")
                await self._forward(head, reader, writer)
        finally:
            self._writers.discard(writer)
            writer.transport.abort()
            await self._tell()

    async def _forward(
        self, head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        is_socket = b"upgrade: websocket" in head.lower()
        if is_socket and (self.is_down or self.refuses_sockets):
            self.refused += 1
        if self.is_down:
            return
        if is_socket and self.refuses_sockets:
            writer.write(UNAVAILABLE)
            await writer.drain()
            return
        self.sockets += is_socket
        await self._tell()
        to_read, to_write = await asyncio.open_connection("127.0.0.1", self.target)
        self._writers.add(to_write)
        try:
            to_write.write(head)
            async with asyncio.TaskGroup() as ways:
                up = ways.create_task(self._pump(reader, to_write, late=False))
                down = ways.create_task(self._pump(to_read, writer, late=True))
                await asyncio.wait({up, down}, return_when=asyncio.FIRST_COMPLETED)
                # Half a connection is of no use to either side.
                up.cancel()
                down.cancel()
        finally:
            self._writers.discard(to_write)
            to_write.transport.abort()

    async def _pump(
        self, source: asyncio.StreamReader, target: asyncio.StreamWriter, *, late: bool
    ) -> None:
        with contextlib.suppress(OSError):
            while data := await source.read(CHUNK):
                if late and self.delay:
                    await asyncio.sleep(self.delay)
                target.write(data)
                await target.drain()

    async def _tell(self) -> None:
        async with self._changed:
            self._changed.notify_all()
