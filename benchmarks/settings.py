"""What the settings of all peers have in common."""

from __future__ import annotations

import os
from typing import Any
from urllib.parse import unquote, urlsplit

_SERVER = urlsplit(os.environ["BENCHMARK_DATABASE_URL"])

DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": _SERVER.path.lstrip("/"),
        "USER": unquote(_SERVER.username or ""),
        "PASSWORD": unquote(_SERVER.password or ""),
        "HOST": _SERVER.hostname or "",
        "PORT": str(_SERVER.port or ""),
        # Kept for the naive peer's sake, which would connect for every query.
        "CONN_MAX_AGE": 600,
    }
}

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
]
SECRET_KEY = "used by benchmarks only, where nothing is secret"  # noqa: S105
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "benchmarks.urls"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True


def redis_layer(backend: str, **connection: Any) -> dict[str, Any]:
    """Return channel layers that share Redis, but no key, with other runs."""
    host = {"address": os.environ["BENCHMARK_REDIS_URL"], **connection}
    config = {"hosts": [host], "prefix": os.environ["BENCHMARK_NAME"]}
    return {"default": {"BACKEND": backend, "CONFIG": config}}
