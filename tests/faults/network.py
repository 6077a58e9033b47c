"""A network that is slow, cuts frames in two, says things twice, and breaks."""

from __future__ import annotations

import asyncio
import random
import struct
from dataclasses import dataclass

from tests.e2e.proxy import Proxy

DATA_FRAMES = (0x81, 0x82)
HEAD_END = b"\r\n\r\n"


@dataclass(frozen=True)
class Weather:
    """How likely each mishap is, for each frame of a WebSocket on its own."""

    breaks: float = 0.01
    doubles: float = 0.05
    stalls: float = 0.05
    splits: float = 0.2
    stall_seconds: float = 0.3


class RoughNetwork(Proxy):
    """Forwards WebSockets frame by frame, with what the weather does to them.

    What happens to the frames of a connection is drawn from its own number, so that it
    does not depend on how fast the others are.
    """

    def __init__(self, port: int, chance: random.Random, weather: Weather) -> None:
        super().__init__(port)
        self.weather = weather
        self.broken = self.doubled = self.stalled = 0
        self._seed = chance.random()
        self._ways = 0

    async def _pump(
        self, source: asyncio.StreamReader, target: asyncio.StreamWriter, *, late: bool
    ) -> None:
        self._ways += 1
        chance = random.Random(f"{self._seed} {self._ways}")
        try:
            if late:
                target.write(await source.readuntil(HEAD_END))
            while True:
                await self._pass_on(await _frame(source), target, chance)
        except (OSError, asyncio.IncompleteReadError):
            return

    async def _pass_on(
        self, frame: bytes, target: asyncio.StreamWriter, chance: random.Random
    ) -> None:
        weather = self.weather
        middle = chance.randrange(1, len(frame))
        if chance.random() < weather.stalls:
            self.stalled += 1
            await asyncio.sleep(weather.stall_seconds * chance.random())
        if chance.random() < weather.breaks:
            self.broken += 1
            target.write(frame[:middle])
            await target.drain()
            raise ConnectionResetError
        if chance.random() < weather.splits:
            target.write(frame[:middle])
            await asyncio.sleep(0.01)
            target.write(frame[middle:])
        else:
            target.write(frame)
        if frame[0] in DATA_FRAMES and chance.random() < weather.doubles:
            self.doubled += 1
            target.write(frame)
        await target.drain()


async def _frame(source: asyncio.StreamReader) -> bytes:
    """Read one frame of a WebSocket, as it is on the wire."""
    head = await source.readexactly(2)
    length = head[1] & 0x7F
    if length == 126:
        head += await source.readexactly(2)
        (length,) = struct.unpack("!H", head[2:])
    elif length == 127:
        head += await source.readexactly(8)
        (length,) = struct.unpack("!Q", head[2:])
    mask = 4 if head[1] & 0x80 else 0
    return head + await source.readexactly(mask + length)
