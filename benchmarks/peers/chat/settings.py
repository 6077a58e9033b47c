"""Settings of the chat's server: its defaults, with limits that let the load through."""

from __future__ import annotations

from benchmarks.settings import *  # noqa: F403
from benchmarks.settings import INSTALLED_APPS, redis_layer

INSTALLED_APPS = [*INSTALLED_APPS, "rest_framework", "django_chat"]
CHANNEL_LAYERS = redis_layer("channels_redis.pubsub.RedisPubSubChannelLayer")
# Every limit is asked as always, it only answers yes.
DJANGO_CHAT = {
    "SEND_RATE": 1_000_000.0,
    "SEND_BURST": 1_000_000,
    "FRAME_RATE": 1_000_000.0,
    "FRAME_BURST": 1_000_000,
    "GROUP_MAX_MEMBERS": 2_000,
}
