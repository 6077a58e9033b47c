"""What text may hold: the same rule for every database and every door."""

from __future__ import annotations

import re

from django_chat.exceptions import ChatError

__all__ = ["CLIENT_ID", "check_client_id", "check_text", "is_storable"]

CLIENT_ID = re.compile(r"[!-~]{1,64}")
"""A client's key for a command: printable ASCII without spaces."""


def is_storable(text: str) -> bool:
    """Can every database keep this text? NUL and lone surrogates cannot be stored."""
    if "\x00" in text:
        return False
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def check_text(text: str, *, field: str, limit: int) -> None:
    """Raise `too_long` or `invalid_payload` for what a column cannot hold."""
    if len(text) > limit:
        raise ChatError("too_long", field=field, detail={"max": limit})
    if not is_storable(text):
        raise ChatError("invalid_payload", field=field)


def check_client_id(key: str) -> None:
    """Raise `invalid_payload` for what is no key of a client."""
    if not CLIENT_ID.fullmatch(key):
        raise ChatError("invalid_payload", field="client_id")
