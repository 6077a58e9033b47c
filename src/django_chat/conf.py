"""Settings: one `DJANGO_CHAT` dict in the host's settings, typed and checked here.

Read them when needed, as `chat_settings.MESSAGE_MAX_LENGTH`, never at import: then
`override_settings` works. No settings at all give a working chat.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import Any, Literal, cast

from django.conf import settings
from django.core.signals import setting_changed
from django.utils.module_loading import import_string

__all__ = ["ChatSettings", "chat_settings", "strategy"]


@dataclass(frozen=True, kw_only=True)
class ChatSettings:
    """Every setting with its default; the docstring below each says what it is for."""

    TENANT_RESOLVER: str = "django_chat.tenancy.resolvers.SingleTenant"
    """Class that says which tenant a request, a socket or a user belongs to."""
    POLICY: str = "django_chat.policy.ChatPolicy"
    """Class that answers who may do what."""
    DIRECTORY: str = "django_chat.people.directory.Directory"
    """Class that says whom a person may find and write to."""
    USER_PRESENTER: str = "django_chat.people.presenters.UserPresenter"
    """Class that says how a user is shown: name, username, picture."""
    RATE_LIMITER: str = "django_chat.limits.ProcessRateLimiter"
    """Class that counts what each user does."""
    TOKEN_AUTHENTICATOR: str = "django_chat.ws.tokens.SimpleJWTAuthenticator"  # noqa: S105
    """Class that turns a bearer token into a user, for sockets."""

    MESSAGE_MAX_LENGTH: int = 10_000
    """Longest message, in Unicode code points."""
    EDIT_WINDOW_SECONDS: int = 300
    """How long an author may edit a message; 0 forbids editing."""
    REACTIONS_PER_MESSAGE: int = 16
    """How many different emoji one message may carry."""
    GROUP_MIN_OTHERS: int = 2
    """How many people besides its creator a new group needs."""
    GROUP_MAX_MEMBERS: int = 1_000
    """How many people a group may have."""
    GROUP_HISTORY: Literal["from_join", "all"] = "from_join"
    """What a new member of a group sees: only what follows, or everything."""
    KEEP_EMPTY_GROUPS: bool = False
    """Keep a group that its last member has left; otherwise it is deleted."""

    SEND_RATE: float = 10.0
    """Messages a user may send each second, over all doors."""
    SEND_BURST: int = 20
    """Messages a user may send at once before `SEND_RATE` counts."""
    FRAME_RATE: float = 20.0
    """Frames a socket may send each second."""
    FRAME_BURST: int = 60
    """Frames a socket may send at once before `FRAME_RATE` counts."""
    REQUEST_RATE: float = 20.0
    """REST requests a user may make each second."""
    REQUEST_BURST: int = 100
    """REST requests a user may make at once before `REQUEST_RATE` counts."""
    MAX_CONNECTIONS_PER_USER: int = 10
    """Sockets a user may hold in one process; further ones are closed with 4009."""

    WEBSOCKETS: bool = True
    """Tell clients of the sockets; with False, or under WSGI, they are told to poll."""
    WEBSOCKET_PATH: str = "/ws/chat/"
    """Path of the multiplexed socket, as `routing` mounts it."""
    ALLOWED_ORIGINS: tuple[str, ...] = ()
    """Further origins (scheme, host, port) whose pages may use a session cookie."""
    WS_FIRST_FRAME_AUTH: bool = False
    """Let an anonymous socket authenticate with its first frame, within 10 seconds."""
    WS_TOKEN_IN_QUERY: bool = False
    """Accept `?token=`; servers write query strings, and so the token, to their logs."""
    PING_SECONDS: float = 25.0
    """How often each socket is pinged and its session checked again."""
    HEAD_CHECK_SECONDS: float = 5.0
    """How often each process compares its sockets' positions with the database."""
    DATABASE_THREADS: int = 4
    """Threads that do the database work of a process's sockets."""
    PREPARED_STATEMENTS: bool = True
    """Let PostgreSQL plan hot statements once for each connection."""
    CHANNEL_LAYER: str = "default"
    """Alias in `CHANNEL_LAYERS` that carries events between processes."""
    POLL_SECONDS: float = 3.0
    """How often a client without a socket should ask `sync/`."""
    BASE_TEMPLATE: str = "django_chat/base.html"
    """Template that the HTML pages extend; it needs a `content` block."""


def _configured() -> Mapping[str, Any]:
    value = getattr(settings, "DJANGO_CHAT", None)
    return value if isinstance(value, Mapping) else {}


@lru_cache(maxsize=1)
def _load() -> ChatSettings:
    # Unknown names are reported by a system check; here they must not stop a start.
    known = {field.name for field in fields(ChatSettings)}
    given = {name: value for name, value in _configured().items() if name in known}
    if isinstance(given.get("ALLOWED_ORIGINS"), list):
        given["ALLOWED_ORIGINS"] = tuple(given["ALLOWED_ORIGINS"])
    return ChatSettings(**given)


class _LazySettings:
    """Looks each name up at the moment of use."""

    def __getattr__(self, name: str) -> Any:
        return getattr(_load(), name)


chat_settings = cast(ChatSettings, _LazySettings())


@lru_cache(maxsize=32)
def _instance(path: str) -> Any:
    return import_string(path)()


def strategy(name: str) -> Any:
    """Return the one instance of the class that the setting `name` points to."""
    return _instance(getattr(_load(), name))


def _forget(*, setting: str, **_: Any) -> None:
    if setting == "DJANGO_CHAT":
        _load.cache_clear()
        _instance.cache_clear()


setting_changed.connect(_forget)
