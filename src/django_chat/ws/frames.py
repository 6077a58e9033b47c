"""Frames from clients: reading never raises anything but `ChatError`."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from django_chat.exceptions import ChatError
from django_chat.feed.offer import FRAME_MAX
from django_chat.ids import parse_uuid
from django_chat.messages.drafts import CLIENT_ID
from django_chat.strictjson import MAX_INT, read_object
from django_chat.text import is_storable

__all__ = ["ALIASES", "Fields", "given_back", "read_frame", "unread"]

ALIASES = {"message.send": "send_message"}
Frame = dict[str, Any]


def read_frame(text: str | None) -> Frame:
    """Return the object that a client sent, without what is null in it.

    Raises `invalid_payload` for binary and malformed frames, `frame_too_large`.
    """
    if text is None:
        raise ChatError("invalid_payload", message="Binary frames are not accepted")
    if len(text) > FRAME_MAX // 4 and len(text.encode(errors="replace")) > FRAME_MAX:
        raise ChatError("frame_too_large", detail={"max": FRAME_MAX})
    read = read_object(text)
    # Null is the same as absent, whatever the field.
    frame = {name: value for name, value in read.items() if value is not None}
    kind = frame.get("type")
    if not isinstance(kind, str):
        raise ChatError("invalid_payload", field="type")
    frame["type"] = ALIASES.get(kind, kind)
    return frame


def given_back(frame: Frame) -> Frame:
    """Return those fields that an answer repeats: how clients know what it is for."""
    names = ("ref", "client_id", "conversation_id")
    return {name: frame[name] for name in names if _is_short(frame.get(name))}


def _is_short(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= 64 and is_storable(value)


def unread(text: str | None) -> Frame:
    """Return what an answer to a refused frame repeats, as far as it can be read.

    A client whose message holds what cannot be stored must learn which one it was, or
    it would send it again for ever.
    """
    try:
        frame = json.loads(text or "")
    except (ValueError, RecursionError):
        return {}
    return given_back(frame) if isinstance(frame, dict) else {}


class Fields:
    """Typed access to a frame; every refusal names the field."""

    __slots__ = ("frame",)

    def __init__(self, frame: Frame) -> None:
        self.frame = frame

    def text(self, name: str, *, default: str | None = None, limit: int = 64) -> str:
        """Return a string of at most `limit` code points."""
        value = self.frame.get(name, default)
        if not isinstance(value, str) or len(value) > limit:
            raise ChatError("invalid_payload", field=name)
        return value

    def content(self) -> str:
        """Return the text of a message; its length is judged by the service."""
        value = self.frame.get("content", "")
        if not isinstance(value, str):
            raise ChatError("invalid_payload", field="content")
        return value

    def maybe_text(self, name: str, *, limit: int = 64) -> str | None:
        """Return a string or None when it is absent."""
        return self.text(name, limit=limit) if name in self.frame else None

    def uuid(self, name: str) -> UUID:
        """Return an id; one that no row can have is simply not there."""
        value = self.frame.get(name)
        if not isinstance(value, str):
            raise ChatError("invalid_payload", field=name)
        parsed = parse_uuid(value)
        if parsed is None:
            raise ChatError("not_found", field=name)
        return parsed

    def maybe_uuid(self, name: str) -> UUID | None:
        """Return an id or None when it is absent."""
        return self.uuid(name) if name in self.frame else None

    def maybe_int(self, name: str) -> int | None:
        """Return a non-negative integer or None when it is absent."""
        return natural(self.frame[name], name) if name in self.frame else None

    def flag(self, name: str) -> bool:
        """Return a boolean."""
        value = self.frame.get(name)
        if not isinstance(value, bool):
            raise ChatError("invalid_payload", field=name)
        return value

    def texts(self, name: str, *, most: int) -> list[str]:
        """Return a list of strings."""
        value = self.frame.get(name)
        if (
            not isinstance(value, list)
            or len(value) > most
            or not all(isinstance(item, str) and len(item) <= 255 for item in value)
        ):
            raise ChatError("invalid_payload", field=name)
        return value

    def client_id(self) -> str | None:
        """Return the client's key for this command, if it gave one."""
        value = self.maybe_text("client_id")
        if value is not None and not CLIENT_ID.fullmatch(value):
            raise ChatError("invalid_payload", field="client_id")
        return value


def natural(value: Any, field: str) -> int:
    """Return `value` when it is a non-negative integer that JavaScript can hold."""
    if type(value) is not int or not 0 <= value < MAX_INT:
        raise ChatError("invalid_payload", field=field)
    return value
