"""Sessions and their users, read with the fewest means.

A new socket needs both, and Django builds the same two queries for each. Where its own
classes would do no more than that, kept queries do it; a host's own are asked as always.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY, get_user_model, load_backend
from django.contrib.sessions.backends import db as database_sessions
from django.contrib.sessions.backends.base import SessionBase
from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone

from django_chat.kept_queries import KeptQuery

__all__ = ["live_sessions", "read_session", "session_user"]

_OWN_BACKEND = "django.contrib.auth.backends.ModelBackend"
_SESSIONS = KeptQuery(
    lambda given: database_sessions.SessionStore.get_model_class().objects.filter(
        given.among("session_key", "keys")
    )
)
_USERS = KeptQuery(
    lambda given: get_user_model()._default_manager.filter(given.among("pk", "keys"))
)


def read_session(key: str) -> Mapping[str, Any]:
    """Return what is in a session; nothing where it is over or unknown."""
    store = _store(key)
    if store.session_key is None:  # too short to be one
        return {}
    if type(store) is not database_sessions.SessionStore:
        return store.load()
    rows = _SESSIONS.rows(store.model.objects.db, keys=[key])
    alive = [row for row in rows if row.expire_date > timezone.now()]
    return store.decode(alive[0].session_data) if alive else {}


def session_user(backend_path: str, key: str) -> Any | None:
    """Return the user whose `key` a session holds, as the backend sees him."""
    backend: Any = load_backend(backend_path)
    model = get_user_model()
    manager = type(model._default_manager)
    if (
        backend_path != _OWN_BACKEND
        # One of the host's may answer differently each time, by tenant for example.
        or manager.get_queryset is not models.Manager.get_queryset
    ):
        return backend.get_user(key)
    try:
        keys = [model._meta.pk.to_python(key)]
    except ValidationError:
        return None
    users = _USERS.rows(model._default_manager.db, keys=keys)
    return next(filter(backend.user_can_authenticate, users), None)


def live_sessions(keys: set[str]) -> set[str]:
    """Return those of the sessions that are not over."""
    store = _store()
    if settings.SESSION_ENGINE.endswith("signed_cookies"):
        return keys  # nobody but the browser knows whether they still exist
    if hasattr(store, "get_model_class"):
        rows = store.get_model_class()._default_manager.filter(
            session_key__in=keys, expire_date__gt=timezone.now()
        )
        return set(rows.values_list("session_key", flat=True))
    # Not `exists`: of sessions that live in their cookie it knows none.
    return {key for key in keys if SESSION_KEY in _store(key).load()}


def _store(key: str | None = None) -> SessionBase:
    store: SessionBase = import_module(settings.SESSION_ENGINE).SessionStore(key)
    return store
