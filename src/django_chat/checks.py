"""System checks: what is wrong with a host's settings, and what to do about it."""

from __future__ import annotations

import difflib
import types
from collections.abc import Mapping
from dataclasses import fields
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from channels.layers import InMemoryChannelLayer, get_channel_layer
from django.apps import apps
from django.conf import settings
from django.core import checks
from django.db import connections
from django.utils.module_loading import import_string

from django_chat.conf import ChatSettings, chat_settings
from django_chat.limits import SharedRateLimiter

__all__ = ["register"]

Found = list[checks.CheckMessage]

_STRATEGIES = {
    "TENANT_RESOLVER": "django_chat.tenancy.resolvers.TenantResolver",
    "POLICY": "django_chat.policy.ChatPolicy",
    "DIRECTORY": "django_chat.people.directory.Directory",
    "USER_PRESENTER": "django_chat.people.presenters.UserPresenter",
    "RATE_LIMITER": "django_chat.limits.RateLimiter",
    "TOKEN_AUTHENTICATOR": "django_chat.ws.tokens.TokenAuthenticator",
}
# In one process only, or not in one step.
_CACHES_THAT_MISCOUNT = {
    "django.core.cache.backends.db.DatabaseCache",
    "django.core.cache.backends.dummy.DummyCache",
    "django.core.cache.backends.filebased.FileBasedCache",
    "django.core.cache.backends.locmem.LocMemCache",
}


def register() -> None:
    """Register every check; called once, by the app's `ready()`."""
    checks.register(check_apps, "django_chat")
    checks.register(check_settings, "django_chat")
    checks.register(check_strategies, "django_chat")
    checks.register(check_database, checks.Tags.database)
    checks.register(check_limiter, "django_chat")
    checks.register(check_layer, "django_chat")
    checks.register(check_deployment, "django_chat", deploy=True)


def check_apps(**_: Any) -> Found:
    """E005 nothing that knows the models of the site by name."""
    if apps.is_installed("django.contrib.contenttypes"):
        return []
    message = "django.contrib.contenttypes is not installed."
    hint = "Add it to INSTALLED_APPS: conversations may be about objects of the site."
    return [checks.Error(message, hint=hint, id="django_chat.E005")]


def check_settings(**_: Any) -> Found:
    """E001 unknown setting, E002 wrong type, W001 tokens in addresses."""
    configured = getattr(settings, "DJANGO_CHAT", {})
    if not isinstance(configured, Mapping):
        hint = 'Write DJANGO_CHAT = {"MESSAGE_MAX_LENGTH": 5000}.'
        return [
            checks.Error("DJANGO_CHAT is not a dict.", hint=hint, id="django_chat.E002")
        ]
    known = {field.name: field for field in fields(ChatSettings)}
    hints = get_type_hints(ChatSettings)
    found: Found = []
    for name, value in configured.items():
        if name not in known:
            near = difflib.get_close_matches(str(name), known, n=1)
            hint = f"Did you mean {near[0]}?" if near else "See the settings reference."
            message = f"DJANGO_CHAT has an unknown setting {name!r}."
            found.append(checks.Error(message, hint=hint, id="django_chat.E001"))
        elif not _is_of(value, hints[name]):
            message = f"DJANGO_CHAT[{name!r}] is {value!r}, of the wrong type."
            hint = f"It takes {known[name].type}."
            found.append(checks.Error(message, hint=hint, id="django_chat.E002"))
    if configured.get("WS_TOKEN_IN_QUERY"):
        message = "Sockets accept tokens in their address, and servers log addresses."
        hint = "Let clients use ws-ticket/, and turn WS_TOKEN_IN_QUERY off."
        found.append(checks.Warning(message, hint=hint, id="django_chat.W001"))
    return found


def _is_of(value: Any, hint: Any) -> bool:
    origin = get_origin(hint)
    if origin is Literal:
        return value in get_args(hint)
    if origin in (Union, types.UnionType):
        return any(_is_of(value, part) for part in get_args(hint))
    if origin is tuple:
        return isinstance(value, tuple | list) and all(
            isinstance(v, str) for v in value
        )
    if hint is bool:
        return isinstance(value, bool)
    if isinstance(value, bool):
        return False
    if hint is float:
        return isinstance(value, int | float) and value > 0
    if hint is int:
        return isinstance(value, int) and value >= 0
    return isinstance(value, hint)


def check_strategies(**_: Any) -> Found:
    """E003 a class that does not import, or is not what the setting wants."""
    found: Found = []
    for name, base_path in _STRATEGIES.items():
        path = getattr(chat_settings, name)
        try:
            chosen, base = import_string(path), import_string(base_path)
        except (ImportError, TypeError, AttributeError) as error:
            message = f"DJANGO_CHAT[{name!r}]: {path!r} cannot be imported ({error})."
            hint = "Give the dotted path of a class."
            found.append(checks.Error(message, hint=hint, id="django_chat.E003"))
            continue
        if not (isinstance(chosen, type) and issubclass(chosen, base)):
            message = f"DJANGO_CHAT[{name!r}]: {path!r} does not extend {base_path}."
            hint = f"Subclass {base_path} and override what differs."
            found.append(checks.Error(message, hint=hint, id="django_chat.E003"))
    return found


def check_limiter(**_: Any) -> Found:
    """W004 a shared limiter over a cache that does not count for all at once."""
    try:
        limiter = import_string(chat_settings.RATE_LIMITER)
    except (ImportError, TypeError, AttributeError):
        return []  # E003 says so
    if not (isinstance(limiter, type) and issubclass(limiter, SharedRateLimiter)):
        return []
    backend = settings.CACHES["default"]["BACKEND"]
    if backend not in _CACHES_THAT_MISCOUNT:
        return []
    message = f"SharedRateLimiter cannot count for all processes in {backend}."
    hint = "Use django.core.cache.backends.redis.RedisCache, or Memcached."
    return [checks.Warning(message, hint=hint, id="django_chat.W004")]


def check_database(databases: Any = None, **_: Any) -> Found:
    """W002 SQLite that gives up at once when two write at the same moment."""
    found: Found = []
    for alias in databases or []:
        options = connections[alias].settings_dict.get("OPTIONS", {})
        immediate = str(options.get("transaction_mode", "")).upper() == "IMMEDIATE"
        if connections[alias].vendor == "sqlite" and not immediate:
            message = f"SQLite database {alias!r} does not use IMMEDIATE transactions."
            hint = (
                'Set OPTIONS = {"transaction_mode": "IMMEDIATE", "timeout": 20, '
                '"init_command": "PRAGMA journal_mode=WAL"}.'
            )
            found.append(checks.Warning(message, hint=hint, id="django_chat.W002"))
    return found


def _layer() -> Any | None:
    alias = chat_settings.CHANNEL_LAYER
    # What is no name is found by its type, and must not end the checks.
    return get_channel_layer(alias) if isinstance(alias, str) else None


def check_layer(**_: Any) -> Found:
    """E004 a Redis layer whose reads time out while nobody speaks."""
    layer = _layer()
    if type(layer).__module__ != "channels_redis.core":
        return []
    import redis

    if int(redis.__version__.split(".")[0]) < 8:
        return []
    if all("socket_timeout" in host for host in getattr(layer, "hosts", [])):
        return []
    message = "RedisChannelLayer with redis-py 8 drops idle sockets every 5 seconds."
    hint = (
        "Use channels_redis.pubsub.RedisPubSubChannelLayer, or give each host "
        '{"address": "redis://...", "socket_timeout": None}.'
    )
    return [checks.Error(message, hint=hint, id="django_chat.E004")]


def check_deployment(**_: Any) -> Found:
    """W003 a channel layer that ends at this process."""
    layer = _layer()
    if layer is not None and not isinstance(layer, InMemoryChannelLayer):
        return []
    message = "No channel layer is shared between processes."
    hint = (
        "With more than one process, messages to sockets of the others arrive up to "
        "5 seconds late. Configure channels_redis.pubsub.RedisPubSubChannelLayer."
    )
    return [checks.Warning(message, hint=hint, id="django_chat.W003")]
