"""A client's memory, as the protocol asks it to be: the smallest that is correct.

It keeps messages by id, its own unsent ones by key, and one number: up to which change
it has everything. What comes early waits; what comes twice or late changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

__all__ = ["ClientModel", "Row"]

DURABLE = ("message", "message_updated", "conversation_updated", "skip")
Frame = dict[str, Any]


@dataclass(eq=False)
class Row:
    """One line on the screen; it keeps its identity from writing to confirmation."""

    content: str
    client_id: str | None = None
    id: str | None = None
    seq: int | None = None
    rev: int = 0
    deleted: bool = False
    reactions: dict[str, int] = field(default_factory=dict)


class ClientModel:
    """What one person's client knows of one conversation."""

    def __init__(self) -> None:
        self.cursor = 0
        self.rows: dict[str, Row] = {}
        self.outbox: dict[str, Row] = {}
        self.title: str | None = None
        self._early: dict[int, Frame] = {}
        self._in_bracket = False

    def write(self, client_id: str, content: str) -> None:
        """Show a message that is not sent yet."""
        self.outbox[client_id] = Row(content, client_id)

    @property
    def next_unsent(self) -> Row | None:
        """The one message that may be on its way; the others wait for its answer."""
        return next(iter(self.outbox.values()), None)

    @property
    def has_gap(self) -> bool:
        """Whether something came early, so that something before it is missing."""
        return bool(self._early)

    def hear(self, frame: Frame) -> None:
        """Take a frame as it comes from a socket."""
        kind = frame["type"]
        if kind == "ack":
            self._confirm(frame)
        elif kind == "subscribed":
            self._in_bracket = True
        elif kind == "caught_up":
            self._in_bracket = False
            self._advance(frame["rev"])
        elif kind in DURABLE:
            self._take(frame)

    def _take(self, frame: Frame) -> None:
        if self._in_bracket:
            self._apply(frame)
        elif frame["rev"] > self.cursor:
            self._early[frame["rev"]] = frame
            self._drain()

    def _drain(self) -> None:
        while (frame := self._early.pop(self.cursor + 1, None)) is not None:
            self._apply(frame)
            self.cursor += 1

    def _advance(self, rev: int) -> None:
        self.cursor = max(self.cursor, rev)
        self._early = {r: f for r, f in self._early.items() if r > self.cursor}
        self._drain()

    def load_changes(self, body: Frame) -> bool:
        """Apply a page of the change feed; return whether there is another.

        What came early waits for the last page: a page may pass over a change because
        a later one, further down the feed, says it again.
        """
        for frame in body["events"]:
            self._apply(frame)
        self.cursor = max(self.cursor, body["next_after"])
        if not body["has_more"]:
            self._advance(self.cursor)
        return bool(body["has_more"])

    def load_history(self, rows: Iterable[Frame]) -> None:
        """Apply a page of history, which may have been asked for long ago."""
        for row in rows:
            self._upsert(row)

    def disconnect(self) -> None:
        """Forget what only made sense on the old connection."""
        self._early.clear()
        self._in_bracket = False

    def _confirm(self, ack: Frame) -> None:
        row = self.outbox.pop(ack["client_id"], None)
        if row is None or ack["id"] in self.rows:
            return
        # Not the whole message: the frame that follows must still be applied.
        row.id, row.seq, row.rev = ack["id"], ack["seq"], 0
        self.rows[ack["id"]] = row

    def _apply(self, frame: Frame) -> None:
        if frame["type"] in ("message", "message_updated"):
            self._upsert(frame)
        elif frame["type"] == "conversation_updated":
            self.title = frame["changes"].get("title", self.title)

    def _upsert(self, message: Frame) -> None:
        known = self.rows.get(message["id"])
        if known is not None and known.rev >= message["rev"]:
            return
        if known is None:
            known = self.outbox.pop(message["client_id"] or "", None) or Row("")
            self.rows[message["id"]] = known
        known.id, known.seq = message["id"], message["seq"]
        known.rev, known.content = message["rev"], message["content"]
        known.deleted = message["deleted_at"] is not None
        known.reactions = {one["emoji"]: one["count"] for one in message["reactions"]}

    @property
    def screen(self) -> list[Row]:
        """Everything that is shown: what is confirmed by number, then what is not."""
        confirmed = sorted(self.rows.values(), key=lambda row: row.seq or 0)
        return [*confirmed, *self.outbox.values()]

    def check_screen(self) -> None:
        """Check that nothing is shown twice."""
        shown = self.screen
        assert len({id(row) for row in shown}) == len(shown)
        numbers = [row.seq for row in shown if row.seq is not None]
        assert len(set(numbers)) == len(numbers), f"two rows with one number: {numbers}"
        keys = [row.client_id for row in shown if row.client_id is not None]
        assert len(set(keys)) == len(keys), f"a message and its draft: {keys}"

    @property
    def history(self) -> list[tuple[Any, ...]]:
        """What is known of the messages, for comparison with the server's."""
        return [
            (row.id, row.seq, row.rev, row.content, row.deleted, row.reactions)
            for row in self.screen
        ]
