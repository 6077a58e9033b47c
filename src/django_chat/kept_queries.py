"""Querysets of what happens most, whose SQL is made once and not each time.

Building the SQL costs Django more than running it costs PostgreSQL. There a list is one
parameter, so the text stays the same whatever is asked for; on other databases, where
each entry of a list is a parameter, the queryset is built as always.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection
from typing import Any

from django.db import connections
from django.db.models import BooleanField, F, Func, Q, QuerySet

__all__ = ["KeptQuery", "Listed"]


class _Place:
    """Stands in the SQL for the list called `name`."""

    def __init__(self, name: str) -> None:
        self.name = name


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


Listed = Callable[[str, str], Any]
"""Returns the condition that a column is in the list of that name."""


class KeptQuery:
    """The rows of a queryset over lists that are known only when it is asked.

    `build` returns the queryset; it is given `Listed` for conditions on the lists, which
    it names and does not look into. Values must have the types of their columns.
    """

    def __init__(self, build: Callable[[Listed], QuerySet[Any]]) -> None:
        self._build = build
        self._kept = threading.local()

    def rows(self, using: str, **lists: Collection[Any]) -> list[Any]:
        """Return what is found in the database `using` for these lists."""
        connection = connections[using]
        if connection.vendor != "postgresql":
            found = self._build(lambda column, name: Q((f"{column}__in", lists[name])))
            return list(found.using(using))
        kept: dict[str, _Statement] = self._kept.__dict__
        statement = kept.get(using)
        if statement is None or statement.connection is not connection:
            found = self._build(lambda column, name: _EqualsAny(column, _Place(name)))
            statement = kept[using] = _Statement(found.using(using))
        return statement.run({name: _array(values) for name, values in lists.items()})


class _Statement:
    """A queryset whose compiler has made its SQL, and only executes it from then on."""

    def __init__(self, found: QuerySet[Any]) -> None:
        self._found = found
        compiler: Any = found.query.get_compiler(using=found.db)
        self._sql, self._params = compiler.as_sql()
        self._arrays: dict[str, str] = {}
        self.connection = compiler.connection
        compiler.execute_sql = self._execute
        query: Any = found.query
        query.get_compiler = lambda *args, **kwargs: compiler

    def run(self, arrays: dict[str, str]) -> list[Any]:
        """Execute it with these lists."""
        self._arrays = arrays
        iterable: Any = self._found._iterable_class
        return list(iterable(self._found))

    def _execute(self, *args: Any, **kwargs: Any) -> list[list[Any]]:
        params = [
            self._arrays[param.name] if isinstance(param, _Place) else param
            for param in self._params
        ]
        with self.connection.cursor() as cursor:
            cursor.execute(self._sql, params)
            return [cursor.fetchall()]


def _array(values: Collection[Any]) -> str:
    """Return the text of an array, which PostgreSQL reads by the type of the column."""
    quoted = (str(value).replace("\\", r"\\").replace('"', r"\"") for value in values)
    return "{" + ",".join(f'"{value}"' for value in quoted) + "}"
