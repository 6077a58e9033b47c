"""Limits hold when everything comes at the same moment, and over all doors."""

from __future__ import annotations

import asyncio
import threading
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from django.core.cache import cache

from django_chat.limits import RateLimiter, check_rate
from django_chat.timeline.models import Conversation, Message
from tests.concurrency import together
from tests.factories import actor
from tests.rest.caller import Caller
from tests.services import Services
from tests.ws.clients import Crowd, run, until

pytestmark = [pytest.mark.asyncio]

SHARED = "django_chat.limits.SharedRateLimiter"


# Sockets


async def test_of_many_connections_at_once_no_more_stay_than_may(
    chat_settings: Any, ana: Any, bob: Any, crowd: Crowd
) -> None:
    chat_settings(MAX_CONNECTIONS_PER_USER=3)

    results = await asyncio.gather(
        *[crowd.join(ana) for _ in range(9)], crowd.join(bob), return_exceptions=True
    )

    assert sum(isinstance(result, Exception) for result in results[:9]) == 6
    assert not isinstance(results[9], BaseException)
    codes = [peer.close_code for peer in crowd.everybody]
    assert (codes.count(None), codes.count(4009)) == (4, 6)


async def test_both_kinds_of_socket_count_together(
    chat_settings: Any, ana: Any, duo: Conversation, crowd: Crowd
) -> None:
    chat_settings(MAX_CONNECTIONS_PER_USER=2)
    single = await crowd.join(ana, duo)
    await crowd.join(ana)

    for conversation in (duo, None):
        with pytest.raises(AssertionError):
            await crowd.join(ana, conversation)
        assert crowd.everybody[-1].close_code == 4009
    await single.disconnect()

    await crowd.join(ana, duo)


# Messages


async def test_sends_at_once_over_every_door_are_one_rate(
    chat_settings: Any, ana: Any, duo: Conversation, crowd: Crowd
) -> None:
    chat_settings(SEND_BURST=7, SEND_RATE=0.001)
    sockets = [await crowd.join(ana, duo) for _ in range(3)]
    path = f"conversations/{duo.pk}/messages/"

    def over_rest() -> list[int]:
        caller = Caller(ana)
        one = partial(lambda: caller.post(path, {"content": "rest"}).status)
        return together(*[one] * 4)

    statuses, *answers = await asyncio.gather(
        run(over_rest),
        *[peer.ask("send_message", content="ws") for peer in sockets for _ in range(3)],
    )

    acks = [answer for answer in answers if answer["type"] == "ack"]
    errors = [answer for answer in answers if answer["type"] == "error"]
    assert set(statuses) <= {201, 429}
    assert statuses.count(201) + len(acks) == 7
    assert {error["code"] for error in errors} <= {"rate_limited"}
    assert await run(Message.objects.filter(kind="text").count) == 7


async def test_a_count_for_all_processes_is_asked_by_sockets_as_well(
    chat_settings: Any,
    settings: Any,
    services: Services,
    ana: Any,
    bob: Any,
    duo: Conversation,
    crowd: Crowd,
) -> None:
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": services.redis_url,
            "KEY_PREFIX": uuid4().hex,
        }
    }
    chat_settings(RATE_LIMITER=SHARED, SEND_BURST=6, SEND_RATE=0.001)
    one, two = await crowd.join(ana, duo), await crowd.join(ana, duo)
    other = await crowd.join(bob, duo)
    # As another process has counted.
    for _ in range(2):
        await run(check_rate, "send", f"{actor(ana).tenant}:{ana.pk}")

    answers = await asyncio.gather(
        *[peer.ask("send_message", content="ws") for peer in (one, two) for _ in "1234"]
    )

    kinds = [answer["type"] for answer in answers]
    assert (kinds.count("ack"), kinds.count("error")) == (4, 4)
    waits = [a["retry_after_ms"] for a in answers if a["type"] == "error"]
    assert all(wait > 0 for wait in waits)
    assert (await other.ask("send_message", content="mine"))["type"] == "ack"
    await run(cache.clear)


class Slow(RateLimiter):
    """A limiter whose store takes its time to answer."""

    may_answer = threading.Event()
    is_asked = threading.Event()

    def take(self, action: Any, key: str, *, cost: float = 1) -> int:
        self.is_asked.set()
        assert self.may_answer.wait(30)
        return 0


async def test_a_limiter_that_waits_holds_up_nobody_else(
    chat_settings: Any, ana: Any, bob: Any, duo: Conversation, crowd: Crowd
) -> None:
    chat_settings(RATE_LIMITER=f"{__name__}.Slow")
    Slow.may_answer.clear()
    Slow.is_asked.clear()
    writer, neighbour = await crowd.join(ana, duo), await crowd.join(bob, duo)

    asking = asyncio.create_task(writer.ask("send_message", content="Hello"))
    try:
        await until(Slow.is_asked.is_set)
        await neighbour.settle()
        assert not asking.done()
    finally:
        Slow.may_answer.set()

    assert (await asking)["type"] == "ack"
