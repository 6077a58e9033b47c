"""One count for all processes: nobody gets more by asking in several at once."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from django.core.cache import cache
from django.test import override_settings

from django_chat import limits
from django_chat.checks import check_limiter
from django_chat.limits import SharedRateLimiter
from tests.concurrency import together
from tests.services import Services

LIMITER = "django_chat.limits.SharedRateLimiter"


class Clock:
    """A clock that stands still until it is told to go."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[Clock]:
    """The clock of the limiter and, lest it forgets too early, of its cache."""
    clock = Clock()
    monkeypatch.setattr(time, "time", clock)
    cache.clear()
    yield clock
    cache.clear()


class Outdated:
    """The cache as somebody sees it who has read it too early."""

    def __getattr__(self, name: str) -> Any:
        return getattr(cache, name)

    def get_many(self, names: list[str]) -> dict[str, int]:
        return {}


def takes(limiter: SharedRateLimiter, key: str, times: int) -> int:
    """Return how many of so many tries were allowed."""
    return [limiter.take("send", key) for _ in range(times)].count(0)


def test_a_burst_and_then_the_rate(clock: Clock) -> None:
    limiter = SharedRateLimiter()

    assert takes(limiter, "ana", 30) == 20
    clock.now += 2.0
    # Everything was used a window ago, and comes back as time goes by.
    assert takes(limiter, "ana", 30) == 0
    clock.now += 0.5
    assert takes(limiter, "ana", 30) == 5
    clock.now += 3_600
    assert takes(limiter, "ana", 30) == 20


@pytest.mark.parametrize("offset", [0.0, 0.3, 0.7, 1.9])
@pytest.mark.parametrize(("rate", "burst"), [(10.0, 20), (1.0, 1), (0.5, 7), (20, 3)])
def test_nobody_ever_has_more_than_the_burst_and_the_rate(
    clock: Clock, offset: float, rate: float, burst: int
) -> None:
    limiter, allowed = SharedRateLimiter(), []
    clock.now += offset * burst / rate
    with override_settings(DJANGO_CHAT={"SEND_RATE": rate, "SEND_BURST": burst}):
        for step in range(400):
            allowed += [clock.now] * takes(limiter, "greedy", 3)
            clock.now += burst / rate * (0.9 if step % 37 == 0 else 0.013)

    assert len(allowed) > 2 * burst
    for first in range(len(allowed)):
        for last in range(first, len(allowed)):
            seconds = allowed[last] - allowed[first]
            assert last - first + 1 <= burst + rate * seconds + 1e-6


def test_who_waits_as_long_as_he_is_told_gets_in(clock: Clock) -> None:
    limiter = SharedRateLimiter()
    takes(limiter, "ana", 20)
    for _ in range(50):
        wait = limiter.take("send", "ana")
        assert 0 < wait <= 2_200
        clock.now += wait / 1000
        assert limiter.take("send", "ana") == 0


def test_refusals_cost_nothing(clock: Clock) -> None:
    limiter = SharedRateLimiter()
    takes(limiter, "ana", 500)
    clock.now += 4.0

    assert takes(limiter, "ana", 30) == 20


def test_who_is_a_moment_too_late_gives_back_what_he_took(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    limiter = SharedRateLimiter()
    takes(limiter, "ana", 20)
    with monkeypatch.context() as outdated:
        # What he read before the others took the last of it.
        outdated.setattr(limits, "cache", Outdated())
        assert takes(limiter, "ana", 5) == 0
    clock.now += 2.15

    assert takes(limiter, "ana", 5) == 1


def test_everybody_counts_for_himself_whatever_his_name(clock: Clock) -> None:
    limiter = SharedRateLimiter()
    takes(limiter, "a b:\n" + "é" * 300, 20)

    assert limiter.take("send", "a b:\n" + "é" * 300) > 0
    assert limiter.take("send", "ben") == 0
    assert limiter.take("request", "a b:\n" + "é" * 300) == 0


@override_settings(DJANGO_CHAT={"SEND_BURST": 0})
def test_a_burst_of_nought_lets_nobody_send(clock: Clock) -> None:
    assert SharedRateLimiter().take("send", "ana") > 0


def redis_cache(services: Services) -> dict[str, Any]:
    backend = "django.core.cache.backends.redis.RedisCache"
    return {"default": {"BACKEND": backend, "LOCATION": services.redis_url}}


@pytest.fixture
def in_redis(services: Services) -> Iterator[None]:
    """The site's cache in Redis, and an hour for each window."""
    rates = {"SEND_RATE": 50 / 3_600, "SEND_BURST": 50}
    with override_settings(CACHES=redis_cache(services), DJANGO_CHAT=rates):
        yield


def test_threads_that_ask_at_once_share_one_count(in_redis: None) -> None:
    limiter, key = SharedRateLimiter(), uuid4().hex

    results: list[Any] = together(*[partial(takes, limiter, key, 40)] * 8)

    assert limits.time.monotonic() > limiter._away_until == 0.0
    # What is given back after a refusal may come too late for the last who ask.
    assert 45 <= sum(results) <= 50


PROGRAM = """
import sys
from django.conf import settings
settings.configure(
    CACHES={"default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": sys.argv[1],
    }},
    DJANGO_CHAT={"SEND_RATE": 50 / 3_600, "SEND_BURST": 50},
)
from django_chat.limits import SharedRateLimiter
limiter = SharedRateLimiter()
print("ready", flush=True)
sys.stdin.readline()
print([limiter.take("send", sys.argv[2]) for _ in range(60)].count(0), flush=True)
assert limiter._away_until == 0.0
"""


def test_processes_that_ask_at_once_share_one_count(services: Services) -> None:
    command = [sys.executable, "-c", PROGRAM, services.redis_url, uuid4().hex]
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    processes = [
        subprocess.Popen(command, text=True, env=os.environ.copy(), **pipes)
        for _ in range(3)
    ]
    try:
        for process in processes:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
        for process in processes:
            assert process.stdin is not None
            process.stdin.write("go\n")
            process.stdin.flush()
        allowed = [int(process.communicate(timeout=60)[0]) for process in processes]
    finally:
        for process in processes:
            process.kill()
            process.wait()

    assert [process.returncode for process in processes] == [0, 0, 0]
    assert 45 <= sum(allowed) <= 50


def test_while_the_cache_is_away_each_process_counts_for_itself(
    services: Services,
) -> None:
    limiter, key = SharedRateLimiter(), uuid4().hex
    with services.private_redis() as server:
        backend = "django.core.cache.backends.redis.RedisCache"
        caches = {"default": {"BACKEND": backend, "LOCATION": server.url}}
        rates = {"SEND_RATE": 0.001, "SEND_BURST": 3}
        with override_settings(CACHES=caches, DJANGO_CHAT=rates):
            assert limiter.take("send", key) == 0
            server.kill()
            assert takes(limiter, key, 10) == 3
            server.start()
            limiter._away_until = 0.0
            assert takes(limiter, f"{key} again", 10) == 3
            assert limiter._away_until == 0.0


@pytest.mark.parametrize(
    ("backend", "is_well"),
    [
        ("locmem.LocMemCache", False),
        ("db.DatabaseCache", False),
        ("filebased.FileBasedCache", False),
        ("dummy.DummyCache", False),
        ("redis.RedisCache", True),
        ("memcached.PyMemcacheCache", True),
    ],
)
def test_a_site_is_told_when_its_cache_cannot_count_for_all(
    backend: str, is_well: bool
) -> None:
    caches = {
        "default": {"BACKEND": f"django.core.cache.backends.{backend}", "LOCATION": "x"}
    }
    with override_settings(CACHES=caches, DJANGO_CHAT={"RATE_LIMITER": LIMITER}):
        found = [message.id for message in check_limiter()]
    with override_settings(CACHES=caches):
        assert check_limiter() == []

    assert found == ([] if is_well else ["django_chat.W004"])
