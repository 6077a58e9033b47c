"""What goes to PostgreSQL together, and is planned once for each connection.

To plan the statements of a message costs PostgreSQL more than to carry them out, and the
way there costs more again, the cursors of Django and of the driver a good part of it. Only
texts that never change belong here: each connection keeps them until it is closed.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import Any
from weakref import WeakKeyDictionary

from django.db import Error, OperationalError
from django.db.backends import utils as cursors

from django_chat.conf import chat_settings

__all__ = ["execute_together", "takes_several"]

# Or PostgreSQL goes on planning: it takes every list to be longer than it is.
_PLANNED_ONCE = "SET LOCAL plan_cache_mode = force_generic_plan"
# A connection that lives for one request is not worth it.
_PLAIN_USES = 4
_NO_SUCH_STATEMENT = "26000"
_DEFAULTS = None, None, None
_IDLE = 0  # no transaction is open; a number of the server's protocol
# Databases behind something that takes prepared statements away from us.
_unfit: set[str] = set()


class _Prepared:
    """What has been prepared on one connection of the driver."""

    def __init__(self) -> None:
        self._calls: dict[str, str] = {}
        self._uses: dict[str, int] = {}
        self._is_direct: bool | None = None

    def call(self, driver: Any, statement: str) -> str:
        """Return what to execute in place of a statement, which may be itself."""
        if (call := self._calls.get(statement)) is not None:
            return call
        uses = self._uses[statement] = self._uses.get(statement, 0) + 1
        if uses > _PLAIN_USES and self._is_possible(driver):
            return self._prepare(driver, statement)
        return statement

    def _is_possible(self, driver: Any) -> bool:
        """Is this the server itself, and not a pooler that shares it by transaction?

        Such a pooler greets with a process number of its own, since it does not know
        yet whose it will be.
        """
        if self._is_direct is None:
            with driver.cursor() as cursor:
                cursor.execute("SELECT pg_backend_pid()")
                self._is_direct = cursor.fetchone()[0] == driver.info.backend_pid
        return self._is_direct

    def _prepare(self, driver: Any, statement: str) -> str:
        name = f"django_chat_{len(self._calls)}"
        places = statement.replace("%%", "").count("%s")
        numbered = statement % tuple(f"${n}" for n in range(1, places + 1))
        # Beneath Django, which would count it among the queries of whoever comes by.
        with driver.cursor() as cursor:
            cursor.execute(f"PREPARE {name} AS {numbered}")
        given = f"({', '.join(['%s'] * places)})" if places else ""
        call = self._calls[statement] = f"EXECUTE {name}{given}"
        return call


_prepared: WeakKeyDictionary[Any, _Prepared] = WeakKeyDictionary()


def execute_together(
    connection: Any, statements: Sequence[str], params: Sequence[Any]
) -> list[list[Any]]:
    """Execute statements on PostgreSQL in one trip; return the rows that each answers.

    Unless the driver `takes_several` there may be one only, which goes as it is. Any other
    is prepared once it has been used a few times on this connection, unless
    `PREPARED_STATEMENTS` is off, and brings along what begins a transaction.
    """
    if not takes_several(connection):
        return _by_cursor(connection, statements, 0, params)
    before = _beginning(connection)
    calls = _calls(connection, statements)
    if calls != statements:
        before.append(_PLANNED_ONCE)
    way = _by_cursor if _is_watched(connection) else _by_driver
    try:
        return way(connection, [*before, *calls], len(before), params)
    except Error as error:
        if getattr(error.__cause__, "sqlstate", None) != _NO_SUCH_STATEMENT:
            raise
        # A pooler that was not recognised, or somebody has reset the connection.
        _unfit.add(connection.alias)
        connection.connection.close()
        raise OperationalError("A prepared statement is gone") from error


def takes_several(connection: Any) -> bool:
    """Say whether the driver takes several statements at once, and all their answers.

    Older drivers tell only the last, and one that binds on the server takes no more.
    """
    client_cursor: Any = getattr(connection.Database, "ClientCursor", None)
    if client_cursor is None:
        return False
    connection.close_if_health_check_failed()
    connection.ensure_connection()
    return issubclass(connection.connection.cursor_factory, client_cursor)


def _by_cursor(
    connection: Any, statements: Sequence[str], silent: int, params: Sequence[Any]
) -> list[list[Any]]:
    """Execute; return the rows of all but the first `silent` statements."""
    with connection.cursor() as cursor:
        cursor.execute("; ".join(statements), params)
        answers = []
        for number in range(len(statements)):
            if number:
                cursor.nextset()
            if number >= silent:
                answers.append(cursor.fetchall() if cursor.description else [])
    return answers


def _by_driver(
    connection: Any, statements: Sequence[str], silent: int, params: Sequence[Any]
) -> list[list[Any]]:
    """Do the same without cursors, which cost more than the statements of a message."""
    connection.validate_thread_sharing()
    connection.validate_no_broken_transaction()
    driver = connection.connection
    with connection.wrap_database_errors, driver.lock:
        exchange = _exchange(driver, "; ".join(statements), silent, params)
        return driver.wait(exchange)  # type: ignore[no-any-return]


def _exchange(
    driver: Any, text: str, silent: int, params: Sequence[Any]
) -> Generator[Any, Any, list[list[Any]]]:
    from psycopg import errors, generators
    from psycopg.adapt import Transformer
    from psycopg.pq import ExecStatus

    types = Transformer(driver)
    literals = tuple(types.as_literal(param) for param in params)
    driver.pgconn.send_query(text.encode() % literals)
    results = yield from generators.execute(driver.pgconn)
    if results[-1].status == ExecStatus.FATAL_ERROR:
        raise errors.error_from_result(results[-1])
    answers = []
    for result in results[silent:]:
        types.set_pgresult(result)
        answers.append(types.load_rows(0, result.ntuples, tuple))
    return answers


def _is_watched(connection: Any) -> bool:
    """Does anything depend on statements going through cursors?

    Logs, tests, and what measures a site. Some of it replaces the cursors of the driver,
    some of it the method of Django's.
    """
    from django.db.backends.postgresql import base

    driver = connection.connection
    return bool(
        connection.queries_logged
        or connection.execute_wrappers
        or "cursor" in vars(connection)
        or driver.cursor_factory is not base.Cursor
        or getattr(cursors.CursorWrapper.execute, "__globals__", None)
        is not vars(cursors)
        # A cursor would begin the transaction.
        or not (driver.autocommit or driver.info.transaction_status != _IDLE)
    )


def _beginning(connection: Any) -> list[str]:
    """Return the `BEGIN` of a transaction that Django has announced, if that is all.

    The driver would send it on a trip of its own before the first statement. It leaves
    that to us once it believes in autocommit, and still ends whatever is open; Django
    sets the same when the transaction is over.
    """
    driver = connection.connection
    if (
        driver.autocommit
        # A site that commits by itself never sets it.
        or not (connection.in_atomic_block and connection.commit_on_exit)
        or driver.info.transaction_status != _IDLE
        # Told to begin in a way of the site's own.
        or (driver.isolation_level, driver.read_only, driver.deferrable) != _DEFAULTS
    ):
        return []
    driver.autocommit = True
    return ["BEGIN"]


def _calls(connection: Any, statements: Sequence[str]) -> Sequence[str]:
    if not chat_settings.PREPARED_STATEMENTS or connection.alias in _unfit:
        return statements
    driver = connection.connection
    known = _prepared.get(driver)
    if known is None:
        known = _prepared[driver] = _Prepared()
    return [known.call(driver, statement) for statement in statements]
