"""What the templates loop over: payloads with what only a page needs to know."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zlib import crc32

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from django_chat.conf import chat_settings
from django_chat.pages.texts import render_text
from django_chat.pages.wording import system_sentence

__all__ = [
    "Day",
    "Face",
    "MessageRow",
    "face",
    "message_days",
    "message_row",
    "moment",
    "short_time",
]

_HUES = 8
_TOGETHER = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Face:
    """A picture, or initials on one of a few colours that stay with the person."""

    initials: str
    hue: int
    url: str | None = None


def face(name: str, key: str, url: str | None = None) -> Face:
    """Return how somebody, or a group, is pictured."""
    words = [word for word in name.split() if word[0].isalnum()] or ["?"]
    ends = words[:1] if len(words) == 1 else [words[0], words[-1]]
    initials = "".join(word[0] for word in ends).upper()
    return Face(initials, crc32(key.encode()) % _HUES, url)


def moment(stamp: str) -> datetime:
    """Return a time of the wire in the reader's zone."""
    return timezone.localtime(datetime.fromisoformat(stamp))


def short_time(when: datetime) -> str:
    """Return a time as lists show it: the shortest text that tells it."""
    age = (timezone.localdate() - when.date()).days
    if age == 0:
        return date_format(when, "TIME_FORMAT")
    if age == 1:
        return _("Yesterday")
    if 1 < age < 7:
        return date_format(when, "D")
    return date_format(when, "SHORT_DATE_FORMAT")


@dataclass(slots=True)
class MessageRow:
    """A message, and its place among its neighbours.

    `kind` is text, system, deleted, or blocked (by the reader). `is_new` is the first
    one that the reader has not read; `is_first` and `is_last` bound a run by one person.
    """

    message: Mapping[str, Any]
    kind: str
    when: datetime
    body: SafeString | str
    face: Face | None
    is_new: bool = False
    is_first: bool = True
    is_last: bool = True

    @property
    def is_own(self) -> bool:
        """Whether the reader wrote it."""
        return bool(self.message["is_own_message"])

    @property
    def is_editable(self) -> bool:
        """Whether the reader wrote it so recently that he may change it."""
        window = timedelta(seconds=chat_settings.EDIT_WINDOW_SECONDS)
        is_own_text = self.is_own and self.kind == "text"
        return is_own_text and datetime.now(UTC) - self.when < window

    def continues(self, other: MessageRow) -> bool:
        """Does this follow `other` so closely that one name stands for both?"""
        return (
            self.kind != "system"
            and other.kind != "system"
            and self.message["sender_id"] == other.message["sender_id"]
            and self.when - other.when < _TOGETHER
        )


@dataclass(slots=True)
class Day:
    """The messages of one day, under its name."""

    date: date
    rows: list[MessageRow]

    @property
    def name(self) -> str:
        """Return the day as a heading: today, yesterday, a weekday, or the date."""
        age = (timezone.localdate() - self.date).days
        if age == 0:
            return _("Today")
        if age == 1:
            return _("Yesterday")
        return date_format(self.date, "l" if 1 < age < 7 else "DATE_FORMAT")


def message_days(
    payloads: Sequence[Mapping[str, Any]],
    *,
    names: Mapping[str, str],
    reader_id: str,
    unread_after: int | None = None,
) -> list[Day]:
    """Return the messages of a page, without what the reader has deleted for himself.

    `unread_after` is the `seq` that the reader had read up to; None when all is read.
    """
    days: list[Day] = []
    for payload in payloads:
        if payload.get("hidden") == "me":
            continue
        row = message_row(payload, names=names, reader_id=reader_id)
        if not days or days[-1].date != row.when.date():
            days.append(Day(row.when.date(), []))
        rows = days[-1].rows
        if (
            unread_after is not None
            and payload["seq"] > unread_after
            and not row.is_own
        ):
            row.is_new = True
            unread_after = None
        if rows and not row.is_new and row.continues(rows[-1]):
            row.is_first = rows[-1].is_last = False
        rows.append(row)
    return days


def message_row(
    payload: Mapping[str, Any], *, names: Mapping[str, str], reader_id: str
) -> MessageRow:
    """Return one message as a row of its own."""
    kind, body = "text", SafeString("")
    if payload["kind"] == "system":
        kind, sentence = "system", payload["system"] or {}
        return MessageRow(
            payload,
            kind,
            moment(payload["timestamp"]),
            system_sentence(sentence, names, reader_id),
            None,
        )
    if payload.get("hidden") == "blocked":
        kind = "blocked"
    elif payload["deleted_at"] is not None:
        kind = "deleted"
    else:
        body = render_text(payload["content"], payload["mentions"], reader_id)
    return MessageRow(
        payload,
        kind,
        moment(payload["timestamp"]),
        body,
        face(payload["sender"], payload["sender_id"] or ""),
    )
