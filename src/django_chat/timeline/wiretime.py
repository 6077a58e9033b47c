"""Times on the wire: RFC 3339, UTC, milliseconds."""

from __future__ import annotations

from datetime import UTC, datetime

from django.utils import timezone

__all__ = ["wire_time"]


def wire_time(moment: datetime) -> str:
    """Return `moment` as `2026-01-31T09:30:00.123Z`; naive times are local."""
    if timezone.is_naive(moment):
        moment = timezone.make_aware(moment)
    if moment.tzinfo is not UTC:
        moment = moment.astimezone(UTC)
    return moment.isoformat(timespec="milliseconds")[:-6] + "Z"
