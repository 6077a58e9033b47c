"""Serializer fields that take a value as it is or refuse it: nothing is converted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from rest_framework import serializers

from django_chat.ids import parse_uuid
from django_chat.messages.drafts import CLIENT_ID
from django_chat.strictjson import MAX_INT

__all__ = [
    "OPTIONAL",
    "Address",
    "ClientId",
    "Digits",
    "Flag",
    "Id",
    "Moment",
    "OneOf",
    "Switch",
    "Text",
    "Whole",
]

OPTIONAL: dict[str, Any] = {"required": False, "allow_null": True}
"""Absent and null mean the same."""


class Text(serializers.CharField):
    """A string, kept as it was sent; a number is not one."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("allow_blank", True)
        super().__init__(trim_whitespace=False, **kwargs)

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return data


class Address(Text):
    """A user's id, or `@username`."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(allow_blank=False, max_length=255, **kwargs)


class ClientId(Text):
    """A client's key for a command: 1 to 64 printable ASCII characters, no spaces."""

    def to_internal_value(self, data: Any) -> str:
        text = super().to_internal_value(data)
        if not CLIENT_ID.fullmatch(text):
            self.fail("invalid")
        return text

    def run_validation(self, data: Any = serializers.empty) -> Any:
        if data == "":
            self.fail("invalid")
        return super().run_validation(data)


class OneOf(Text):
    """One of a few words."""

    def __init__(self, *words: str, **kwargs: Any) -> None:
        self.words: Sequence[str] = words
        super().__init__(allow_blank=False, **kwargs)

    def to_internal_value(self, data: Any) -> str:
        text = super().to_internal_value(data)
        if text not in self.words:
            self.fail("invalid")
        return text


class Whole(serializers.IntegerField):
    """An integer from 0 on that JavaScript can hold; neither `true` nor `"1"` is one."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("min_value", 0)
        super().__init__(max_value=MAX_INT - 1, **kwargs)

    def to_internal_value(self, data: Any) -> int:
        if type(data) is not int:
            self.fail("invalid")
        return data


class Flag(serializers.BooleanField):
    """`true` or `false`."""

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class Id(serializers.UUIDField):
    """A UUID in its canonical form."""

    def to_internal_value(self, data: Any) -> UUID:
        parsed = parse_uuid(data) if isinstance(data, str) else None
        if parsed is None:
            self.fail("invalid", value=data)
        return parsed


class Moment(serializers.DateTimeField):
    """A time with its offset from UTC, as RFC 3339 writes it."""

    def to_internal_value(self, value: Any) -> datetime:
        try:
            moment = parse_datetime(value) if isinstance(value, str) else None
            if moment is None or timezone.is_naive(moment):
                self.fail("invalid", format="RFC 3339 with offset")
            moment = moment.astimezone(UTC)
            return moment if settings.USE_TZ else timezone.make_naive(moment)
        except (ValueError, OverflowError):
            self.fail("invalid", format="RFC 3339 with offset")


class Digits(Whole):
    """A `Whole` in a query string."""

    def to_internal_value(self, data: Any) -> int:
        text = str(data)
        if not (text.isascii() and text.isdigit() and len(text) <= 16):
            self.fail("invalid")
        return int(text)


class Switch(Flag):
    """A `Flag` in a query string."""

    def to_internal_value(self, data: Any) -> bool:
        if data not in ("1", "true", "0", "false"):
            self.fail("invalid", input=data)
        return data in ("1", "true")
