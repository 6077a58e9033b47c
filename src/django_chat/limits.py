"""How often a user may do something. Faces ask; services do not.

Benchmarks and hosts raise the numbers in the settings, they never remove the question.
"""

from __future__ import annotations

import threading
import time
from typing import Literal

from django_chat.conf import chat_settings, strategy
from django_chat.exceptions import ChatError

__all__ = [
    "ProcessRateLimiter",
    "RateLimiter",
    "TokenBucket",
    "check_rate",
    "rate_limiter",
]

Action = Literal["send", "request"]
_SWEEP_AT = 10_000


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
    """Base: a host with many processes writes one over a store that they share."""

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


def rate_limiter() -> RateLimiter:
    """Return the limiter that the host has chosen."""
    limiter: RateLimiter = strategy("RATE_LIMITER")
    return limiter


def check_rate(action: Action, key: str) -> None:
    """Raise `rate_limited` when `key` has done `action` too often."""
    if wait := rate_limiter().take(action, key):
        raise ChatError("rate_limited", retry_after_ms=wait)
