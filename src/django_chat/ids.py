"""Identifiers: time-ordered UUIDs, and reading the ids that clients send."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from uuid_utils.compat import uuid7 as _uuid7

__all__ = ["new_id", "new_id_at", "parse_uuid"]

_BELOW_TIME = (1 << 80) - 1


def new_id() -> UUID:
    """Return a UUIDv7 for now; keys made later sort later, which B-trees like."""
    return _uuid7()


def new_id_at(moment: datetime) -> UUID:
    """Return a UUIDv7 whose time part is `moment`, for rows that tell of the past."""
    # By hand: releases of uuid-utils differ in how they take a time.
    stamp = round(moment.timestamp() * 1000)
    return UUID(int=_uuid7().int & _BELOW_TIME | stamp << 80)


def parse_uuid(value: object) -> UUID | None:
    """Return the UUID that `value` writes in its canonical form, or None.

    Only the 36-character form is read: `UUID()` alone would also take braces, URN
    prefixes and stray hyphens, and one conversation would have many names.
    """
    if isinstance(value, UUID):
        return value
    if not isinstance(value, str) or len(value) != 36:
        return None
    try:
        parsed = UUID(value)
    except ValueError:
        return None
    return parsed if str(parsed) == value.lower() else None
