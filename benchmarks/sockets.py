"""WebSocket clients for the load generator.

With picows a received frame costs a fifth of what it costs with websockets, so that
the load generator leaves the machine to the server.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from importlib.util import find_spec
from typing import Any, Protocol

__all__ = ["CLIENT", "Client", "open_socket"]

_OPEN_SECONDS = 60.0
Heard = Callable[[bytes], None]
Lost = Callable[[], None]


class Client(Protocol):
    """An open socket."""

    def send(self, text: str) -> None:
        """Send a text frame, without waiting."""

    def close(self) -> None:
        """Say goodbye, without waiting for the answer."""


Open = Callable[[str, dict[str, str], str | None, Heard, Lost], Awaitable[Client]]


async def _open_with_websockets(
    url: str,
    headers: dict[str, str],
    subprotocol: str | None,
    heard: Heard,
    lost: Lost,
) -> Client:
    from websockets.asyncio.client import connect
    from websockets.typing import Subprotocol

    connection = await connect(
        url,
        additional_headers=headers,
        subprotocols=[Subprotocol(subprotocol)] if subprotocol else None,
        compression=None,
        ping_interval=None,
        open_timeout=_OPEN_SECONDS,
        max_queue=None,
    )
    return _WebsocketsClient(connection, heard, lost)


class _WebsocketsClient:
    def __init__(self, connection: Any, heard: Heard, lost: Lost) -> None:
        self._connection = connection
        self._tasks: set[asyncio.Task[Any]] = set()
        self._start(self._listen(heard, lost))

    def send(self, text: str) -> None:
        self._start(self._connection.send(text))

    def close(self) -> None:
        self._start(self._connection.close())

    async def _listen(self, heard: Heard, lost: Lost) -> None:
        from websockets.exceptions import ConnectionClosed

        try:
            while True:
                heard(await self._connection.recv(decode=False))
        except ConnectionClosed:
            lost()

    def _start(self, work: Coroutine[Any, Any, Any]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


async def _open_with_picows(
    url: str,
    headers: dict[str, str],
    subprotocol: str | None,
    heard: Heard,
    lost: Lost,
) -> Client:
    import picows

    text_frame = picows.WSMsgType.TEXT

    class Listener(picows.WSListener):
        def on_ws_frame(self, transport: Any, frame: Any) -> None:
            if frame.msg_type == text_frame:
                heard(frame.get_payload_as_bytes())

        def on_ws_disconnected(self, transport: Any) -> None:
            lost()

    offer = {"Sec-WebSocket-Protocol": subprotocol} if subprotocol else {}
    transport, _ = await picows.ws_connect(
        Listener,
        url,
        extra_headers=headers | offer,
        websocket_handshake_timeout=_OPEN_SECONDS,
    )
    return _PicowsClient(transport, text_frame)


class _PicowsClient:
    def __init__(self, transport: Any, text_frame: Any) -> None:
        self._transport = transport
        self._text_frame = text_frame

    def send(self, text: str) -> None:
        self._transport.send(self._text_frame, text.encode())

    def close(self) -> None:
        self._transport.disconnect(graceful=False)


CLIENT = "picows" if find_spec("picows") else "websockets"
open_socket: Open = _open_with_picows if CLIENT == "picows" else _open_with_websockets
"""Connect; `heard` gets each text frame, `lost` is called when the socket ends."""
