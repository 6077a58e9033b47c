"""Writing many rows at once, for the way of a message.

`bulk_create` and `bulk_update` do the same, but spend more on each cell than the rest
of the way together. On PostgreSQL the rows travel as one JSON parameter, which the
database reads by the types of its columns.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from django.db import connections, models

from django_chat.timeline.transactions import database

__all__ = ["insert_rows", "update_rows"]


def insert_rows(rows: Sequence[models.Model]) -> None:
    """Insert new rows of one model, whose keys are set, in one statement."""
    using = database()
    model = type(rows[0])
    if connections[using].vendor != "postgresql":
        model._base_manager.using(using).bulk_create(rows)
        return
    fields: Sequence[Any] = model._meta.concrete_fields
    table = _quoted(model._meta.db_table)
    columns = ", ".join(_quoted(field.column) for field in fields)
    _execute(
        f"INSERT INTO {table} ({columns}) "  # noqa: S608
        f"SELECT {columns} FROM json_populate_recordset(NULL::{table}, %s)",
        [_as_json(rows, fields)],
    )
    for row in rows:
        row._state.adding, row._state.db = False, using


def update_rows(rows: Sequence[models.Model], names: Sequence[str]) -> None:
    """Write the fields `names` of rows of one model in one statement."""
    if not rows:
        return
    meta = type(rows[0])._meta
    fields = [meta.pk, *map(meta.get_field, names)]
    if connections[database()].vendor == "postgresql":
        _update_from_json(rows, fields)
    else:
        _update_by_cases(rows, fields)


def _update_from_json(rows: Sequence[models.Model], fields: Sequence[Any]) -> None:
    table = _quoted(fields[0].model._meta.db_table)
    key, *columns = [_quoted(field.column) for field in fields]
    sets = ", ".join(f"{column} = new.{column}" for column in columns)
    _execute(
        f"UPDATE {table} SET {sets} "  # noqa: S608
        f"FROM json_populate_recordset(NULL::{table}, %s) AS new "
        f"WHERE {table}.{key} = new.{key}",
        [_as_json(rows, fields)],
    )


def _update_by_cases(rows: Sequence[models.Model], fields: Sequence[Any]) -> None:
    connection = connections[database()]
    key, *columns = [_quoted(field.column) for field in fields]
    keys, *cells = [
        [
            field.get_db_prep_save(getattr(row, field.attname), connection)
            for row in rows
        ]
        for field in fields
    ]
    sets = [
        f"{column} = CASE {key} {'WHEN %s THEN %s ' * len(rows)}ELSE {column} END"
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
