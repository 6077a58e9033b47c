"""Write transactions: the lock comes first, and contention is waited out."""

from __future__ import annotations

import functools
import random
import time
from collections.abc import Callable, Collection
from typing import Any, TypeVar
from uuid import UUID

from django.db import OperationalError, connections, router, transaction
from django.db.models import F

from django_chat.exceptions import ChatError
from django_chat.kept_queries import KeptQuery, Question, answers
from django_chat.timeline.models import Conversation

__all__ = [
    "database",
    "lock_and_ask",
    "lock_conversation",
    "lock_conversations",
    "write",
]

_ATTEMPTS = 5
_PAUSE_SECONDS = 0.05
# SQLSTATE of deadlock, serialization failure and lock timeout; MySQL's numbers for the
# same; SQLite has only its words.
_CONTENTION = (
    "40P01",
    "40001",
    "55P03",
    "1205",
    "1213",
    "database is locked",
    "database table is locked",
)

Result = TypeVar("Result")


def database() -> str:
    """Return the alias that chat rows are written to."""
    return router.db_for_write(Conversation)


def write(service: Callable[..., Result]) -> Callable[..., Result]:
    """Run a service in one transaction and repeat it when others were in the way.

    Inside a transaction of the host's nothing is repeated: that one is already lost.
    Raises `overloaded` when the attempts are used up.
    """

    @functools.wraps(service)
    def in_transaction(*args: Any, **kwargs: Any) -> Result:
        using = database()
        outermost = not connections[using].in_atomic_block
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                with transaction.atomic(using=using):
                    return service(*args, **kwargs)
            except OperationalError as error:
                if not is_contention(error):
                    raise
                if not outermost or attempt == _ATTEMPTS:
                    raise ChatError("overloaded", retry_after_ms=1000) from error
            # Two that collided must not collide again at the same moment.
            time.sleep(_PAUSE_SECONDS * 2**attempt * random.uniform(0.5, 1))  # noqa: S311
        raise AssertionError("unreachable")

    return in_transaction


def is_contention(error: OperationalError) -> bool:
    """Did the statement fail only because another transaction was in the way?"""
    state = getattr(error.__cause__, "sqlstate", None)
    number = str(error.args[0]) if error.args else ""
    return state in _CONTENTION or any(mark in number for mark in _CONTENTION)


def lock_conversations(ids: Collection[UUID]) -> dict[UUID, Conversation]:
    """Lock the conversations, lowest id first, and return those that exist.

    Must be the first statement of a transaction: on SQLite a transaction that has read
    cannot always become one that writes. The order keeps two batches from waiting for
    each other; an `UPDATE ... WHERE id IN` has none.
    """
    return lock_and_ask(ids)[0]


def lock_and_ask(
    ids: Collection[UUID], *questions: Question
) -> tuple[dict[UUID, Conversation], list[Any]]:
    """Lock the conversations; return them, and the answers given behind the lock."""
    using = database()
    features = connections[using].features
    if not features.has_select_for_update:
        rows = Conversation.objects.using(using).filter(pk__in=ids)
        rows.update(rev=F("rev"))
        return rows.in_bulk(), answers(using, *questions)
    # Inserting a message takes a key-share lock on the conversation: a full FOR UPDATE
    # would make writers of other tables wait for no reason.
    lock = _LOCK if features.has_select_for_no_key_update else _LOCK_WITH_KEY
    locked, *answered = answers(using, lock.ask(ids=ids), *questions)
    return {row.pk: row for row in locked}, answered


def _locking(*, no_key: bool) -> KeptQuery:
    return KeptQuery(
        lambda given: (
            Conversation.objects.filter(given.among("pk", "ids"))
            .order_by("pk")
            .select_for_update(no_key=no_key)
        )
    )


_LOCK, _LOCK_WITH_KEY = _locking(no_key=True), _locking(no_key=False)


def lock_conversation(conversation_id: UUID) -> Conversation:
    """Lock one conversation; raise `not_found`."""
    found = lock_conversations([conversation_id])
    if conversation_id not in found:
        raise ChatError("not_found")
    return found[conversation_id]
