"""Whatever dies, what was acknowledged is stored once, and everybody gets all of it."""

from __future__ import annotations

import asyncio

import pytest

from tests.faults.client import sent, talking, until
from tests.faults.invariants import all_is_told
from tests.faults.site import CORE, PEOPLE, PUBSUB, site
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


@pytest.mark.asyncio
@pytest.mark.parametrize("layer", [PUBSUB, CORE, ""], ids=["pubsub", "core", "none"])
async def test_two_processes_tell_the_same_story_over_any_layer(
    services: Services, layer: str
) -> None:
    with site(services, layer=layer, servers=2) as town:
        async with talking(town, each=20) as clients:
            await all_is_told(town, clients)
            assert all(client.connections == 1 for client in clients)


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
