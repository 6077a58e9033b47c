"""Settings of a server that fault tests start: quick clocks, and no limit in the way."""

from __future__ import annotations

import os
from typing import Any

from tests.settings import *  # noqa: F403
from tests.settings import database_from_url

DATABASES = {"default": database_from_url(os.environ["FAULTS_DATABASE_URL"])}
CHANNEL_LAYERS: dict[str, Any] = {}
if layer := os.environ.get("FAULTS_LAYER"):
    # redis-py 8 gives up a read after five seconds, the core layer's are longer.
    host = {"address": os.environ["FAULTS_REDIS_URL"], "socket_timeout": None}
    CHANNEL_LAYERS["default"] = {"BACKEND": layer, "CONFIG": {"hosts": [host]}}
DJANGO_CHAT = {
    "SEND_RATE": 100_000.0,
    "SEND_BURST": 100_000,
    "FRAME_RATE": 100_000.0,
    "FRAME_BURST": 100_000,
    "HEAD_CHECK_SECONDS": 0.5,
    "PING_SECONDS": 2.0,
}
