"""Whatever dies, what was acknowledged is stored once, and everybody gets all of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import redis as redis_client

from tests.faults.client import PatientClient, until
from tests.faults.site import CORE, PUBSUB, Site, site
from tests.services import Services

PEOPLE = 10
EACH = 100
SECONDS = 90.0


@asynccontextmanager
async def talking(town: Site, *, each: int) -> AsyncIterator[list[PatientClient]]:
    """Let everybody in the group send `each` messages, spread over the servers."""
    clients = [
        PatientClient(
            town.servers[n % len(town.servers)], session, town.group, f"p{n}", each
        )
        for n, session in enumerate(town.sessions[:-1])
    ]
    tasks = [asyncio.ensure_future(client.run()) for client in clients]
    try:
        yield clients
    finally:
        for task in tasks:
            task.cancel()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
    broken = [one for one in ended if not isinstance(one, asyncio.CancelledError)]
    assert not broken, broken


async def all_is_told(town: Site, clients: list[PatientClient], *, each: int) -> None:
    """Wait until everybody has sent everything and has heard everything; compare."""
    wanted = 1 + each * len(clients)  # the line "created the group", and the texts

    def done() -> bool:
        return all(not c.outbox and len(c.messages) >= wanted for c in clients)

    await until(clients, done, seconds=SECONDS)
    stored = await asyncio.to_thread(town.history)
    assert [seq for seq, _ in stored] == list(range(1, wanted + 1))
    for client in clients:
        assert client.history == stored
        for client_id, seq in client.acknowledged.items():
            name, number = client_id.split("-")
            assert stored[seq - 1] == (seq, f"{name} says {number}")


def sent(clients: list[PatientClient]) -> int:
    """Return how many messages were acknowledged so far."""
    return sum(len(client.acknowledged) for client in clients)


@pytest.mark.asyncio
async def test_a_server_killed_twice_during_1000_sends_loses_and_doubles_nothing(
    services: Services,
) -> None:
    with site(services, people=PEOPLE) as town:
        (server,) = town.servers
        async with talking(town, each=EACH) as clients:
            for share in (0.2, 0.6):
                goal = int(PEOPLE * EACH * share)
                await until(
                    clients, lambda goal=goal: sent(clients) >= goal, seconds=60
                )  # type: ignore[misc]
                await asyncio.to_thread(server.kill)
                await asyncio.to_thread(server.start)
            await all_is_told(town, clients, each=EACH)
            assert all(client.connections >= 3 for client in clients)


@pytest.mark.asyncio
@pytest.mark.parametrize("layer", [PUBSUB, CORE, ""], ids=["pubsub", "core", "none"])
async def test_two_processes_tell_the_same_story_over_any_layer(
    services: Services, layer: str
) -> None:
    with site(services, people=6, layer=layer, servers=2) as town:
        async with talking(town, each=20) as clients:
            await all_is_told(town, clients, each=20)
            assert all(client.connections == 1 for client in clients)


@pytest.mark.asyncio
@pytest.mark.parametrize("layer", [PUBSUB, CORE], ids=["pubsub", "core"])
async def test_a_redis_that_is_flushed_killed_and_restarted_costs_nobody_a_message(
    services: Services, layer: str
) -> None:
    with site(services, people=6, layer=layer, servers=2) as town:
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
            await all_is_told(town, clients, each=60)
            assert all(client.connections == 1 for client in clients)


@pytest.mark.asyncio
async def test_a_postgres_that_restarts_twice_ends_no_socket_and_loses_nothing(
    services: Services,
) -> None:
    with site(services, people=6) as town:
        async with talking(town, each=60) as clients:
            await until(clients, lambda: sent(clients) >= 60, seconds=60)
            await asyncio.to_thread(town.postgres.stop)
            await asyncio.to_thread(town.postgres.start)
            await until(clients, lambda: sent(clients) >= 200, seconds=60)
            await asyncio.to_thread(town.postgres.kill)
            await asyncio.to_thread(town.postgres.start)
            await all_is_told(town, clients, each=60)
            assert all(client.connections == 1 for client in clients)
