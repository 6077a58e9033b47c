"""Settings of a server that fault tests start: quick, and limited only where asked."""

from __future__ import annotations

import os
from typing import Any

from tests.faults.clock import follow_clock
from tests.settings import *  # noqa: F403
from tests.settings import database_from_url

if clock := os.environ.get("FAULTS_CLOCK"):
    follow_clock(clock)

DATABASES = {"default": database_from_url(os.environ["FAULTS_DATABASE_URL"])}
CHANNEL_LAYERS: dict[str, Any] = {}
if layer := os.environ.get("FAULTS_LAYER"):
    # redis-py 8 gives up a read after five seconds, the core layer's are longer.
    hosts = [
        {"address": url, "socket_timeout": None}
        for url in os.environ["FAULTS_REDIS_URLS"].split()
    ]
    CHANNEL_LAYERS["default"] = {"BACKEND": layer, "CONFIG": {"hosts": hosts}}
DJANGO_CHAT: dict[str, Any] = {"HEAD_CHECK_SECONDS": 0.5, "PING_SECONDS": 2.0}
if not os.environ.get("FAULTS_LIMITED"):
    for what in ("SEND", "FRAME", "REQUEST"):
        DJANGO_CHAT |= {f"{what}_RATE": 100_000.0, f"{what}_BURST": 100_000}
