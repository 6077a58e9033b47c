"""Frames as no good client sends them: good ones with something wrong about them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from random import Random
from typing import Any
from uuid import UUID

__all__ = ["mutated"]

Frame = dict[str, Any]


class Raw(str):
    """Text that stands in JSON as it is, whether it is JSON or not."""


VALUES: Sequence[Any] = (
    *(None, True, False, 0, 1, -1, 1.5, -0.0, 2**31, 2**53 - 1, 2**53, 2**63, -(2**63)),
    *("", " ", "x", "0", "true", "null", "x" * 64, "x" * 65, "x" * 256, "x" * 10_001),
    *("\x00", "a\x00b", "\ud800", "\udfff", "\u202e", "\ufeff", "🎉", "é" * 300, "\n"),
    *("' OR 1=1 --", "../../etc/passwd", "{{7*7}}", "%s%n", "__class__", "$ne", "@all"),
    *([], {}, [None], [[]], [{}], ["x"] * 2000, {"a": {"b": {"c": []}}}, {"": ""}),
    *({"id": []}, [{"id": {}}], {"$gt": ""}, [{"user_id": []}], [{"offset": 1e308}]),
    *(UUID(int=0), UUID(int=2**128 - 1), "{00000000-0000-0000-0000-000000000000}"),
    *map(Raw, ("NaN", "-Infinity", "1e999", "1" * 5000, "-" + "9" * 400, "0.1e-9999")),
    *map(Raw, ("[" * 50 + "]" * 50, "[" * 100_000, '{"a":' * 30 + "1" + "}" * 30)),
    *map(
        Raw, ('{"a":1,"a":2}', '"\\ud83d"', '"\\u0000"', "'x'", "undefined", "01", "")
    ),
)
NAMES = (
    "type",
    "ref",
    "client_id",
    "conversation_id",
    "content",
    "x",
    "",
    "\x00",
    "🎉",
)


def mutated(chance: Random, good: Frame, others: Sequence[Any]) -> str | bytes:
    """Return a frame with one to three things wrong; `others` are values out of place."""
    frame = json.loads(json.dumps(good))
    for _ in range(chance.choice((1, 1, 1, 1, 2, 3))):
        _break_field(chance, frame, others)
    text = _encode(frame)
    if chance.random() < 0.1:
        return _break_text(chance, text)
    return text


def _break_field(chance: Random, frame: Frame, others: Sequence[Any]) -> None:
    name = chance.choice(tuple(frame) or NAMES)
    match chance.randrange(10):
        case 0:
            frame.pop(name, None)
        case 1:
            frame[chance.choice(NAMES)] = chance.choice(VALUES)
        case 2 | 8 if name != "type":
            frame[name] = chance.choice(others)
        case 3:
            inner = frame.get(name)
            frame[name] = [inner] * chance.choice((1, 3, 500)) if inner else inner
        case 9:
            frame[chance.choice(("x", "extra", "mentions", "reply_to"))] = (
                chance.choice(others)
            )
        case 4 if isinstance(frame.get(name), dict) and frame[name]:
            _break_field(chance, frame[name], others)
        case 4 if isinstance(frame.get(name), list) and frame[name]:
            frame[name][0] = chance.choice(VALUES)
        case _:
            if name != "type" or chance.random() < 0.3:
                frame[name] = chance.choice(VALUES)


def _break_text(chance: Random, text: str) -> str | bytes:
    place = chance.randrange(len(text) + 1)
    match chance.randrange(9):
        case 0:
            return text[:place]
        case 1:
            return (
                text[:place]
                + chance.choice("\x00\\\"'{}[],:\x1f\ufeff🎉")
                + text[place:]
            )
        case 2:
            return f"[{text}]"
        case 3:
            return text + text
        case 4:
            return text.encode(errors="replace")
        case 5:
            return "\ufeff" + text
        case 6:
            return f" \n\t{text}\r\n"
        case 7:
            return text.replace('"', "'")
        case _:
            return text.replace("{", '{"type":"ping",', 1)


def _encode(value: Any) -> str:
    """Encode like `json.dumps`, with what JSON cannot hold where a test put it."""
    if isinstance(value, Raw):
        return str(value)
    if isinstance(value, dict):
        pairs = (f"{json.dumps(key)}:{_encode(item)}" for key, item in value.items())
        return "{" + ",".join(pairs) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_encode, value)) + "]"
    return json.dumps(str(value) if isinstance(value, UUID) else value)
