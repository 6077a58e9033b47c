"""Finding who a text addresses: `@username` and `@all`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib.auth import get_user_model
from django.db.models import Q
from django.db.models.functions import Lower

from django_chat.exceptions import ChatError
from django_chat.messages.models import Mention
from django_chat.people.keys import user_keys
from django_chat.timeline.models import Message, Participant
from django_chat.timeline.transactions import database

__all__ = [
    "Directory",
    "candidates",
    "find_mentions",
    "members_named",
    "mention_rows",
    "validate_mentions",
]

# A word begins here: "mail@example.org" addresses nobody.
_AT = re.compile(r"(?<![\w@])@(?=\S)")
_MAX_CANDIDATES = 50
_MAX_NAME = 150
_ALL = ("all", "everyone", "here", "channel")
Range = dict[str, Any]
Directory = dict[str, str]


def candidates(content: str) -> set[str]:
    """Return every text after an @ that might be somebody's username.

    As written and in lower case: some databases fold the case of ASCII only.
    """
    if "@" not in content:
        return set()
    names = {name for _, names in _occurrences(content) for name in names}
    return names | {name.lower() for name in names}


def _occurrences(content: str) -> Iterable[tuple[int, list[str]]]:
    for count, match in enumerate(_AT.finditer(content)):
        if count == _MAX_CANDIDATES:
            return
        tail = content[match.end() : match.end() + _MAX_NAME].split(maxsplit=1)[0]
        yield match.start(), _names(tail)


def _names(tail: str) -> list[str]:
    """Return what may be the name at the beginning of `tail`, the longest first.

    Usernames may hold dots and hyphens, and sentences end in them: each shorter text
    that ends before a punctuation mark is a candidate too.
    """
    names = [tail]
    for end in range(len(tail) - 1, 0, -1):
        # Names seldom end in a sign; a run of them must not use up the candidates.
        if not _is_word(tail[end]) and (len(names) < 4 or _is_word(tail[end - 1])):
            names.append(tail[:end])
    return names[:12]


def _is_word(character: str) -> bool:
    return character.isalnum() or character == "_"


def members_named(wanted: dict[UUID, set[str]]) -> dict[UUID, Directory]:
    """Return, per conversation, username -> user id of the members named.

    Names are there as written and in lower case. One query for a whole batch, whatever
    the size of the groups.
    """
    asked = {key: names for key, names in wanted.items() if names}
    if not asked:
        return {}
    username = f"user__{get_user_model().USERNAME_FIELD}"
    condition = Q()
    for conversation_id, names in asked.items():
        condition |= Q(conversation=conversation_id, _name__in=names)
    rows = (
        Participant.objects.active()
        .annotate(_name=Lower(username))
        .filter(condition)
        .order_by("pk")
        .values_list("conversation_id", username, "user_id")
    )
    found: dict[UUID, Directory] = {}
    for conversation_id, name, user_id in rows:
        members = found.setdefault(conversation_id, {})
        members.setdefault(name.lower(), str(user_id))
        members[name] = str(user_id)
    return found


def find_mentions(content: str, members: Directory, *, may_all: bool) -> list[Range]:
    """Return the ranges of `content` that address members; unknown names are text."""
    ranges: list[Range] = []
    for offset, names in _occurrences(content):
        for name in names:
            user_id = members.get(name) or members.get(name.lower())
            if user_id is not None:
                ranges.append(_range("user", user_id, offset, len(name) + 1))
                break
            if may_all and name.lower() in _ALL:
                ranges.append(_range("all", None, offset, len(name) + 1))
                break
    return ranges


def _range(kind: str, user_id: str | None, offset: int, length: int) -> Range:
    return {"kind": kind, "user_id": user_id, "offset": offset, "length": length}


@dataclass(slots=True)
class _Given:
    kind: str
    user_id: str | None
    offset: int
    length: int


def validate_mentions(
    given: list[Any], content: str, conversation_id: UUID, *, may_all: bool
) -> list[Range]:
    """Return the client's own ranges, checked; raise `invalid_mention`.

    `@all` without the right to it stays plain text and is left out.
    """
    mentions = [_read(item) for item in given]
    members = _member_ids(
        conversation_id, {m.user_id for m in mentions if m.kind == "user"}
    )
    ranges: list[Range] = []
    for mention in mentions:
        inside = mention.offset >= 0 and mention.offset + mention.length <= len(content)
        known = mention.kind == "all" or mention.user_id in members
        if not inside or mention.length < 1 or not known:
            raise ChatError("invalid_mention", field="mentions")
        if mention.kind == "user" or may_all:
            user_id = mention.user_id if mention.kind == "user" else None
            ranges.append(_range(mention.kind, user_id, mention.offset, mention.length))
    return ranges


def _read(item: Any) -> _Given:
    if isinstance(item, dict):
        kind, user_id = item.get("kind", "user"), item.get("user_id")
        offset, length = item.get("offset"), item.get("length")
        if (
            kind in ("user", "all")
            and (kind == "all" or isinstance(user_id, str))
            and type(offset) is int
            and type(length) is int
        ):
            return _Given(kind, user_id, offset, length)
    raise ChatError("invalid_mention", field="mentions")


def _member_ids(conversation_id: UUID, asked: set[str | None]) -> set[str]:
    """Return which of the user ids in `asked` are members now."""
    keys = user_keys(asked)
    if not keys:
        return set()
    rows = (
        Participant.objects.using(database())
        .active()
        .filter(conversation=conversation_id, user__in=keys)
        .values_list("user_id", flat=True)
    )
    return {str(pk) for pk in rows}


def mention_rows(message: Message) -> list[Mention]:
    """Return one row per person addressed, however often the text names him."""
    user_key = Mention._meta.get_field("user").target_field
    addressed = {m["user_id"] for m in message.mentions}
    return [
        Mention(
            conversation_id=message.conversation_id,
            message=message,
            user_id=None if user_id is None else user_key.to_python(user_id),
            seq=message.seq,
        )
        for user_id in addressed
    ]
