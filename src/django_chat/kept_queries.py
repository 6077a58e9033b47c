"""Querysets of what happens most, whose SQL is made once and not each time.

Building the SQL costs Django more than running it costs PostgreSQL. There a list is one
parameter, so the text stays the same whatever is asked for; on other databases, where
each entry of a list is a parameter, the queryset is built as always.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from django.db import connections
from django.db.models import BooleanField, Expression, F, Func, Q, QuerySet

from django_chat.round_trips import execute_together, takes_several

__all__ = ["Given", "KeptQuery", "Question", "answers"]


class Given(Protocol):
    """What a queryset is asked with: values that it names and does not look into."""

    def one(self, name: str) -> Any:
        """Return what stands in for the value of that name."""

    def among(self, column: str, name: str) -> Any:
        """Return the condition that a column is in the list of that name."""


@dataclass(frozen=True, slots=True)
class _Values:
    """The values themselves."""

    values: Mapping[str, Any]

    def one(self, name: str) -> Any:
        return self.values[name]

    def among(self, column: str, name: str) -> Any:
        return Q((f"{column}__in", self.values[name]))


class _Places:
    """Places in the SQL, which the values take later."""

    def one(self, name: str) -> Any:
        return _One(_Place(name, str))

    def among(self, column: str, name: str) -> Any:
        return _EqualsAny(column, _Place(name, _array))


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the value called `name` goes: as text, which the database reads as it needs."""

    name: str
    text_of: Callable[[Any], str]


class _One(Expression):
    """A single value."""

    def __init__(self, place: _Place) -> None:
        super().__init__()
        self.place = place

    def as_sql(self, *args: Any, **kwargs: Any) -> tuple[str, Any]:
        return "%s", (self.place,)


class _EqualsAny(Func):
    """`column = ANY(list)`, as PostgreSQL has it."""

    template = "%(expressions)s = ANY(%%s)"
    output_field: Any = BooleanField()

    def __init__(self, column: str, place: _Place) -> None:
        super().__init__(F(column))
        self.place = place

    def as_sql(self, *args: Any, **kwargs: Any) -> tuple[str, Any]:
        sql, params = super().as_sql(*args, **kwargs)
        return sql, (*params, self.place)


class KeptQuery:
    """The rows of a queryset over values that are known only when it is asked.

    `build` makes the queryset of what is `Given`. Values must have the types of their
    columns.
    """

    def __init__(self, build: Callable[[Given], QuerySet[Any]]) -> None:
        self._build = build
        self._kept: dict[str, _Statement] = {}

    def rows(self, using: str, **values: Any) -> list[Any]:
        """Return what is found in the database `using` for these values."""
        connection = connections[using]
        if connection.vendor != "postgresql":
            return list(self._build(_Values(values)).using(using))
        statement = self._statement(using)
        [rows] = execute_together(connection, [statement.sql], statement.params(values))
        return statement.rows(rows)

    def ask(
        self, read: Callable[[list[Any]], Any] | None = None, **values: Any
    ) -> Question:
        """Return the question for these values; `read` makes its answer of the rows."""
        return Question(self, values, read)

    def _statement(self, using: str) -> _Statement:
        # For all threads: where sites speak ASGI, each request has one of its own.
        statement = self._kept.get(using)
        if statement is None:
            statement = self._kept[using] = _Statement(self._build(_Places()), using)
        return statement


@dataclass(frozen=True, slots=True)
class Question:
    """A query, the values to ask it with, and how its rows are read."""

    query: KeptQuery
    values: Mapping[str, Any]
    read: Callable[[list[Any]], Any] | None

    def answer(self, using: str) -> Any:
        """Ask it alone."""
        return self.understood(self.query.rows(using, **self.values))

    def understood(self, rows: list[Any]) -> Any:
        """Return what the rows say."""
        return rows if self.read is None else self.read(rows)


def answers(using: str, *questions: Question) -> list[Any]:
    """Return the answer to each question, asked one after the other.

    To PostgreSQL they go together where the driver lets several statements through:
    the way there costs more than most answers. Each still sees what was committed
    before it began.
    """
    connection = connections[using]
    if connection.vendor == "postgresql" and takes_several(connection):
        return _asked_together(using, questions)
    return [question.answer(using) for question in questions]


def _asked_together(using: str, questions: Sequence[Question]) -> list[Any]:
    statements = [question.query._statement(using) for question in questions]
    asked = list(zip(statements, questions, strict=True))
    found = execute_together(
        connections[using],
        [statement.sql for statement in statements],
        [param for statement, one in asked for param in statement.params(one.values)],
    )
    return [
        question.understood(statement.rows(rows))
        for (statement, question), rows in zip(asked, found, strict=True)
    ]


class _Statement:
    """A queryset whose compiler has made its SQL, and only reads rows from then on."""

    def __init__(self, found: QuerySet[Any], using: str) -> None:
        self._found = found.using(using)
        compiler: Any = self._found.query.get_compiler(using=using)
        self.sql, self._params = compiler.as_sql()
        # That of a thread comes and goes, and is not to be kept open by this.
        compiler.connection = connections.create_connection(using)
        self._converters = compiler.get_converters([one[0] for one in compiler.select])
        self._compiler = compiler
        self._fetched = threading.local()
        compiler.execute_sql = lambda *args, **kwargs: None
        compiler.results_iter = self._read
        query: Any = self._found.query
        query.get_compiler = lambda *args, **kwargs: compiler

    def params(self, values: Mapping[str, Any]) -> list[Any]:
        """Return the parameters for these values."""
        return [
            param.text_of(values[param.name]) if isinstance(param, _Place) else param
            for param in self._params
        ]

    def rows(self, fetched: list[Any]) -> list[Any]:
        """Return what the database has answered as the rows of the queryset."""
        self._fetched.rows = fetched
        iterable: Any = self._found._iterable_class
        return list(iterable(self._found))

    def _read(self, *args: Any, **kwargs: Any) -> Iterator[Any]:
        rows = self._fetched.__dict__.pop("rows")
        if self._converters:
            return self._compiler.apply_converters(rows, self._converters)  # type: ignore[no-any-return]
        return iter(rows)


def _array(values: Collection[Any]) -> str:
    """Return the text of an array, which PostgreSQL reads by the type of the column."""
    quoted = (str(value).replace("\\", r"\\").replace('"', r"\"") for value in values)
    return "{" + ",".join(f'"{value}"' for value in quoted) + "}"
