"""Settings of the naive peer."""

from __future__ import annotations

from benchmarks.settings import *  # noqa: F403
from benchmarks.settings import INSTALLED_APPS, redis_layer

INSTALLED_APPS = ["daphne", *INSTALLED_APPS, "channels", "benchmarks.peers.naive"]
ASGI_APPLICATION = "benchmarks.peers.naive.asgi.application"
# This layer waits in blocking reads, which newer releases of redis-py would time out,
# and holds a connection for each socket.
CHANNEL_LAYERS = redis_layer(
    "channels_redis.core.RedisChannelLayer",
    socket_timeout=None,
    max_connections=10_000,
)
