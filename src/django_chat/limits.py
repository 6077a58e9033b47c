"""How often a user may do something. Faces ask; services do not.

Benchmarks and hosts raise the numbers in the settings, they never remove the question.
"""

from __future__ import annotations

import logging
import math
import threading
import time
from hashlib import blake2b
from typing import Literal

from django.core.cache import cache

from django_chat import metrics
from django_chat.conf import chat_settings, strategy
from django_chat.exceptions import ChatError

__all__ = [
    "ProcessRateLimiter",
    "RateLimiter",
    "SharedRateLimiter",
    "TokenBucket",
    "check_rate",
    "rate_limiter",
]

logger = logging.getLogger("django_chat.limits")

Action = Literal["send", "request"]
_SWEEP_AT = 10_000
_AWAY_SECONDS = 5.0


class TokenBucket:
    """Holds up to `burst` tokens and regains `rate` of them a second."""

    __slots__ = ("stamp", "tokens")

    def __init__(self, burst: float, now: float) -> None:
        self.tokens = burst
        self.stamp = now

    def take(self, *, rate: float, burst: float, cost: float, now: float) -> int:
        """Take `cost` tokens and return 0, or take none and return the wait in ms."""
        # A clock that jumps back must neither fill nor drain the bucket.
        passed = max(0.0, now - self.stamp)
        self.tokens = min(burst, self.tokens + passed * rate)
        self.stamp = now
        if self.tokens >= cost:
            self.tokens -= cost
            return 0
        return max(1, int((cost - self.tokens) / rate * 1000) + 1)


class RateLimiter:
    """Base: a host may write one over a store of its own."""

    waits = True
    """Whether `take` may wait for another machine; sockets then ask in a thread."""

    def take(self, action: Action, key: str, *, cost: float = 1) -> int:
        """Return 0 when `key` may do `action` now, else the milliseconds to wait."""
        raise NotImplementedError

    def allowance(self, action: Action) -> tuple[float, float]:
        """Return tokens a second and the burst for `action`."""
        if action == "send":
            return chat_settings.SEND_RATE, chat_settings.SEND_BURST
        return chat_settings.REQUEST_RATE, chat_settings.REQUEST_BURST


class ProcessRateLimiter(RateLimiter):
    """Counts in this process; with several, each user has one bucket in each."""

    waits = False

    def __init__(self) -> None:
        self._buckets: dict[tuple[str, str], TokenBucket] = {}
        self._lock = threading.Lock()

    def take(self, action: Action, key: str, *, cost: float = 1) -> int:
        rate, burst = self.allowance(action)
        now = time.monotonic()
        with self._lock:
            bucket = self._buckets.get((action, key))
            if bucket is None:
                if len(self._buckets) >= _SWEEP_AT:
                    self._sweep(now)
                bucket = self._buckets[action, key] = TokenBucket(burst, now)
            return bucket.take(rate=rate, burst=burst, cost=cost, now=now)

    def _sweep(self, now: float) -> None:
        """Forget the buckets that are full again: they say nothing."""
        for key, bucket in list(self._buckets.items()):
            rate, burst = self.allowance(key[0])  # type: ignore[arg-type]
            if bucket.tokens + (now - bucket.stamp) * rate >= burst:
                del self._buckets[key]


class SharedRateLimiter(RateLimiter):
    """Counts in the site's default cache, once for all processes that use it.

    In windows of the time that the burst takes to come back: what was used in the last
    one counts less and less as this one goes by. So in any time at all nobody has more
    than the burst and what the rate gives; `incr` makes that true of processes that ask
    at the same instant. While the cache is away each process counts for itself.
    """

    def __init__(self) -> None:
        self._alone = ProcessRateLimiter()
        self._away_until = 0.0

    def take(self, action: Action, key: str, *, cost: float = 1) -> int:
        if time.monotonic() < self._away_until:
            return self._alone.take(action, key, cost=cost)
        try:
            return self._take(action, key, math.ceil(cost))
        except Exception as error:  # caches fail with the errors of their clients
            logger.warning("The cache failed, so rates are counted here: %r", error)
            self._away_until = time.monotonic() + _AWAY_SECONDS
            return self._alone.take(action, key, cost=cost)

    def _take(self, action: Action, key: str, cost: int) -> int:
        rate, burst = self.allowance(action)
        seconds = max(burst, 1.0) / rate
        window, into = divmod(time.time() / seconds, 1.0)
        # Hashed, because keys may hold what a cache does not take; with the window in
        # it, because a count must not outlive that.
        who = blake2b(key.encode(), digest_size=20).hexdigest()
        names = [f"django_chat.{action}.{who}.{int(window) - ago}" for ago in (0, 1)]
        counts = cache.get_many(names)
        used, before = counts.get(names[0]), counts.get(names[1], 0)
        room = burst - cost - before * (1.0 - into)
        if (used or 0) > room:
            return _wait_ms(used or 0, before, into, burst - cost, seconds)
        if used is None:
            cache.add(names[0], 0, timeout=math.ceil(2 * seconds) + 1)
        counted = cache.incr(names[0], cost)
        if counted - cost <= room:
            return 0
        # Somebody was faster. What is given back late makes nobody faster still.
        cache.decr(names[0], cost)
        return _wait_ms(counted - cost, before, into, burst - cost, seconds)


def _wait_ms(
    used: float, before: float, into: float, room: float, seconds: float
) -> int:
    """Return the time until `room` is enough for what is left of both windows."""
    if used <= room:
        windows = 1.0 - (room - used) / before - into
    else:
        # In this window never; in the next one, this one is the one before.
        windows = 2.0 - into - max(0.0, room) / used if used else 2.0
    return max(1, int(windows * seconds * 1000) + 1)


def rate_limiter() -> RateLimiter:
    """Return the limiter that the host has chosen."""
    limiter: RateLimiter = strategy("RATE_LIMITER")
    return limiter


def check_rate(action: Action, key: str) -> None:
    """Raise `rate_limited` when `key` has done `action` too often."""
    if wait := rate_limiter().take(action, key):
        metrics.RATE_LIMITED.labels(action).inc()
        raise ChatError("rate_limited", retry_after_ms=wait)
