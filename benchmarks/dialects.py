"""What clients of each peer send, and what the frames they get mean."""

from __future__ import annotations

import json
from enum import Enum
from typing import Protocol
from uuid import uuid4

__all__ = ["ChatDialect", "Dialect", "Meaning", "NaiveDialect", "SocketioDialect"]

_FILLER = (
    "and the quick brown fox jumps over the lazy dog and runs on until night falls"
)


class Meaning(Enum):
    """What a frame tells the one who measures."""

    READY = "ready"
    ACKNOWLEDGED = "acknowledged"
    DELIVERED = "delivered"
    QUESTION = "question"
    REFUSED = "refused"
    OTHER = "other"


class Dialect(Protocol):
    """How clients speak to one server."""

    subprotocol: str | None
    ready_at_open: bool

    def path(self, conversation_id: str) -> str:
        """Return the path of the socket for a conversation."""

    def message(self, number: int) -> str:
        """Return the frame that sends the message with this number."""

    def read(self, frame: bytes, *, is_sender: bool) -> tuple[Meaning, int]:
        """Return what a frame means, and the number of the message it is about."""

    def answer(self, frame: bytes) -> str:
        """Return what the server wants to hear after a frame that is a question."""


def _content(number: int) -> str:
    """Return a text of about 100 bytes that its number can be found in quickly."""
    return f"~{number:08d}~ {_FILLER}"


def _number(frame: bytes) -> int:
    start = frame.find(b"~") + 1
    return int(frame[start : start + 8])


class ChatDialect:
    """A client of protocol version 1 that gives every message a key and answers pings."""

    subprotocol: str | None = "django-chat.v1"
    ready_at_open = False

    def __init__(self) -> None:
        # Keys are remembered for ever; those of another run must not meet these.
        self._run = uuid4().hex[:12]

    def path(self, conversation_id: str) -> str:
        return f"/ws/chat/{conversation_id}/"

    def message(self, number: int) -> str:
        return json.dumps(
            {
                "type": "send_message",
                "client_id": f"{self._run}-~{number:08d}~",
                "content": _content(number),
            }
        )

    def read(self, frame: bytes, *, is_sender: bool) -> tuple[Meaning, int]:
        if frame.startswith(b'{"type":"message"'):
            if is_sender:
                return Meaning.OTHER, 0
            return Meaning.DELIVERED, _number(frame)
        if frame.startswith(b'{"type":"ack"'):
            return Meaning.ACKNOWLEDGED, _number(frame)
        if frame.startswith(b'{"type":"caught_up"'):
            return Meaning.READY, 0
        if frame.startswith(b'{"type":"ping"'):
            return Meaning.QUESTION, 0
        if frame.startswith(b'{"type":"error"'):
            return Meaning.REFUSED, 0
        return Meaning.OTHER, 0

    def answer(self, frame: bytes) -> str:
        return '{"type":"pong"}'


class NaiveDialect:
    """The sender learns that his message is stored by getting it back."""

    subprotocol: str | None = None
    ready_at_open = True

    def path(self, conversation_id: str) -> str:
        return f"/ws/chat/{conversation_id}/"

    def message(self, number: int) -> str:
        return json.dumps({"type": "send_message", "content": _content(number)})

    def read(self, frame: bytes, *, is_sender: bool) -> tuple[Meaning, int]:
        if b"~" not in frame:
            return Meaning.REFUSED, 0
        seen = Meaning.ACKNOWLEDGED if is_sender else Meaning.DELIVERED
        return seen, _number(frame)

    def answer(self, frame: bytes) -> str:
        raise NotImplementedError


class SocketioDialect:
    """A client of socket.io's protocol 5 over engine.io's protocol 4, WebSocket only.

    The first digit of a frame is engine.io's: the server opens (0), pings (2) and is
    answered (3), or there is a packet of socket.io's (4). Its second digit is then
    socket.io's: connect (0), disconnect (1), event (2), acknowledgement (3), error (4).
    """

    subprotocol: str | None = None
    ready_at_open = False

    def path(self, conversation_id: str) -> str:
        return f"/socket.io/?EIO=4&transport=websocket&room={conversation_id}"

    def message(self, number: int) -> str:
        # An acknowledgement repeats the digits between its kind and its content.
        return f"42{number}{json.dumps(['send', {'content': _content(number)}])}"

    def read(self, frame: bytes, *, is_sender: bool) -> tuple[Meaning, int]:
        if frame.startswith(b"42"):
            return Meaning.DELIVERED, _number(frame)
        if frame.startswith(b"43"):
            return Meaning.ACKNOWLEDGED, int(frame[2 : frame.index(b"[")])
        if frame.startswith((b"0", b"2")):
            return Meaning.QUESTION, 0
        if frame.startswith(b"40"):
            return Meaning.READY, 0
        if frame.startswith((b"1", b"41", b"44")):
            return Meaning.REFUSED, 0
        return Meaning.OTHER, 0

    def answer(self, frame: bytes) -> str:
        return "40" if frame.startswith(b"0") else "3"
