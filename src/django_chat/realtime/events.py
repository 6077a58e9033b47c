"""What travels between processes. Events carry data only; hubs decide who hears them.

Layer messages are always of type `chat.event`: a type that an older process does not
know would end its consumers during a rolling deploy.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, Literal

__all__ = [
    "LAYER_TYPE",
    "ControlEvent",
    "ConversationEvent",
    "Event",
    "PresenceEvent",
    "UserEvent",
    "encode",
    "from_wire",
]

LAYER_TYPE = "chat.event"
Frame = dict[str, Any]

_encoder = json.JSONEncoder(
    ensure_ascii=False, separators=(",", ":"), allow_nan=False, check_circular=False
)


def encode(frame: Frame) -> str:
    """Return `frame` as the text of a socket frame; raise TypeError for non-JSON."""
    return _encoder.encode(frame)


@dataclass(slots=True)
class ConversationEvent:
    """A frame for everybody who hears a conversation.

    `rev` is None for ephemeral frames (typing, read). `meta_rev` lets a hub notice that
    its list of members is old before it delivers. `seq` and `author_id` decide which
    variant a reader gets; `quoted_id` is the author of the message replied to.
    """

    tenant: str
    conversation_id: str
    frame: Frame
    meta_rev: int
    rev: int | None = None
    seq: int | None = None
    author_id: str | None = None
    client_id: str | None = None
    quoted_id: str | None = None
    text: str = field(default="")
    # When it was published, in seconds of the epoch; what is read again never was.
    published_at: float = field(default=0.0, compare=False)

    def __post_init__(self) -> None:
        # Encoding here finds a value that is not JSON at the call that made it, and
        # gives the one text that most readers receive.
        self.text = self.text or encode(self.frame)

    def to_wire(self) -> dict[str, Any]:
        return {
            "k": "c",
            "t": self.tenant,
            "c": self.conversation_id,
            "x": self.text,
            "m": self.meta_rev,
            "r": self.rev,
            "s": self.seq,
            "a": self.author_id,
            "i": self.client_id,
            "q": self.quoted_id,
            "p": self.published_at,
        }


@dataclass(slots=True)
class UserEvent:
    """A frame for all connections of one user."""

    tenant: str
    user_id: str
    frame: Frame
    text: str = field(default="")

    def __post_init__(self) -> None:
        self.text = self.text or encode(self.frame)

    def to_wire(self) -> dict[str, Any]:
        return {"k": "u", "t": self.tenant, "u": self.user_id, "x": self.text}


@dataclass(slots=True)
class ControlEvent:
    """Tells hubs something about a user; no client sees it.

    `recheck`: validate his sessions now. `logout`: close the sockets of the session
    whose hash is `data`. `blocks`: read his blocks again. `join`: he hears the
    conversation whose id is `data` from now on.
    """

    tenant: str
    user_id: str
    action: Literal["recheck", "logout", "blocks", "join"]
    data: str = ""

    def to_wire(self) -> dict[str, Any]:
        return {
            "k": "x",
            "t": self.tenant,
            "u": self.user_id,
            "d": self.action,
            "v": self.data,
        }


@dataclass(slots=True)
class PresenceEvent:
    """A user's status may have changed; hubs with people who watch him look."""

    tenant: str
    user_id: str

    def to_wire(self) -> dict[str, Any]:
        return {"k": "p", "t": self.tenant, "u": self.user_id}


Event = ConversationEvent | UserEvent | ControlEvent | PresenceEvent


def from_wire(data: dict[str, Any]) -> Event | None:
    """Return the event in a layer message; None for a kind this version lacks."""
    match data.get("k"):
        case "c":
            return ConversationEvent(
                tenant=data["t"],
                conversation_id=data["c"],
                frame=json.loads(data["x"]),
                meta_rev=data["m"],
                rev=data["r"],
                seq=data["s"],
                author_id=data["a"],
                client_id=data["i"],
                quoted_id=data["q"],
                text=data["x"],
                published_at=data.get("p", 0.0),
            )
        case "u":
            return UserEvent(data["t"], data["u"], json.loads(data["x"]), data["x"])
        case "x":
            return ControlEvent(data["t"], data["u"], data["d"], data["v"])
        case "p":
            return PresenceEvent(data["t"], data["u"])
    return None
