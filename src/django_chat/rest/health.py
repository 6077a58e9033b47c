"""Is the server well? For those who restart processes and send them requests.

Anybody may ask, and as often as he likes: a question that is still open is not asked a
second time, and nothing waits longer than a moment for a server that hangs.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from django.apps import apps
from django.db import connections
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from django_chat.exceptions import ChatError
from django_chat.realtime.bus import bus, shared_layer
from django_chat.rest.operations import operation
from django_chat.rest.view import PublicView
from django_chat.timeline.transactions import database

__all__ = ["Live", "Ready"]

_SECONDS = 2.0
_RETRY_MS = 1_000


class Question:
    """Something that may hang, asked in a thread by whoever comes first."""

    def __init__(self, ask: Callable[[], bool]) -> None:
        self._ask = ask
        self._lock = threading.Lock()
        self._answer: Future[bool] | None = None

    def begin(self) -> Future[bool]:
        """Return the answer to come; several who ask at once share it."""
        with self._lock:
            if self._answer is None or self._answer.done():
                self._answer = Future()
                # A daemon: a process must be able to end while the database hangs.
                threading.Thread(
                    target=self._run, args=[self._answer], daemon=True
                ).start()
            return self._answer

    def _run(self, answer: Future[bool]) -> None:
        try:
            answer.set_result(self._ask())
        except Exception:  # whatever a driver raises when its server is not there
            answer.set_result(False)


def _is_true(answer: Future[bool], deadline: float) -> bool:
    try:
        return answer.result(timeout=max(0.0, deadline - time.monotonic()))
    except TimeoutError:
        return False


def _database_is_ready() -> bool:
    """Is there a database, and in it all tables of the chat?"""
    connection = connections[database()]
    try:
        with connection.cursor() as cursor:
            found = set(connection.introspection.table_names(cursor))
    finally:
        connection.close()
    models = apps.get_app_config("django_chat").get_models()
    return {model._meta.db_table for model in models} <= found


_database = Question(_database_is_ready)
_layer = Question(bus.reaches_layer)


class LiveShape(serializers.Serializer[Any]):
    """The process answers."""

    status = serializers.CharField()


class ReadyShape(serializers.Serializer[Any]):
    """`status` is `degraded` while the channel layer is away; `channel_layer` is `ok`,
    `down`, or `none` where there is none.
    """

    status = serializers.CharField()
    database = serializers.CharField()
    channel_layer = serializers.CharField()


class Live(PublicView):
    """Is this process alive?"""

    @operation({200: LiveShape})
    def get(self, request: Request, **_: Any) -> Response:
        """Return 200, and ask nothing else. Needs no login."""
        return Response({"status": "ok"})


class Ready(PublicView):
    """Is the chat able to work?"""

    @operation({200: ReadyShape})
    def get(self, request: Request, **_: Any) -> Response:
        """Return 200 when the database answers and has the tables, else 503. Needs no
        login.
        """
        deadline = time.monotonic() + _SECONDS
        asked = _database.begin()
        # Without its layer the chat goes on, a little slower: that is no reason to
        # send people to another process, which has the same layer.
        layer = "none"
        if shared_layer() is not None:
            layer = "ok" if _is_true(_layer.begin(), deadline) else "down"
        if not _is_true(asked, deadline):
            raise ChatError("overloaded", retry_after_ms=_RETRY_MS)
        status = "degraded" if layer == "down" else "ok"
        return Response({"status": status, "database": "ok", "channel_layer": layer})
