"""A batch for Redis: it reaches whoever listens, and costs nothing where nobody does."""

from __future__ import annotations

import asyncio
import itertools
import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest
import pytest_asyncio
from channels_redis.core import RedisChannelLayer
from channels_redis.pubsub import RedisPubSubChannelLayer
from redis.asyncio import Redis
from redis.exceptions import ResponseError

from django_chat.realtime.redis_pubsub import publish_batch, understands
from tests.services import Services

pytestmark = [pytest.mark.asyncio]

SECONDS = 20.0


class Process:
    """What one process of a site has: a layer, and a channel that hears some groups."""

    def __init__(self, url: str, prefix: str) -> None:
        self.layer = RedisPubSubChannelLayer(hosts=[url], prefix=prefix)
        self.channel = ""

    async def listen(self, *groups: str) -> None:
        """Hear these groups from now on."""
        self.channel = await self.layer.new_channel()
        for group in groups:
            await self.layer.group_add(group, self.channel)

    async def next(self) -> Any:
        """Return the next message that is heard."""
        async with asyncio.timeout(SECONDS):
            return await self.layer.receive(self.channel)


class Town:
    """Processes that share a Redis, and what Redis was asked."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.prefix = f"test-{uuid.uuid4().hex}"
        self.processes: list[Process] = []

    async def process(self, *groups: str) -> Process:
        """Return a new process that hears these groups."""
        process = Process(self.url, self.prefix)
        self.processes.append(process)
        if groups:
            before = await self.listeners(groups)
            await process.listen(*groups)
            async with asyncio.timeout(SECONDS):
                await self._more_listeners(groups, before)
        return process

    async def _more_listeners(self, groups: Sequence[str], before: list[int]) -> None:
        wanted = [count + 1 for count in before]
        for pause in itertools.repeat(0.01):
            if await self.listeners(groups) == wanted:
                return
            await asyncio.sleep(pause)

    async def listeners(self, groups: Sequence[str]) -> list[int]:
        """Return how many hear each group, as Redis counts them."""
        async with Redis.from_url(self.url) as redis:
            channels = [f"{self.prefix}__group__{group}" for group in groups]
            return [count for _, count in await redis.pubsub_numsub(*channels)]

    @asynccontextmanager
    async def published(self) -> AsyncIterator[list[str]]:
        """Collect the groups that are published to meanwhile."""
        groups: list[str] = []
        start = f"{self.prefix}__group__"
        async with Redis.from_url(self.url) as redis, redis.pubsub() as listening:
            await listening.psubscribe(f"{start}*", f"{self.prefix}-end")
            for _ in range(2):
                await listening.get_message(timeout=SECONDS)
            yield groups
            await redis.publish(f"{self.prefix}-end", "")
            async for message in listening.listen():
                channel = message["channel"].decode()
                if channel == f"{self.prefix}-end":
                    return
                groups.append(channel.removeprefix(start))


@pytest_asyncio.fixture
async def town(services: Services) -> AsyncIterator[Town]:
    town = Town(services.redis_url)
    yield town
    for process in town.processes:
        await process.layer.flush()


def said(number: int) -> dict[str, Any]:
    return {"type": "chat.event", "n": number}


async def test_only_the_pubsub_layer_itself_is_reached_into() -> None:
    class Changed(RedisPubSubChannelLayer):
        """A layer of a host, which may send otherwise."""

    assert understands(RedisPubSubChannelLayer())
    assert not understands(Changed())
    assert not understands(RedisChannelLayer())


async def test_another_process_hears_a_batch_in_order(town: Town) -> None:
    speaker, hearer = await town.process(), await town.process("a", "b")

    await publish_batch(speaker.layer, {"a": said(1), "b": said(2)}, set())
    await publish_batch(speaker.layer, {"a": said(3)}, set())

    assert [(await hearer.next())["n"] for _ in range(3)] == [1, 2, 3]


async def test_what_nobody_hears_is_not_said(town: Town) -> None:
    speaker = await town.process()
    await town.process("heard")
    async with town.published() as groups:
        batch = {"heard": said(1), "unheard": said(2)}
        await publish_batch(speaker.layer, batch, set())

    assert groups == ["heard"]


async def test_who_alone_hears_himself_keeps_it_to_himself(town: Town) -> None:
    speaker = await town.process("own", "shared")
    await town.process("shared")
    async with town.published() as groups:
        batch = {"own": said(1), "shared": said(2)}
        await publish_batch(speaker.layer, batch, {"own", "shared"})

    assert groups == ["shared"]


async def test_one_listener_may_be_another_until_one_has_heard_oneself(
    town: Town,
) -> None:
    speaker, hearer = await town.process(), await town.process("a")

    await publish_batch(speaker.layer, {"a": said(1)}, set())

    assert (await hearer.next())["n"] == 1


@pytest.mark.parametrize("about", ["a cluster", "a proxy"])
async def test_where_listeners_cannot_be_counted_everything_is_said(
    town: Town, monkeypatch: pytest.MonkeyPatch, about: str
) -> None:
    async def info(self: Redis, section: str) -> dict[str, int]:
        if about == "a proxy":
            raise ResponseError("unknown command")
        return {"cluster_enabled": 1}

    monkeypatch.setattr(Redis, "info", info)
    speaker = await town.process("own")
    async with town.published() as groups:
        await publish_batch(speaker.layer, {"own": said(1), "none": said(2)}, {"own"})

    assert groups == ["own", "none"]
