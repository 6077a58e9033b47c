"""Write transactions: the lock first, and contention waited out."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.db import DatabaseError, OperationalError, connection, transaction
from django.db.utils import InternalError

from django_chat import api
from django_chat.exceptions import ChatError
from django_chat.ids import new_id
from django_chat.timeline.models import Conversation, Message
from django_chat.timeline.transactions import (
    lock_conversation,
    lock_conversations,
    write,
)
from tests.concurrency import failures, together
from tests.factories import direct, people

pytestmark = pytest.mark.django_db(transaction=True)


class Cause(Exception):
    """What a driver says of an error."""

    def __init__(self, sqlstate: str | None = None) -> None:
        super().__init__()
        self.sqlstate = sqlstate


def trouble(*args: Any, sqlstate: str | None = None) -> OperationalError:
    """Return an error as Django passes it on from a driver."""
    error = OperationalError(*args)
    error.__cause__ = Cause(sqlstate)
    return error


CONTENTION = {
    "PostgreSQL deadlock": trouble("deadlock detected", sqlstate="40P01"),
    "PostgreSQL serialization": trouble("could not serialize", sqlstate="40001"),
    "PostgreSQL lock timeout": trouble("canceling statement", sqlstate="55P03"),
    "MySQL lock timeout": trouble(1205, "Lock wait timeout exceeded"),
    "MySQL deadlock": trouble(1213, "Deadlock found"),
    "SQLite": trouble("database is locked"),
    "SQLite table": trouble("database table is locked: django_chat_message"),
}


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Note the pauses instead of making them."""
    pauses: list[float] = []
    monkeypatch.setattr(time, "sleep", pauses.append)
    return pauses


@pytest.mark.parametrize("error", CONTENTION.values(), ids=CONTENTION)
def test_who_collides_tries_again(
    error: OperationalError, no_pauses: list[float]
) -> None:
    outcomes: list[Any] = [error, error, "done"]

    @write
    def service() -> Any:
        outcome = outcomes.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    assert service() == "done"
    assert len(no_pauses) == 2
    assert 0 < no_pauses[0] < no_pauses[1] < 1


def test_who_always_collides_is_told_to_come_back(no_pauses: list[float]) -> None:
    calls = []

    @write
    def service() -> None:
        calls.append(1)
        raise CONTENTION["SQLite"]

    with pytest.raises(ChatError) as refused:
        service()

    assert refused.value.code == "overloaded"
    assert refused.value.retry_after_ms == 1_000
    assert refused.value.kind.temporary
    assert len(calls) == 5
    assert sum(no_pauses) < 2


@pytest.mark.parametrize(
    "error",
    [
        trouble("server closed the connection", sqlstate="57P01"),
        trouble("disk I/O error"),
        trouble("no such table"),
        trouble(2006, "MySQL server has gone away"),
        trouble(),
        InternalError("broken"),
        ZeroDivisionError(),
    ],
    ids=repr,
)
def test_other_trouble_is_not_hidden_and_not_repeated(error: Exception) -> None:
    calls = []

    @write
    def service() -> None:
        calls.append(1)
        raise error

    with pytest.raises(type(error)):
        service()
    assert len(calls) == 1


def test_inside_a_transaction_of_the_host_nothing_is_repeated() -> None:
    calls = []

    @write
    def service() -> None:
        calls.append(1)
        raise CONTENTION["SQLite"]

    with pytest.raises(ChatError, match="overloaded"), transaction.atomic():
        service()
    assert len(calls) == 1


def test_a_try_that_failed_leaves_nothing_behind() -> None:
    ana, ben = people("ana", "ben")
    letters = direct(ana, ben)
    tries = []

    @write
    def service() -> None:
        tries.append(1)
        Conversation.objects.filter(pk=letters.pk).update(title=f"try {len(tries)}")
        if len(tries) < 3:
            raise CONTENTION["SQLite"]

    service()
    letters.refresh_from_db()
    assert letters.title == "try 3"


def test_what_a_failed_try_would_have_told_is_not_told() -> None:
    told: list[int] = []
    tries: list[int] = []

    @write
    def service() -> None:
        tries.append(1)
        transaction.on_commit(partial(told.append, len(tries)))
        if len(tries) < 3:
            raise CONTENTION["SQLite"]

    service()
    assert told == [3]


# --- locks ------------------------------------------------------------------


def test_those_that_exist_are_locked_and_returned() -> None:
    ana, ben, cem = people("ana", "ben", "cem")
    here, there = direct(ana, ben), direct(ana, cem)
    missing = new_id()

    with transaction.atomic():
        found = lock_conversations([there.pk, missing, here.pk])
        assert set(found) == {here.pk, there.pk}
        with pytest.raises(ChatError, match="not_found"):
            lock_conversation(missing)
        assert lock_conversation(here.pk) == here


def test_a_locked_conversation_is_waited_for() -> None:
    ana, ben = people("ana", "ben")
    letters = direct(ana, ben)
    locked, order = threading.Event(), []

    def hold() -> None:
        with transaction.atomic():
            lock_conversation(letters.pk)
            locked.set()
            # Long enough for the other to be refused, if it did not wait.
            threading.Event().wait(0.3)
            order.append("holder")

    def write_meanwhile() -> None:
        assert locked.wait(10)
        api.send(ana, letters, "Hello")
        order.append("writer")

    assert not failures(together(hold, write_meanwhile))
    assert order == ["holder", "writer"]
    assert Message.objects.count() == 1


def test_readers_do_not_wait_for_a_writer() -> None:
    ana, ben = people("ana", "ben")
    letters = direct(ana, ben)
    locked, done = threading.Event(), threading.Event()

    def hold() -> bool:
        with transaction.atomic():
            lock_conversation(letters.pk)
            locked.set()
            return done.wait(10)

    def read() -> int:
        assert locked.wait(10)
        count = api.unread_for(ben)
        done.set()
        return count

    assert together(hold, read) == [True, 0]


def test_whoever_reads_up_to_here_does_not_wait_for_a_writer(backend: str) -> None:
    if backend == "sqlite":
        pytest.skip("SQLite has one writer at a time")
    ana, ben = people("ana", "ben")
    letters = direct(ana, ben)
    api.send(ana, letters, "Hello")
    locked, done = threading.Event(), threading.Event()

    def hold() -> bool:
        with transaction.atomic():
            lock_conversation(letters.pk)
            locked.set()
            return done.wait(10)

    def mark_read() -> int:
        assert locked.wait(10)
        state = api.mark_read(ben, letters)
        done.set()
        return state.read_seq

    assert together(hold, mark_read) == [True, 1]


def test_the_lock_is_the_first_statement(settings: Any) -> None:
    # Prepared, it would not say what it is.
    settings.DJANGO_CHAT = {"PREPARED_STATEMENTS": False}
    """On SQLite, a transaction that has read cannot always become one that writes."""
    ana, ben = people("ana", "ben")
    letters = direct(ana, ben)
    seen: list[str] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        seen.append(sql)
        return execute(sql, params, many, context)

    message = api.send(ana, letters, "Hello")
    verbs: list[Callable[[], Any]] = [
        lambda: api.send(ana, letters, "Hello"),
        lambda: api.edit_message(ana, message, "Changed"),
        lambda: api.react(ana, message, "👍"),
        lambda: api.delete_message(ana, message),
    ]
    for verb in verbs:
        seen.clear()
        with connection.execute_wrapper(note):
            verb()
        # On PostgreSQL both go together.
        begins = [
            n
            for n, sql in enumerate(seen)
            if sql.startswith(("BEGIN", "SAVEPOINT")) and ";" not in sql
        ]
        inside = seen[begins[0] + 1 :] if begins else seen
        first = next(
            sql
            for sql in inside
            # Where the message is, is asked before the transaction.
            if "django_chat_message" not in sql.split("WHERE")[0]
        )
        assert "django_chat_conversation" in first
        assert "UPDATE" in first


def test_a_database_error_in_one_message_reaches_its_sender() -> None:
    ana, ben = people("ana", "ben")
    letters = direct(ana, ben)

    def fail(execute: Any, sql: str, *args: Any) -> Any:
        if "INSERT" in sql and Message._meta.db_table in sql:
            raise DatabaseError("the disk is full")
        return execute(sql, *args)

    with connection.execute_wrapper(fail), pytest.raises(DatabaseError):
        api.send(ana, letters, "Hello")
    letters.refresh_from_db()
    assert letters.seq == 0
