"""Database work of sockets: a few threads of our own, with their connections kept well.

Channels' own helper runs everything in one thread per process and, with Django's
default `CONN_MAX_AGE = 0`, reconnects for every call. Here a slow query delays a few
sockets at the most, and connections live until they fail or grow old.
"""

from __future__ import annotations

import asyncio
import functools
import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from django.db import InterfaceError, OperationalError, connections

from django_chat.conf import chat_settings
from django_chat.exceptions import ChatError

__all__ = ["in_database", "in_some_thread", "in_this_thread", "stop_threads"]

logger = logging.getLogger("django_chat.ws")

_MAX_AGE_SECONDS = 300
_local = threading.local()
_lock = threading.Lock()
_pool: ThreadPoolExecutor | None = None

Params = ParamSpec("Params")
Result = TypeVar("Result")


async def in_database(
    function: Callable[Params, Result], *args: Params.args, **kwargs: Params.kwargs
) -> Result:
    """Run `function` in a database thread; raise `overloaded` when the database fails.

    A call that met a dead connection is made once more with a fresh one: only use it
    for what may be repeated, as every service with a key or a lock may.
    """
    call = functools.partial(in_this_thread, function, *args, **kwargs)
    return await asyncio.get_running_loop().run_in_executor(_threads(), call)


def in_some_thread(
    function: Callable[Params, object], *args: Params.args, **kwargs: Params.kwargs
) -> None:
    """Let a database thread begin with something that tells of its outcome by itself."""
    _threads().submit(function, *args, **kwargs)


def _threads() -> ThreadPoolExecutor:
    global _pool
    with _lock:
        if _pool is None:
            _pool = ThreadPoolExecutor(
                chat_settings.DATABASE_THREADS, thread_name_prefix="django_chat-db"
            )
        return _pool


def stop_threads() -> None:
    """Close the threads and their connections; the next call starts new ones."""
    global _pool
    with _lock:
        pool, _pool = _pool, None
    if pool is not None:
        barrier = threading.Barrier(pool._max_workers)
        for _ in range(pool._max_workers):
            pool.submit(_close_all, barrier)
        pool.shutdown(wait=True)


def _close_all(barrier: threading.Barrier) -> None:
    barrier.wait(timeout=10)  # each thread takes exactly one of these calls
    connections.close_all()


def in_this_thread(
    function: Callable[Params, Result], *args: Params.args, **kwargs: Params.kwargs
) -> Result:
    """Do what `in_database` does, for who is in a database thread already."""
    _close_worn_out()
    try:
        return function(*args, **kwargs)
    except (OperationalError, InterfaceError) as error:
        if not _drop_broken():
            raise ChatError("overloaded", retry_after_ms=1000) from error
    try:
        return function(*args, **kwargs)
    except (OperationalError, InterfaceError) as error:
        _drop_broken()
        logger.warning("The database does not answer: %s", error)
        raise ChatError("overloaded", retry_after_ms=1000) from error


def _close_worn_out() -> None:
    """Close this thread's connections when they are old: poolers count on it."""
    now = time.monotonic()
    if now - getattr(_local, "since", now) > _MAX_AGE_SECONDS:
        connections.close_all()
        _local.since = now
    elif not hasattr(_local, "since"):
        _local.since = now


def _drop_broken() -> bool:
    """Close connections that no longer answer; return whether there were any."""
    broken = False
    for connection in connections.all(initialized_only=True):
        if connection.connection is None or not connection.is_usable():
            connection.close()
            broken = True
    return broken
