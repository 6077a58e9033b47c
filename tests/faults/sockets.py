"""One connection at a time, for tests that say themselves what is sent and heard."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

from tests.faults.site import Site
from tests.servers import PrivateServer

SECONDS = 10.0


def dial(
    town: Site, session: str | None, *, at: PrivateServer | None = None, **more: Any
) -> connect:
    """Connect to the group with a session, or without one."""
    server = at or town.servers[0]
    headers = {"Origin": server.url}
    if session is not None:
        headers["Cookie"] = f"sessionid={session}"
    address = f"{server.url.replace('http', 'ws')}/ws/chat/{town.group}/"
    return connect(address, additional_headers=headers, **more)


async def hear(
    socket: ClientConnection, kind: str, *, seconds: float = SECONDS
) -> dict[str, Any]:
    """Return the next frame of a type."""
    async with asyncio.timeout(seconds):
        while (frame := json.loads(await socket.recv()))["type"] != kind:
            pass
    found: dict[str, Any] = frame
    return found


async def say(socket: ClientConnection, kind: str, **fields: Any) -> None:
    """Send one frame."""
    await socket.send(json.dumps({"type": kind, **fields}, ensure_ascii=False))


async def hears_at_once(
    one: ClientConnection, other: ClientConnection, *, seconds: float = 3 * SECONDS
) -> None:
    """Wait until `other` is told that `one` types: what nothing but the layer brings.

    Typing is stored nowhere, so no look at the database makes up for it.
    """
    heard = asyncio.ensure_future(hear(other, "typing", seconds=seconds))
    is_typing = True
    while not heard.done():
        await say(one, "typing", is_typing=is_typing)
        is_typing = not is_typing
        await asyncio.wait([heard], timeout=0.2)
    await heard
