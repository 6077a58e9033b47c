"""Reading and renewing the epoch."""

from __future__ import annotations

from django_chat.feed.models import Epoch
from django_chat.ids import new_id

__all__ = ["current_epoch", "renew_epoch"]


def current_epoch() -> str:
    """Return the epoch of this database; made at the first question."""
    row, _ = Epoch.objects.get_or_create(pk=1)
    return str(row.value)


def renew_epoch() -> str:
    """Make every client drop what it remembers and load anew; return the new epoch."""
    row, _ = Epoch.objects.update_or_create(pk=1, defaults={"value": new_id()})
    return str(row.value)
