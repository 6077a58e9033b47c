"""Redis makes it faster, and that is all: what it does wrong costs nobody a message."""

from __future__ import annotations

import asyncio
from statistics import median

import pytest
import redis as redis_client
from websockets.asyncio.client import ClientConnection

from tests.faults.client import sent, talking, until
from tests.faults.invariants import all_is_told
from tests.faults.rest import ask, call
from tests.faults.site import CORE, PUBSUB, ChatServer, Site, frozen, site
from tests.faults.sockets import dial, hear, hears_at_once
from tests.services import Services

LAYERS = pytest.mark.parametrize("layer", [PUBSUB, CORE], ids=["pubsub", "core"])
# Longer than any time that a server gives Redis: two seconds to publish, five to join.
FROZEN_SECONDS = 6.0
REST_SECONDS = 0.1


@pytest.mark.asyncio
@LAYERS
async def test_a_redis_that_is_flushed_killed_and_restarted_costs_nobody_a_message(
    services: Services, layer: str
) -> None:
    with site(services, layer=layer, servers=2) as town:
        redis = town.redis
        assert redis is not None
        async with talking(town, each=60) as clients:
            await until(clients, lambda: sent(clients) >= 60, seconds=60)
            with redis_client.from_url(redis.url) as client:
                client.flushall()
            await until(clients, lambda: sent(clients) >= 120, seconds=60)
            await asyncio.to_thread(redis.kill)
            await until(clients, lambda: sent(clients) >= 180, seconds=60)
            await asyncio.to_thread(redis.start)
            await all_is_told(town, clients)
            assert all(client.connections == 1 for client in clients)


@pytest.mark.asyncio
@LAYERS
async def test_a_redis_that_hangs_holds_up_no_send_and_hides_no_message(
    services: Services, layer: str
) -> None:
    with site(services, layer=layer, servers=2) as town:
        assert town.redis is not None
        ana, ben, *_ = town.sessions
        here, there = town.servers
        each = int(FROZEN_SECONDS / REST_SECONDS) + 10
        async with talking(town, each=each, rests=REST_SECONDS) as clients:
            await until(clients, lambda: sent(clients) >= 30, seconds=60)
            with frozen(town.redis):
                told_before = {key for c in clients for key in c.waits}
                async with dial(town, ana, at=here) as newcomer:
                    await hear(newcomer, "caught_up")
                # All of it while Redis hangs: nobody waits for its return.
                await all_is_told(town, clients)
            waits = [
                seconds
                for client in clients
                for key, seconds in client.waits.items()
                if key not in told_before
            ]
            assert median(waits) < 1.5
            assert max(waits) < FROZEN_SECONDS
            assert all(client.connections == 1 for client in clients)
        async with (
            dial(town, ana, at=here, max_queue=None) as one,
            dial(town, ben, at=there, max_queue=None) as other,
        ):
            await hears_at_once(one, other)


@pytest.mark.asyncio
@LAYERS
async def test_without_redis_two_processes_chat_on_and_with_it_at_once_again(
    services: Services, layer: str
) -> None:
    with site(services, layer=layer, servers=2) as town:
        redis = town.redis
        assert redis is not None
        ana, _, cleo, _, eve, *_ = town.sessions
        here, there = town.servers
        async with (
            dial(town, ana, at=here, max_queue=None) as one,
            dial(town, cleo, at=there, max_queue=None) as other,
        ):
            await hear(one, "caught_up")
            await hear(other, "caught_up")
            async with talking(town, each=30) as clients:
                await until(clients, lambda: sent(clients) >= 60, seconds=60)
                await asyncio.to_thread(redis.kill)
                await all_is_told(town, clients)
                assert all(client.connections == 1 for client in clients)
            # Who is new at a process finds no Redis in which it could ask for her news.
            logged = len(there.words())
            async with dial(town, eve, at=there, max_queue=None) as newcomer:
                await hear(newcomer, "caught_up")
                await asyncio.to_thread(
                    there.wait_for, "A group was not joined", after=logged
                )
                await asyncio.to_thread(redis.start)
                await hears_at_once(one, other)
                await hears_at_once(other, one)
                await hears_of_herself(town, eve, here, newcomer)


async def hears_of_herself(
    town: Site, session: str, elsewhere: ChatServer, socket: ClientConnection
) -> None:
    """Wait until a socket is told what its user does at another process."""
    path = f"conversations/{town.group}/messages/?limit=100"
    page = await asyncio.to_thread(ask, elsewhere, session, path)
    texts = [row["id"] for row in page["results"] if row["kind"] == "text"]
    heard = asyncio.ensure_future(hear(socket, "message_hidden", seconds=20.0))
    while not heard.done():
        path = f"messages/{texts.pop()}/?scope=me"
        await asyncio.to_thread(call, elsewhere, session, "DELETE", path)
        await asyncio.wait([heard], timeout=0.3)
    await heard
