"""Clocks are set while people write: numbers, not times, say what comes after what."""

from __future__ import annotations

import asyncio
import random

import pytest
from websockets.asyncio.client import ClientConnection

from tests.faults.client import sent, talking, until
from tests.faults.invariants import all_is_told
from tests.faults.site import CORE, Site, site
from tests.faults.sockets import dial, hear, hears_at_once, say
from tests.services import Services

JUMPS = (-80_000.0, -3_600.0, -61.0, 0.0, 61.0, 3_600.0, 80_000.0)
STEPS = 6


# The layer whose order, and whose end of messages, are the clock of who sends.
@pytest.mark.asyncio
async def test_clocks_that_jump_back_and_forth_lose_and_reorder_nothing(
    services: Services, chance: random.Random
) -> None:
    with site(services, layer=CORE, servers=2) as town:
        ana, ben, *_ = town.sessions
        here, there = town.servers
        async with talking(town, each=60, rests=0.05) as clients:
            for step in range(1, STEPS + 1):
                for server in town.servers:
                    server.jump(chance.choice(JUMPS))
                goal = 300 * step // STEPS
                await until(
                    clients, lambda goal=goal: sent(clients) >= goal, seconds=60
                )  # type: ignore[misc]
            await all_is_told(town, clients)
            assert all(client.connections == 1 for client in clients)
            for server in town.servers:
                server.jump(0.0)
            # Somebody comes, and both processes vouch for their people anew.
            async with (
                dial(town, ana, at=here, max_queue=None) as one,
                dial(town, ben, at=there, max_queue=None) as other,
            ):
                await all_are_online(town, one)
                # With clocks a day and more apart the layer has thrown members out of
                # its groups; every process joins them again once a minute.
                await hears_at_once(one, other, seconds=75)
                await hears_at_once(other, one, seconds=75)
        stamps = await asyncio.to_thread(
            town.rows, "SELECT created_at FROM django_chat_message ORDER BY seq"
        )
        assert stamps != sorted(stamps), "no clock has jumped"


async def all_are_online(town: Site, socket: ClientConnection) -> None:
    """Wait until the first person has been told that all others are online."""
    others = town.users[1:-1]
    await say(socket, "watch_presence", ref="who", user_ids=others)
    shown: dict[str, str] = {}
    kind = "ack"
    while {shown.get(user) for user in others} != {"online"}:
        told = await hear(socket, kind, seconds=40)
        shown |= {one["id"]: one["status"] for one in told["users"]}
        kind = "presence"
