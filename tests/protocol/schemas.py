"""Checks frames against the shipped schemas, and for fields that these do not name."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from django_chat.protocol import load_schema, schema_names

__all__ = ["check_client_frame", "check_object", "check_server_frame"]

Frame = dict[str, Any]
FORMATS = FormatChecker()


@FORMATS.checks("date-time", raises=ValueError)
def _is_wire_time(value: object) -> bool:
    """Tell whether this is a time as the server writes it: in UTC, by a `Z`."""
    return not isinstance(value, str) or (
        value.endswith("Z") and datetime.fromisoformat(value).tzinfo is not None
    )


def _closed(schema: Any) -> Any:
    """Return the schema without room for fields that nobody has described."""
    if isinstance(schema, list):
        return [_closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {key: _closed(value) for key, value in schema.items()}
    if isinstance(schema.get("properties"), dict):
        closed.setdefault("additionalProperties", False)
    return closed


@cache
def _registry() -> Any:
    resources = [
        (
            f"{each}.schema.json",
            Resource.from_contents(_closed(load_schema(each)), DRAFT202012),
        )
        for each in schema_names()
    ]
    registry: Any = Registry()
    return registry.with_resources(resources)


@cache
def _validator(reference: str) -> Any:
    schema = {"$ref": reference}
    return Draft202012Validator(schema, registry=_registry(), format_checker=FORMATS)


def check_server_frame(frame: Frame) -> None:
    """Raise for a frame that the server should not have sent."""
    _validator(f"server.{frame['type']}.schema.json").validate(frame)


def check_client_frame(frame: Frame) -> None:
    """Raise for a frame that a client should not send."""
    _validator(f"client.{frame['type']}.schema.json").validate(frame)


def check_object(name: str, value: Any) -> None:
    """Raise for an object that is not of this name in `objects.schema.json`."""
    _validator(f"objects.schema.json#/$defs/{name}").validate(value)
