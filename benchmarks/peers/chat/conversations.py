"""Opening conversations for a run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django_chat import api

__all__ = ["open_conversation"]


def open_conversation(members: Sequence[Any]) -> str:
    """Return the id of a new conversation of these users."""
    first, *others = members
    if len(others) == 1:
        return str(api.open_direct(first, others[0]).pk)
    return str(api.create_group(first, "Everybody", others).pk)
