"""Whoever misbehaves is limited, then sent away; those beside him notice nothing."""

from __future__ import annotations

import asyncio
import json
import random
from collections import Counter
from statistics import median

import pytest
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from tests.faults.client import sent, talking, until
from tests.faults.invariants import all_is_told
from tests.faults.site import Site, site
from tests.faults.sockets import dial, hear
from tests.services import Services

FRAMES = 10_000
AT_ONCE = 250
MEGABYTES = 1024 * 1024
OVERSIZED = "x" * 200_000


def valid(chance: random.Random) -> str:
    """Return a command that anybody might send."""
    return json.dumps(
        chance.choice(
            [
                {"type": "send_message", "content": "spam"},
                {"type": "typing", "is_typing": True},
                {"type": "ping", "t": 1},
                {"type": "no_such_thing"},
            ]
        )
    )


def of_wrong_types(chance: random.Random) -> str:
    """Return an object that no command can be read from."""
    wrong = chance.choice([None, -1, 1e300, [], {}, "", "語" * 300, True, [[[1]]]])
    name = chance.choice(["type", "content", "client_id", "conversation_id", "ref"])
    return json.dumps({"type": "send_message", "content": "x"} | {name: wrong})


def garbage(chance: random.Random) -> str | bytes:
    """Return what is no frame at all."""
    return chance.choice(
        [chance.randbytes(50), "{", "[]", "\x00", '{"type":', "[" * 5_000, "NaN", ""]
    )


def oversized(chance: random.Random) -> str:
    """Return more than the server reads."""
    return json.dumps({"type": "send_message", "content": OVERSIZED})


KINDS = (valid, of_wrong_types, garbage, oversized)


async def abuse(
    town: Site, session: str, chance: random.Random, codes: Counter[int | None]
) -> None:
    """Send frame after frame without listening, and come back when sent away."""
    count = 0
    while count < FRAMES:
        make = chance.choices(KINDS, weights=[8, 8, 2, 1])[0]
        frames = [make(chance) for _ in range(AT_ONCE)]
        # A slow machine obeys more slowly than the limit allows. This ends it anyway.
        frames += [garbage(chance) for _ in range(10)]
        async with dial(town, session, max_queue=None, compression=None) as socket:
            await hear(socket, "caught_up")
            try:
                for frame in frames:
                    await socket.send(frame)
                    count += 1
            except ConnectionClosed:
                pass
            codes[await closed(socket)] += 1


async def closed(socket: ClientConnection) -> int | None:
    """Wait until the server has closed; return the code that it gave."""
    with pytest.raises(ConnectionClosed) as how:
        async with asyncio.timeout(60):
            while True:
                await socket.recv()
    return how.value.rcvd.code if how.value.rcvd else None


@pytest.mark.asyncio
async def test_10000_frames_of_one_do_not_slow_down_two_who_chat(
    services: Services, chance: random.Random
) -> None:
    with site(services, limited=True) as town:
        (server,) = town.servers
        abuser = town.sessions[-2]
        codes: Counter[int | None] = Counter()
        # More patient than the longest wait that is allowed below.
        async with talking(
            town, each=10_000, rests=0.15, patience=15.0, people=2
        ) as clients:
            await until(clients, lambda: sent(clients) >= 10, seconds=30)
            memory = server.memory()
            await abuse(town, abuser, chance, codes)
            assert server.memory() - memory < 100 * MEGABYTES
            waits = [seconds for client in clients for seconds in client.waits.values()]
            assert median(waits) < 2.0
            assert max(waits) < 10.0
            for client in clients:
                del client.outbox[1:]
            await all_is_told(town, clients)
            assert all(client.connections == 1 for client in clients)
        assert set(codes) == {4008}, codes
        assert "Traceback" not in server.words()
