"""What a sender hands in, and the checks that need no database."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from hashlib import blake2b
from typing import Any
from uuid import UUID

from django.conf import settings

from django_chat.conf import chat_settings
from django_chat.exceptions import ChatError
from django_chat.strictjson import is_too_deep
from django_chat.tenancy.actor import Actor
from django_chat.text import CLIENT_ID, check_client_id, is_storable

__all__ = [
    "CLIENT_ID",
    "EXTRA_MAX_BYTES",
    "Draft",
    "check_content",
    "check_draft",
    "request_hash",
]

EXTRA_MAX_BYTES = 8_192
_sorting = json.JSONEncoder(ensure_ascii=False, sort_keys=True)


@dataclass(slots=True)
class Draft:
    """A message that somebody wants to send.

    `client_id` makes a repeat harmless: the same key with the same content is the same
    message for ever. `marks_read=False` is for bots, which have read nothing.
    `created_at` is for imports; everybody else writes now.
    """

    actor: Actor
    conversation_id: UUID
    content: str
    client_id: str
    reply_to: UUID | None = None
    mentions: list[dict[str, Any]] | None = None
    extra: dict[str, Any] = field(default_factory=dict)
    marks_read: bool = True
    created_at: datetime | None = None


def check_content(content: str) -> None:
    """Raise `empty_message` or `too_long`, or `invalid_payload` for what is not text."""
    limit = chat_settings.MESSAGE_MAX_LENGTH
    if len(content) > limit:
        raise ChatError(
            "too_long",
            message=f"Too long (max {limit} characters)",
            field="content",
            detail={"max": limit},
        )
    if not content.strip():
        raise ChatError("empty_message", field="content")
    if not is_storable(content):
        raise ChatError("invalid_payload", field="content")


def check_draft(draft: Draft) -> None:
    """Raise the error that `draft` would meet whatever the database says."""
    check_content(draft.content)
    check_client_id(draft.client_id)
    if draft.mentions is not None:
        _check_json(draft.mentions, field="mentions")
    if draft.extra:
        encoded = _check_json(draft.extra, field="extra")
        if len(encoded.encode()) > EXTRA_MAX_BYTES:
            raise ChatError("too_long", field="extra", detail={"max": EXTRA_MAX_BYTES})


def _check_json(value: Any, *, field: str) -> str:
    """Return `value` as JSON that every database can keep, or raise."""
    if is_too_deep(value):
        raise ChatError("invalid_payload", field=field)
    try:
        encoded = json.dumps(value, ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise ChatError("invalid_payload", field=field) from error
    # An escaped backslash before "u0000" is text, not a NUL.
    holds_nul = "\\u0000" in encoded.replace("\\\\", "")
    if holds_nul or not is_storable(encoded):
        raise ChatError("invalid_payload", field=field)
    return encoded


@lru_cache(maxsize=2)
def _hash_key(secret: str) -> bytes:
    return blake2b(secret.encode(), digest_size=32, person=b"dj_chat_request").digest()


def request_hash(draft: Draft) -> str:
    """Return a keyed digest of what was asked for, to recognise the same request.

    Keyed, so that a leaked table does not tell whether somebody wrote a guessed text;
    stored, because editing and deleting change the row it could be computed from.
    """
    asked = (
        str(draft.conversation_id),
        draft.content,
        str(draft.reply_to) if draft.reply_to else None,
        draft.mentions,
        draft.extra,
    )
    encoded = _sorting.encode(asked).encode()
    key = _hash_key(settings.SECRET_KEY)
    return blake2b(encoded, key=key, digest_size=16).hexdigest()
