"""Whatever dies, what was acknowledged is stored once, and everybody gets all of it."""

from __future__ import annotations

import asyncio
import time

import pytest
import redis as redis_client

from tests.faults.client import sent, talking, until
from tests.faults.invariants import all_is_told
from tests.faults.site import CORE, PEOPLE, PUBSUB, Site, site
from tests.faults.sockets import SECONDS, dial, hears_at_once
from tests.servers import PrivateRedis
from tests.services import Services

EACH = 170


@pytest.mark.asyncio
async def test_a_server_killed_twice_during_1000_sends_loses_and_doubles_nothing(
    services: Services,
) -> None:
    with site(services) as town:
        (server,) = town.servers
        async with talking(town, each=EACH) as clients:
            for share in (0.2, 0.6):
                goal = int(PEOPLE * EACH * share)
                await until(
                    clients, lambda goal=goal: sent(clients) >= goal, seconds=60
                )  # type: ignore[misc]
                await asyncio.to_thread(server.kill)
                await asyncio.to_thread(server.start)
            await all_is_told(town, clients)
            assert all(client.connections >= 3 for client in clients)


def all_are_at(redis: PrivateRedis, town: Site) -> None:
    """Wait until every process has a connection to a Redis."""
    deadline = time.monotonic() + SECONDS
    with redis_client.from_url(redis.url) as client:
        # The one who asks is connected, too.
        while client.info("clients")["connected_clients"] <= len(town.servers):
            assert time.monotonic() < deadline, redis.words()
            time.sleep(0.1)


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("layer", "redises"),
    [(PUBSUB, 1), (PUBSUB, 2), (CORE, 1), ("", 0)],
    ids=["pubsub", "sharded-pubsub", "core", "none"],
)
async def test_two_processes_tell_the_same_story_over_any_layer(
    services: Services, layer: str, redises: int
) -> None:
    with site(services, layer=layer, redises=redises, servers=2) as town:
        async with talking(town, each=20) as clients:
            await all_is_told(town, clients)
            assert all(client.connections == 1 for client in clients)
            assert len(town.redises) == redises
            for redis in town.redises:
                await asyncio.to_thread(all_are_at, redis, town)
        if layer:
            ana, ben, *_ = town.sessions
            here, away = town.servers
            async with (
                dial(town, ana, at=here, max_queue=None) as one,
                dial(town, ben, at=away, max_queue=None) as other,
            ):
                await hears_at_once(one, other)
                await hears_at_once(other, one)


@pytest.mark.asyncio
async def test_a_postgres_that_restarts_twice_ends_no_socket_and_loses_nothing(
    services: Services,
) -> None:
    with site(services, layer=PUBSUB, servers=2) as town:
        async with talking(town, each=60) as clients:
            await until(clients, lambda: sent(clients) >= 60, seconds=60)
            await asyncio.to_thread(town.postgres.stop)
            await asyncio.to_thread(town.postgres.start)
            await until(clients, lambda: sent(clients) >= 200, seconds=60)
            await asyncio.to_thread(town.postgres.kill)
            await asyncio.to_thread(town.postgres.start)
            await all_is_told(town, clients)
            assert all(client.connections == 1 for client in clients)
