"""One line of a chat archive: `{"conversation", "user", "timestamp", "text"}`."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any

from django.conf import settings
from django.utils import timezone

from django_chat.exceptions import ChatError
from django_chat.messages.drafts import check_content
from django_chat.text import check_text
from django_chat.timeline.models import TITLE_MAX

__all__ = ["Record", "RecordReader"]

NAME_MAX = 150
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Record:
    """A line that can be stored; `key` is the same whenever the line is read."""

    line: int
    conversation: str
    user: str
    created_at: datetime
    text: str
    key: str


class RecordReader:
    """Reads lines in order; one per run, since it counts how often a line came."""

    def __init__(self, tenant: str = "") -> None:
        self._tenant = tenant
        self._seen: Counter[bytes] = Counter()

    def read(self, number: int, line: str) -> Record:
        """Return the line as a record; raise `ChatError` with the field at fault."""
        try:
            given = json.loads(line)
        except (ValueError, RecursionError):
            raise ChatError("invalid_payload", message="Not JSON") from None
        if not isinstance(given, dict):
            raise ChatError("invalid_payload", message="Not a JSON object")
        conversation = _name(given, "conversation", TITLE_MAX)
        user = _name(given, "user", NAME_MAX)
        created_at = _moment(given)
        text = _string(given, "text")
        check_content(text)
        key = self._key(conversation, user, created_at.isoformat(), text)
        return Record(number, conversation, user, created_at, text, key)

    def _key(self, *parts: str) -> str:
        """Return a key made of the content, so that a longer file repeats nothing.

        Who said the same twice within a second said it twice: the count tells them
        apart.
        """
        parts = (self._tenant, *parts)
        digest = blake2b(json.dumps(parts).encode(), digest_size=20)
        self._seen[digest.digest()] += 1
        return f"import-{digest.hexdigest()}-{self._seen[digest.digest()]}"


def _string(given: dict[str, Any], field: str) -> str:
    value = given.get(field)
    if not isinstance(value, str):
        raise ChatError("invalid_payload", message="Not a text", field=field)
    return value


def _name(given: dict[str, Any], field: str, limit: int) -> str:
    name = _string(given, field).strip()
    if not name:
        raise ChatError("invalid_payload", message="Empty", field=field)
    check_text(name, field=field, limit=limit)
    return name


def _moment(given: dict[str, Any]) -> datetime:
    """Return the time; one that names no zone is UTC."""
    try:
        moment = datetime.fromisoformat(_string(given, "timestamp"))
        moment = moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ChatError(
            "invalid_payload", message="Not an ISO 8601 time", field="timestamp"
        ) from None
    if moment < _EPOCH:
        # The ids of messages carry their time, counted from here.
        raise ChatError("invalid_payload", message="Before 1970", field="timestamp")
    return moment if settings.USE_TZ else timezone.make_naive(moment)
