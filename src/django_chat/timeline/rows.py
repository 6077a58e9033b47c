"""Writing many rows at once, for the way of a message.

`bulk_create` and `bulk_update` do the same, but spend more on each cell than the rest
of the way together. On PostgreSQL the rows of all changes travel as one JSON parameter
for each, which the database reads by the types of its columns, in one statement.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar

from django.db import connections, models

from django_chat.round_trips import execute_together
from django_chat.timeline.transactions import database

__all__ = ["Insert", "Update", "write_rows"]


_encoder = json.JSONEncoder(default=str, ensure_ascii=False, check_circular=False)


@dataclass(frozen=True, slots=True)
class Insert:
    """New rows of one model, whose keys are set unless the database counts them."""

    rows: Sequence[models.Model]
    names: ClassVar[tuple[str, ...]] = ()


@dataclass(frozen=True, slots=True)
class Update:
    """Rows of one model, of which the fields `names` are written."""

    rows: Sequence[models.Model]
    names: Sequence[str]


def write_rows(*changes: Insert | Update) -> None:
    """Write all changes; on PostgreSQL in one statement, so no row may be in two."""
    changes = tuple(change for change in changes if change.rows)
    if connections[database()].vendor == "postgresql":
        if changes:
            _write_as_json(changes)
        return
    for change in changes:
        if isinstance(change, Insert):
            type(change.rows[0])._base_manager.using(database()).bulk_create(
                change.rows
            )
        else:
            _update_by_cases(change)


def _write_as_json(changes: Sequence[Insert | Update]) -> None:
    shapes = [(type(change.rows[0]), tuple(change.names)) for change in changes]
    params: list[Any] = []
    for change, shape in zip(changes, shapes, strict=True):
        params += _as_json(change.rows, _cells(*shape)), len(change.rows)
    execute_together(connections[database()], [_statement(*shapes)], params)
    for change in changes:
        if isinstance(change, Insert):
            for row in change.rows:
                row._state.adding, row._state.db = False, database()


Shape = tuple[type[models.Model], tuple[str, ...]]
Cells = Sequence[tuple[str, str, Callable[[Any], Any] | None]]


@lru_cache
def _statement(*shapes: Shape) -> str:
    """Return the one statement that writes changes of these shapes.

    It is told how many rows come, and so need not take them for a hundred, for which
    it would read a whole table rather than its index.
    """
    parts = []
    for model, names in shapes:
        table = _quoted(model._meta.db_table)
        key, *columns = [_quoted(column) for column, _, _ in _cells(model, names)]
        new = f"(SELECT * FROM json_populate_recordset(NULL::{table}, %s) LIMIT %s)"  # noqa: S608
        if names:
            sets = ", ".join(f"{column} = new.{column}" for column in columns)
            parts.append(
                f"UPDATE {table} SET {sets} FROM {new} AS new "  # noqa: S608
                f"WHERE {table}.{key} = new.{key}"
            )
        else:
            listed = ", ".join((key, *columns))
            parts.append(
                f"INSERT INTO {table} ({listed}) SELECT {listed} FROM {new} AS new"  # noqa: S608
            )
    *earlier, last = parts
    if earlier:
        named = [f"change_{number} AS ({part})" for number, part in enumerate(earlier)]
        last = f"WITH {', '.join(named)} {last}"
    return last


@lru_cache
def _cells(model: type[models.Model], names: tuple[str, ...]) -> Cells:
    """Return column, attribute and what the value goes through; the key is first.

    An insert (without `names`) writes every field but a key that is counted: the rows
    are not read again, so nobody learns it. Only keys can be of a type of the host's,
    whose field knows what to make of it.
    """
    fields: list[Any] = [
        field
        for field in model._meta.concrete_fields
        if not isinstance(field, models.AutoField)
    ]
    if names:
        fields = _fields(model, names)
    return [
        (
            field.column,
            field.attname,
            field.get_prep_value if field.is_relation else None,
        )
        for field in fields
    ]


def _update_by_cases(change: Update) -> None:
    connection = connections[database()]
    fields = _fields(type(change.rows[0]), change.names)
    key, *columns = [_quoted(field.column) for field in fields]
    keys, *cells = [
        [
            field.get_db_prep_save(getattr(row, field.attname), connection)
            for row in change.rows
        ]
        for field in fields
    ]
    sets = [
        f"{column} = CASE {key} {'WHEN %s THEN %s ' * len(keys)}ELSE {column} END"
        for column in columns
    ]
    params = [
        value
        for column in cells
        for pair in zip(keys, column, strict=True)
        for value in pair
    ]
    table = _quoted(fields[0].model._meta.db_table)
    places = ", ".join(["%s"] * len(keys))
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {table} SET {', '.join(sets)} WHERE {key} IN ({places})",  # noqa: S608
            params + keys,
        )


def _fields(model: type[models.Model], names: Sequence[str]) -> list[Any]:
    """Return the key of the model and the fields to write."""
    return [model._meta.pk, *map(model._meta.get_field, names)]


def _as_json(rows: Sequence[models.Model], cells: Cells) -> str:
    """Return the rows as PostgreSQL reads them; UUIDs and times as their text.

    What is not mentioned is NULL.
    """
    objects = []
    for row in rows:
        values = row.__dict__
        objects.append(
            {
                column: value if prepare is None else prepare(value)
                for column, attname, prepare in cells
                if (value := values[attname]) is not None
            }
        )
    return _encoder.encode(objects)


def _quoted(name: str) -> str:
    return connections[database()].ops.quote_name(name)
