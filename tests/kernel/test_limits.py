"""How often somebody may do something."""

from __future__ import annotations

import time
from functools import partial
from typing import Any

import pytest
from django.test import override_settings

from django_chat import limits
from django_chat.exceptions import ChatError
from django_chat.limits import (
    ProcessRateLimiter,
    RateLimiter,
    TokenBucket,
    check_rate,
    rate_limiter,
)
from tests.concurrency import together


class Clock:
    """A clock that stands still until it is told to go."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(time, "monotonic", clock)
    return clock


def takes(limiter: ProcessRateLimiter, key: str, times: int) -> list[bool]:
    """Return for each try whether it was allowed."""
    return [limiter.take("send", key) == 0 for _ in range(times)]


def test_a_burst_and_then_the_rate(clock: Clock) -> None:
    limiter = ProcessRateLimiter()

    assert takes(limiter, "ana", 21) == [True] * 20 + [False]
    clock.now += 0.5
    assert takes(limiter, "ana", 6) == [True] * 5 + [False]
    clock.now += 3_600
    assert takes(limiter, "ana", 21) == [True] * 20 + [False]


def test_who_waits_as_long_as_he_is_told_gets_in(clock: Clock) -> None:
    limiter = ProcessRateLimiter()
    takes(limiter, "ana", 20)
    for _ in range(50):
        wait = limiter.take("send", "ana")
        assert 0 < wait <= 101
        clock.now += wait / 1000
        assert limiter.take("send", "ana") == 0


def test_everybody_has_a_bucket_of_his_own_for_each_thing(clock: Clock) -> None:
    limiter = ProcessRateLimiter()
    takes(limiter, "ana", 20)

    assert limiter.take("send", "ana") > 0
    assert limiter.take("send", "ben") == 0
    assert limiter.take("request", "ana") == 0


def test_a_clock_that_jumps_back_neither_fills_nor_drains() -> None:
    bucket = TokenBucket(2, now=100.0)
    assert bucket.take(rate=1, burst=2, cost=1, now=100.0) == 0
    assert bucket.take(rate=1, burst=2, cost=1, now=50.0) == 0
    assert bucket.take(rate=1, burst=2, cost=1, now=50.5) > 0
    assert bucket.take(rate=1, burst=2, cost=1, now=51.1) == 0


def test_something_may_cost_more() -> None:
    bucket = TokenBucket(5, now=0.0)

    assert bucket.take(rate=1, burst=5, cost=4, now=0.0) == 0
    assert bucket.take(rate=1, burst=5, cost=4, now=0.0) >= 3_000
    assert bucket.take(rate=1, burst=5, cost=1, now=0.0) == 0


@override_settings(DJANGO_CHAT={"SEND_RATE": 1, "SEND_BURST": 1})
def test_the_host_chooses_and_the_refusal_says_how_long() -> None:
    check_rate("send", "ana")
    with pytest.raises(ChatError) as refused:
        check_rate("send", "ana")

    assert refused.value.code == "rate_limited"
    assert refused.value.retry_after_ms is not None
    assert 0 < refused.value.retry_after_ms <= 1_001


class Never(RateLimiter):
    """A limiter of the host's own."""

    def take(self, action: str, key: str, *, cost: float = 1) -> int:
        return 42


@override_settings(DJANGO_CHAT={"RATE_LIMITER": f"{__name__}.Never"})
def test_a_host_may_count_elsewhere() -> None:
    assert isinstance(rate_limiter(), Never)
    with pytest.raises(ChatError) as refused:
        check_rate("request", "ana")
    assert refused.value.retry_after_ms == 42


def test_people_who_do_nothing_cost_no_memory(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "_SWEEP_AT", 100)
    limiter = ProcessRateLimiter()
    for n in range(100):
        limiter.take("send", f"early {n}")
    clock.now += 60
    busy = takes(limiter, "early 0", 20)
    for n in range(20):
        limiter.take("send", f"late {n}")

    assert busy == [True] * 20
    assert len(limiter._buckets) <= 21
    # Who has used up his burst is still known.
    assert limiter.take("send", "early 0") > 0


def test_threads_share_one_bucket(clock: Clock) -> None:
    limiter = ProcessRateLimiter()

    def work() -> int:
        return sum(takes(limiter, "ana", 50))

    results: list[Any] = together(*[partial(work)] * 4)
    assert sum(results) == 20
