"""Writing many rows at once, for the way of a message.

`bulk_create` and `bulk_update` do the same, but spend more on each cell than the rest
of the way together. On PostgreSQL the rows of all changes travel as one JSON parameter
for each, which the database reads by the types of its columns, in one statement.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connections, models

from django_chat.timeline.transactions import database

__all__ = ["Insert", "Update", "write_rows"]


@dataclass(frozen=True, slots=True)
class Insert:
    """New rows of one model, whose keys are set unless the database counts them."""

    rows: Sequence[models.Model]


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
    parts, params = [], []
    for change in changes:
        meta = type(change.rows[0])._meta
        table = _quoted(meta.db_table)
        fields: Sequence[Any]
        if isinstance(change, Insert):
            # The rows are not read again, so nobody learns a key that is counted.
            fields = [
                field
                for field in meta.concrete_fields
                if not isinstance(field, models.AutoField)
            ]
            columns = ", ".join(_quoted(field.column) for field in fields)
            parts.append(
                f"INSERT INTO {table} ({columns}) "  # noqa: S608
                f"SELECT {columns} FROM json_populate_recordset(NULL::{table}, %s)"
            )
        else:
            fields = _fields(change)
            key, *names = [_quoted(field.column) for field in fields]
            sets = ", ".join(f"{name} = new.{name}" for name in names)
            parts.append(
                f"UPDATE {table} SET {sets} "  # noqa: S608
                f"FROM json_populate_recordset(NULL::{table}, %s) AS new "
                f"WHERE {table}.{key} = new.{key}"
            )
        params.append(_as_json(change.rows, fields))
    *earlier, last = parts
    if earlier:
        named = [f"change_{number} AS ({part})" for number, part in enumerate(earlier)]
        last = f"WITH {', '.join(named)} {last}"
    _execute(last, params)
    for change in changes:
        if isinstance(change, Insert):
            for row in change.rows:
                row._state.adding, row._state.db = False, database()


def _update_by_cases(change: Update) -> None:
    connection = connections[database()]
    fields = _fields(change)
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
    _execute(
        f"UPDATE {table} SET {', '.join(sets)} WHERE {key} IN ({places})",  # noqa: S608
        params + keys,
    )


def _fields(change: Update) -> list[Any]:
    """Return the key of the model and the fields to write."""
    meta = type(change.rows[0])._meta
    return [meta.pk, *map(meta.get_field, change.names)]


def _as_json(rows: Sequence[models.Model], fields: Sequence[Any]) -> str:
    """Return the rows as PostgreSQL reads them; UUIDs and times as their text."""
    cells = [(field.column, field.attname, field.get_prep_value) for field in fields]
    objects = [
        {column: prepare(getattr(row, attname)) for column, attname, prepare in cells}
        for row in rows
    ]
    return json.dumps(objects, default=str, ensure_ascii=False)


def _quoted(name: str) -> str:
    return connections[database()].ops.quote_name(name)


def _execute(statement: str, params: list[Any]) -> None:
    with connections[database()].cursor() as cursor:
        cursor.execute(statement, params)
