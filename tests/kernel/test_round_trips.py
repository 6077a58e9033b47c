"""What goes to PostgreSQL together, and what it plans only once."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from contextlib import nullcontext
from typing import Any

import pytest
from django.db import (
    DataError,
    IntegrityError,
    OperationalError,
    connection,
    transaction,
)
from django.db.backends.utils import CursorWrapper
from django.db.utils import DEFAULT_DB_ALIAS

from django_chat import round_trips
from django_chat.kept_queries import KeptQuery, answers
from django_chat.messages.drafts import Draft
from django_chat.messages.sending import Sent, send_messages
from django_chat.timeline.models import Participant
from django_chat.ws.database import in_this_thread
from tests.factories import actor, direct, people

# With transactions of their own: some tests lose the connection.
pytestmark = pytest.mark.django_db(transaction=True)

ENOUGH = 8
NAMES = KeptQuery(
    lambda given: (
        Participant.objects.filter(given.among("user", "people"))
        .order_by("pk")
        .values_list("user__username", flat=True)
    )
)


@pytest.fixture(autouse=True)
def _postgresql(monkeypatch: pytest.MonkeyPatch) -> Any:
    if connection.vendor != "postgresql":
        pytest.skip("only PostgreSQL keeps plans for a connection")
    monkeypatch.setattr(round_trips, "_unfit", set())
    connection.close()
    yield
    connection.close()


@pytest.fixture
def pair() -> list[Any]:
    ana, ben = people("ana", "ben")
    direct(ana, ben)
    return [ana, ben]


def ask(pair: list[Any]) -> list[Any]:
    ana, ben = pair
    return answers(
        DEFAULT_DB_ALIAS,
        NAMES.ask(people=[ben.pk]),
        NAMES.ask(people=[ana.pk, ben.pk]),
        NAMES.ask(people=[]),
    )


def ask_often(pair: list[Any]) -> None:
    """Ask until it would be prepared, and more; each answer must be right."""
    for _ in range(ENOUGH):
        assert ask(pair) == [["ben"], ["ana", "ben"], []]


def kept() -> list[tuple[int, int]]:
    """Return how often each prepared statement was run with a kept plan, and planned."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT generic_plans, custom_plans FROM pg_prepared_statements "
            "WHERE name LIKE 'django_chat_%'"
        )
        return cursor.fetchall()


def test_what_is_asked_often_is_planned_once_and_answered_alike(
    pair: list[Any],
) -> None:
    ask_often(pair)

    [(kept_plans, plans)] = kept()
    assert kept_plans > ENOUGH
    assert plans == 0


def test_a_connection_that_is_soon_closed_prepares_nothing(pair: list[Any]) -> None:
    ask(pair)

    assert kept() == []


def test_a_message_is_stored_by_statements_that_are_kept(pair: list[Any]) -> None:
    [ana, _] = pair
    chat = Participant.objects.filter(user=ana).get().conversation_id
    seqs = []
    for number in range(ENOUGH):
        draft = Draft(
            actor=actor(ana),
            conversation_id=chat,
            content=f"100 % of {number}",
            client_id=f"{number}",
        )
        [sent] = send_messages([draft])
        assert isinstance(sent, Sent)
        seqs.append(sent.seq)

    assert seqs == list(range(1, ENOUGH + 1))
    # The lock, the two reads behind it, and the write.
    assert len(kept()) == 4
    assert all(plans == 0 for _, plans in kept())


@pytest.fixture
def seen() -> Iterator[list[str]]:
    """The statements that a site hears of which has asked for them."""
    seen: list[str] = []

    def note(execute: Any, sql: str, *args: Any) -> Any:
        seen.append(sql)
        return execute(sql, *args)

    with connection.execute_wrapper(note):
        yield seen


def test_who_has_asked_for_the_statements_sees_them(
    seen: list[str], pair: list[Any]
) -> None:
    seen.clear()
    ask_often(pair)

    assert len(seen) == ENOUGH
    assert all(text.count("; ") >= 2 for text in seen)


def test_a_tool_that_replaces_the_method_of_the_cursors_sees_them(
    pair: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []
    execute = CursorWrapper.execute

    @functools.wraps(execute)
    def note(self: Any, sql: Any, params: Any = None) -> Any:
        seen.append(sql)
        return execute(self, sql, params)

    monkeypatch.setattr(CursorWrapper, "execute", note)
    ask_often(pair)

    assert len(seen) == ENOUGH


def test_a_tool_that_replaces_the_cursors_of_the_driver_sees_them(
    pair: list[Any],
) -> None:
    seen = []
    connection.ensure_connection()
    driver: Any = connection.connection

    class Noting(driver.cursor_factory):  # type: ignore[misc,name-defined]
        def execute(self, query: Any, *args: Any, **kwargs: Any) -> Any:
            seen.append(query)
            return super().execute(query, *args, **kwargs)

    driver.cursor_factory = Noting
    ask(pair)

    assert len(seen) == 1


def test_a_connection_that_the_server_has_ended_is_an_error_as_any_other(
    pair: list[Any],
) -> None:
    ask_often(pair)
    other = connection.copy()
    with other.cursor() as cursor:
        pid = connection.connection.info.backend_pid
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
    other.close()

    with pytest.raises(OperationalError):
        ask(pair)
    connection.close_if_unusable_or_obsolete()
    assert ask(pair) == [["ben"], ["ana", "ben"], []]


def test_nothing_is_asked_in_a_transaction_that_is_lost(pair: list[Any]) -> None:
    with transaction.atomic():
        with pytest.raises(IntegrityError), transaction.atomic(savepoint=False):
            [row, *_] = Participant.objects.all()
            Participant.objects.create(
                conversation=row.conversation, user=row.user, role=row.role
            )
        with pytest.raises(transaction.TransactionManagementError):
            ask(pair)
        transaction.set_rollback(True)
    assert ask(pair) == [["ben"], ["ana", "ben"], []]


def test_what_goes_wrong_in_the_database_is_an_error_of_django(pair: list[Any]) -> None:
    for _ in range(ENOUGH):
        with pytest.raises(DataError):
            answers(DEFAULT_DB_ALIAS, NAMES.ask(people=["nobody"]))
        assert ask(pair) == [["ben"], ["ana", "ben"], []]


def test_it_can_be_switched_off(pair: list[Any], settings: Any) -> None:
    settings.DJANGO_CHAT = {"PREPARED_STATEMENTS": False}
    ask_often(pair)

    assert kept() == []


def test_behind_a_pooler_nothing_is_prepared(
    pair: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    connection.ensure_connection()
    driver: Any = connection.connection
    # A pooler does not know yet which process of the server it will be.
    monkeypatch.setattr(type(driver.info), "backend_pid", 7)
    ask_often(pair)

    assert kept() == []


def test_an_older_driver_is_asked_one_by_one(
    pair: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    driver: Any = connection
    # The one before tells only the last answer of several.
    monkeypatch.delattr(driver.Database, "ClientCursor")
    ask_often(pair)

    assert kept() == []


def test_statements_that_somebody_has_dropped_are_done_without(pair: list[Any]) -> None:
    ask_often(pair)
    with connection.cursor() as cursor:
        cursor.execute("DISCARD ALL")

    with pytest.raises(OperationalError, match="gone"):
        ask(pair)
    for _ in range(ENOUGH):
        connection.close_if_unusable_or_obsolete()
        assert ask(pair) == [["ben"], ["ana", "ben"], []]
    assert kept() == []


def test_a_socket_does_not_notice_that_they_were_dropped(pair: list[Any]) -> None:
    ask_often(pair)
    with connection.cursor() as cursor:
        cursor.execute("DISCARD ALL")

    assert in_this_thread(ask, pair) == [["ben"], ["ana", "ben"], []]


def activity() -> tuple[str, str]:
    """Return state and latest text of this connection, as another one sees it."""
    number = connection.connection.info.backend_pid
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute(
                "SELECT state, query FROM pg_stat_activity WHERE pid = %s", [number]
            )
            return cursor.fetchone()
    finally:
        other.close()


def pinned() -> int:
    """Count, on another connection, who has pinned the conversation."""
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM django_chat_participant WHERE pinned")
            return int(cursor.fetchone()[0])
    finally:
        other.close()


@pytest.mark.parametrize("times", [1, ENOUGH])
def test_a_transaction_begins_with_what_is_asked_in_it(
    pair: list[Any], times: int
) -> None:
    for _ in range(times):
        with transaction.atomic():
            ask(pair)
            state, text = activity()
            assert state == "idle in transaction"
            assert text.startswith("BEGIN; ")
            Participant.objects.update(pinned=True)
            assert pinned() == 0
        assert pinned() == 2
        # The next statement is its own transaction again.
        Participant.objects.update(pinned=False)
        assert pinned() == 0


def test_a_transaction_that_began_so_is_undone_as_any_other(pair: list[Any]) -> None:
    for _ in range(ENOUGH):
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            ask(pair)
            Participant.objects.update(pinned=True)
            with pytest.raises(LookupError), transaction.atomic():
                Participant.objects.all().delete()
                raise LookupError
            assert ask(pair) == [["ben"], ["ana", "ben"], []]
            raise ZeroDivisionError
        assert pinned() == 0
    assert ask(pair) == [["ben"], ["ana", "ben"], []]


@pytest.mark.parametrize("is_atomic", [False, True])
def test_a_site_that_commits_by_itself_goes_on_doing_so(
    pair: list[Any], is_atomic: bool
) -> None:
    transaction.set_autocommit(False)
    for _ in range(ENOUGH):
        with transaction.atomic() if is_atomic else nullcontext():
            ask(pair)
        transaction.commit()
        Participant.objects.update(pinned=True)
        assert pinned() == 0
        transaction.rollback()
    assert not Participant.objects.filter(pinned=True).exists()
    transaction.rollback()


def test_a_transaction_is_isolated_as_the_site_has_said(pair: list[Any]) -> None:
    connection.ensure_connection()
    driver: Any = connection.connection
    driver.isolation_level = 3  # repeatable read, of both drivers
    with transaction.atomic():
        ask(pair)
        with connection.cursor() as cursor:
            cursor.execute("SHOW transaction_isolation")
            assert cursor.fetchone() == ("repeatable read",)
