"""Find PostgreSQL, Redis and MariaDB for the tests, or start private ones.

Looked for in this order: the address in the environment, a server on this
machine that lets us in, a private one. A server that refuses us is passed by.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cached_property, partial
from typing import NoReturn, TypeVar
from urllib.parse import urlsplit

import pytest

from tests.programs import ServerUnavailable
from tests.servers import (
    PrivateMariaDB,
    PrivateNginx,
    PrivatePostgres,
    PrivateRedis,
    PrivateServer,
    answers_ping,
)

AnyServer = TypeVar("AnyServer", bound=PrivateServer)

POSTGRES_LOGINS = ("postgres:postgres", "postgres", "django_chat:django_chat")


def find_postgres() -> str | None:
    """Return the URL of a PostgreSQL where we may create databases, if one is up."""
    if url := os.environ.get("TEST_DATABASE_URL"):
        return url
    local = (f"postgresql://{who}@127.0.0.1:5432/postgres" for who in POSTGRES_LOGINS)
    return next((url for url in local if _postgres_lets_in(url)), None)


def find_redis() -> str | None:
    """Return the URL of a Redis database that tests may fill, if one is up."""
    if url := os.environ.get("TEST_REDIS_URL"):
        return url
    return "redis://127.0.0.1:6379/15" if answers_ping(6379) else None


def find_mariadb() -> str | None:
    """Return the URL of a MariaDB where we may create databases, if one is up."""
    if url := os.environ.get("TEST_MARIADB_URL"):
        return url
    local = "mysql://root@127.0.0.1:3306/"
    return local if _mariadb_lets_in(local) else None


@contextlib.contextmanager
def private_postgres() -> Iterator[PrivatePostgres]:
    """Run a PostgreSQL of one's own, which the test may kill and start again."""
    with ExitStack() as stack:
        yield _start(PrivatePostgres, stack)


@contextlib.contextmanager
def private_redis() -> Iterator[PrivateRedis]:
    """Run a Redis of one's own, which the test may kill and start again."""
    with ExitStack() as stack:
        yield _start(PrivateRedis, stack)


@contextlib.contextmanager
def private_nginx(site: Callable[[int], str]) -> Iterator[PrivateNginx]:
    """Run an nginx of one's own; `site` returns its configuration for a port."""
    with ExitStack() as stack:
        yield _start(partial(PrivateNginx, site), stack)


class Services:
    """The servers that tests share, each looked for when first asked for.

    Who asks for one that cannot be had is skipped, or fails in a run that
    requires all services.
    """

    private_postgres = staticmethod(private_postgres)
    private_redis = staticmethod(private_redis)
    private_nginx = staticmethod(private_nginx)

    def __init__(self) -> None:
        self._started = ExitStack()

    @cached_property
    def postgres_url(self) -> str:
        """The URL of a PostgreSQL where databases may be created."""
        return find_postgres() or _start(PrivatePostgres, self._started).url

    @cached_property
    def redis_url(self) -> str:
        """The URL of a Redis database; other runs may be using it too."""
        return find_redis() or _start(PrivateRedis, self._started).url

    @cached_property
    def mariadb_url(self) -> str:
        """The URL of a MariaDB where databases may be created."""
        return find_mariadb() or _start(PrivateMariaDB, self._started).url

    def close(self) -> None:
        """Stop what had to be started."""
        self._started.close()


def _start(kind: Callable[[], AnyServer], stack: ExitStack) -> AnyServer:
    try:
        server = kind()
        stack.enter_context(server)
    except ServerUnavailable as error:
        _do_without(str(error))
    return server


def _do_without(reason: str) -> NoReturn:
    if os.environ.get("TEST_SERVICES") == "require":
        pytest.fail(f"--services=require, but {reason}")
    pytest.skip(reason)


def _postgres_lets_in(url: str) -> bool:
    import psycopg

    may_create = "SELECT rolcreatedb FROM pg_roles WHERE rolname = current_user"
    try:
        with psycopg.connect(url, connect_timeout=2) as connection:
            row = connection.execute(may_create).fetchone()
    except psycopg.OperationalError:
        return False
    return row is not None and bool(row[0])


def _mariadb_lets_in(url: str) -> bool:
    import pymysql

    parts = urlsplit(url)
    try:
        pymysql.connect(
            host=parts.hostname,
            port=parts.port or 3306,
            user=parts.username,
            password=parts.password or "",
            connect_timeout=2,
        ).close()
    except pymysql.err.OperationalError:
        return False
    return True
