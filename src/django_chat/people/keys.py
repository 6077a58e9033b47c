"""Reading the user ids that clients send: always text, whatever the host's key type."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.db import models

from django_chat.text import is_storable

__all__ = ["user_key", "user_keys"]


def user_key(value: object) -> Any | None:
    """Return `value` as the host's key type, or None when it cannot be a key."""
    if not isinstance(value, str) or not is_storable(value):
        return None
    field: Any = get_user_model()._meta.pk
    try:
        key = field.to_python(value)
    except (ValidationError, ValueError, TypeError):
        return None
    # "07" and " 7" must not be further names of user 7.
    return key if str(key) == value and _fits(field, key) else None


def user_keys(values: Iterable[object]) -> list[Any]:
    """Return those of `values` that can be keys."""
    keys = (user_key(value) for value in values)
    return [key for key in keys if key is not None]


def _fits(field: models.Field[Any, Any], key: Any) -> bool:
    # An integer past the column's range is an error of the database, not a stranger.
    return (
        not isinstance(key, int)
        or abs(key) < 2**31
        or ("Big" in field.get_internal_type() and abs(key) < 2**63)
    )
