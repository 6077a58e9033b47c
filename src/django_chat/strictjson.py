"""Reading JSON from strangers: what no database or client can hold is refused here."""

from __future__ import annotations

import json
from typing import Any, NoReturn

from django_chat.exceptions import ChatError
from django_chat.text import is_storable

__all__ = ["MAX_DEPTH", "MAX_INT", "is_too_deep", "read_object"]

MAX_DEPTH = 20
MAX_INT = 2**53


def read_object(text: str | bytes) -> dict[str, Any]:
    """Return the JSON object in `text`; raise `invalid_payload` for anything else.

    Refused: what is not an object, NaN and Infinity, integers JavaScript cannot hold,
    NUL and lone surrogates, keys given twice, and nesting deeper than 20.
    """
    try:
        value = _decoder.decode(text if isinstance(text, str) else text.decode())
    except (ValueError, RecursionError) as error:
        # A lone \ud800 cannot be told apart from bad syntax by its exception.
        raise ChatError("invalid_payload", message="Not a JSON object") from error
    if not isinstance(value, dict):
        raise ChatError("invalid_payload", message="Not a JSON object")
    for key, item in value.items():
        _check(item, key, 2)
    return value


def _check(value: Any, field: str, depth: int) -> None:
    """Raise for a value that passes as JSON and is still unusable."""
    if isinstance(value, str):
        if not is_storable(value):
            raise ChatError("invalid_payload", field=_shown(field))
    elif isinstance(value, int | float):
        if abs(value) >= MAX_INT:
            raise ChatError("invalid_payload", field=_shown(field))
    elif isinstance(value, list | dict):
        if depth > MAX_DEPTH:
            raise ChatError("invalid_payload", field=_shown(field))
        items = value.values() if isinstance(value, dict) else value
        if isinstance(value, dict) and not all(map(is_storable, value)):
            raise ChatError("invalid_payload", field=_shown(field))
        for item in items:
            _check(item, field, depth + 1)


def is_too_deep(value: Any, depth: int = 1) -> bool:
    """Tell whether lists and objects are nested deeper than 20 in `value`.

    Databases have limits of their own, and Python's differs between its versions.
    """
    if not isinstance(value, list | tuple | dict):
        return False
    if depth > MAX_DEPTH:
        return True
    items = value.values() if isinstance(value, dict) else value
    return any(is_too_deep(item, depth + 1) for item in items)


def _shown(field: str) -> str:
    return field if is_storable(field) and len(field) <= 64 else "?"


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("A key is given twice")
    return found


def _constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _int(digits: str) -> int:
    if len(digits) > 17:
        raise ValueError("The integer is too large")
    return int(digits)


_decoder = json.JSONDecoder(
    object_pairs_hook=_pairs, parse_constant=_constant, parse_int=_int
)
