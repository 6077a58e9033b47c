"""Settings of the test project: a plain host site with the chat in it."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

ENGINES = {
    "postgresql": "django.db.backends.postgresql",
    "mysql": "django.db.backends.mysql",
}

BACKEND = os.environ.get("TEST_BACKEND", "sqlite")
RUN_DIR = Path(
    os.environ.get("TEST_RUN_DIR") or Path(tempfile.gettempdir(), "django-chat-by-hand")
)
RUN_DIR.mkdir(exist_ok=True)
RUN_NAME = RUN_DIR.name.replace("-", "_")
# TEST_DATABASE_NAME: the database that a server process started by a test shares
# with that test (`connection.settings_dict["NAME"]` there).


def sqlite_database() -> dict[str, Any]:
    """Return a database in a file: one in memory has no room for other threads."""
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": os.environ.get("TEST_DATABASE_NAME", str(RUN_DIR / "db.sqlite3")),
        "TEST": {"NAME": str(RUN_DIR / "test.sqlite3")},
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL",
        },
    }


def database_from_url(url: str) -> dict[str, Any]:
    """Return the database at `scheme://user:password@host:port/name`."""
    parts = urlsplit(url)
    return {
        "ENGINE": ENGINES[parts.scheme],
        "NAME": os.environ.get("TEST_DATABASE_NAME", parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": str(parts.port or ""),
        # Two runs on one server do not meet.
        "TEST": {"NAME": f"test_{RUN_NAME}"},
    }


def redis_layer(backend: str) -> dict[str, Any]:
    """Return channel layers that share its Redis, but no key, with other runs."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    config = {
        "hosts": [os.environ["TEST_REDIS_URL"]],
        "prefix": f"{RUN_NAME}:{worker}",
    }
    return {"default": {"BACKEND": backend, "CONFIG": config}}


match BACKEND:
    case "sqlite":
        DATABASES = {"default": sqlite_database()}
    case "postgres-core":
        DATABASES = {"default": database_from_url(os.environ["TEST_DATABASE_URL"])}
        CHANNEL_LAYERS = redis_layer("channels_redis.core.RedisChannelLayer")
    case "postgres-pubsub":
        DATABASES = {"default": database_from_url(os.environ["TEST_DATABASE_URL"])}
        CHANNEL_LAYERS = redis_layer("channels_redis.pubsub.RedisPubSubChannelLayer")
    case _:
        raise ValueError(f"TEST_BACKEND={BACKEND} is none that tests know")

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "django_chat",
    "tests.shop",
]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]
ROOT_URLCONF = "tests.urls"
ASGI_APPLICATION = "tests.asgi.application"

SECRET_KEY = "used by tests only, where nothing is secret"
ALLOWED_HOSTS = ["*"]
# Strong hashing would take most of the time of the tests.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
REST_FRAMEWORK = {"DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema"}

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True
STATIC_URL = "/static/"
MEDIA_ROOT = RUN_DIR / "media"
