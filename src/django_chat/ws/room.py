"""One conversation in one process: who hears it here, and in which order.

Changes are delivered in `rev` order without holes. A change that comes early waits a
moment for the missing ones; if they do not come they are read from the database, once
for all sockets. Nothing is delivered on a list of members older than the change.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django_chat import metrics
from django_chat.exceptions import ChatError
from django_chat.feed.changes import GAP, changes_since
from django_chat.feed.heads import Head, Membership, members_of
from django_chat.feed.variants import Rendering
from django_chat.realtime.events import ConversationEvent
from django_chat.timeline.models import Conversation
from django_chat.ws.database import in_database
from django_chat.ws.hints import Hint
from django_chat.ws.listener import Listener, send

if TYPE_CHECKING:
    from django_chat.ws.socket import Socket

__all__ = ["Room", "changes_after"]

logger = logging.getLogger("django_chat.ws")

_REORDER_SECONDS = 0.1
_RETRY_SECONDS = 1.0
_MAX_WAITING = 1_000
_UNKNOWN = -1


@dataclass(eq=False)
class Room:
    """Delivers the events of a conversation to the sockets of this process."""

    tenant: str
    id: str
    on_empty: Callable[[Room], None]
    rev: int = _UNKNOWN
    meta_rev: int = 0
    # The newest message that passed by here.
    seq: int = 0
    listeners: dict[Socket, Listener] = field(default_factory=dict)
    typing: dict[str, float] = field(default_factory=dict)
    _early: dict[int, ConversationEvent] = field(default_factory=dict)
    _backlog: list[ConversationEvent] = field(default_factory=list)
    _wants_members: bool = False
    _wants_rows: bool = False
    _worker: asyncio.Task[None] | None = None
    _timer: asyncio.TimerHandle | None = None
    _head: int = 0

    def add(self, listener: Listener) -> None:
        """Let a socket listen."""
        self.listeners[listener.socket] = listener
        listener.socket.rooms[self.id] = self

    def remove(self, socket: Socket) -> None:
        """Let a socket go; with the last one the room ends."""
        socket.rooms.pop(self.id, None)
        self.listeners.pop(socket, None)
        if not self.listeners:
            self.on_empty(self)

    def receive(self, event: ConversationEvent) -> None:
        """Take an event from the bus or the layer; deliver it now or in its turn."""
        if not self.listeners:
            return
        if self.rev == _UNKNOWN or self._worker is not None:
            self._backlog.append(event)
            if len(self._backlog) > _MAX_WAITING:
                # The database has them all.
                self._backlog.clear()
                self._wants_rows = True
        elif event.meta_rev > self.meta_rev:
            self._backlog.append(event)
            self._read(members=True)
        else:
            self._order(event)

    def start_at(self, head: Head) -> None:
        """Note where the first listener's snapshot stands; later ones change nothing."""
        if self.rev == _UNKNOWN:
            self._jump_to(head.rev)
            self.meta_rev = head.meta_rev
            self._take_backlog()

    def hold(self, listener: Listener) -> None:
        """Keep back from a listener what comes from now on, until its snapshot is told."""
        listener.hold(max(self.rev, 0))

    def _jump_to(self, rev: int) -> None:
        """Go on from there; who waits for a snapshot has not been kept what is skipped."""
        self.rev = rev
        self._early.clear()
        for listener in self.listeners.values():
            listener.held_from = rev

    def doubt(self, meta_rev: int) -> None:
        """Read the members again when a listener was admitted on an older list."""
        if meta_rev < self.meta_rev:
            self._read(members=True)

    def restart(self, head: Head | None) -> None:
        """Count from another head, which may be lower, after the database was restored."""
        if self.rev == _UNKNOWN or head is None or not self.listeners:
            return
        self._jump_to(head.rev)
        self._head = head.rev
        for listener in self.listeners.values():
            listener.rev = 0
        self._read(members=True)

    def check(self, head: Head | None) -> None:
        """Compare with the database; a nudge that was lost is made good."""
        if self.rev == _UNKNOWN or self._worker is not None or not self.listeners:
            return
        if head is None:
            self._empty("closed")
        elif head.meta_rev > self.meta_rev:
            self._read(members=True, rows=head.rev > self.rev)
        elif head.rev > self.rev:
            self._head = head.rev
            self._read_soon()

    def typing_now(self) -> list[str]:
        """Return who types, best effort."""
        now = time.monotonic()
        return [user_id for user_id, until in self.typing.items() if until > now]

    @property
    def waiting_events(self) -> int:
        """How many events wait for an earlier one or for a list of members."""
        return len(self._early) + len(self._backlog)

    def close(self) -> None:
        """Stop: the last socket has left."""
        if self._timer is not None:
            self._timer.cancel()
        if self._worker is not None:
            self._worker.cancel()

    def _order(self, event: ConversationEvent) -> None:
        if event.rev is None:
            self._note_typing(event)
            self._deliver(event)
        elif event.rev == self.rev + 1:
            self._advance(event)
            early = len(self._early)
            while (following := self._early.pop(self.rev + 1, None)) is not None:
                self._advance(following)
            if len(self._early) < early:
                metrics.GAPS_HEALED.labels("waiting").inc()
        elif event.rev > self.rev:
            self._early[event.rev] = event
            self._read_soon()

    def _advance(self, event: ConversationEvent) -> None:
        self.rev += 1
        if event.author_id is not None:
            self.typing.pop(event.author_id, None)
        self._deliver(event)

    def _note_typing(self, event: ConversationEvent) -> None:
        frame = event.frame
        if frame["type"] == "typing":
            if frame["is_typing"]:
                seconds = frame["expires_in_ms"] / 1000
                self.typing[frame["user_id"]] = time.monotonic() + seconds
            else:
                self.typing.pop(frame["user_id"], None)

    def _deliver(self, event: ConversationEvent) -> None:
        """Send one event to everybody here; each variant is encoded once."""
        if event.frame["type"] == "message":
            self.seq = event.seq or self.seq
        rendering = Rendering(event)
        hint = Hint(event)
        sent = 0
        for listener in list(self.listeners.values()):
            if not listener.subscribed:
                text = hint.text_for(listener.reader)
                if text is not None:
                    listener.socket.send_text(text)
                    sent += 1
            elif listener.held is not None:
                listener.held.append(event)
            elif event.rev is None or event.rev > listener.rev:
                sent += send(listener, rendering)
        metrics.DELIVERIES.inc(sent)
        if sent and event.published_at:
            # Another machine's clock may be a little ahead.
            seconds = max(0.0, time.time() - event.published_at)
            metrics.DELIVERY_SECONDS.observe(seconds)

    def _read_soon(self) -> None:
        """Give the missing changes a moment to arrive by themselves."""
        if self._timer is None and self._worker is None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(_REORDER_SECONDS, self._timer_ended)

    def _timer_ended(self) -> None:
        self._timer = None
        if self._early or self._head > self.rev:
            self._read(rows=True)

    def _read(self, *, members: bool = False, rows: bool = False) -> None:
        self._wants_members |= members
        self._wants_rows |= rows
        if self._worker is None:
            self._worker = asyncio.get_running_loop().create_task(self._work())

    async def _work(self) -> None:
        """Read what is missing; events that come meanwhile wait in the backlog."""
        try:
            while self._wants_members or self._wants_rows:
                try:
                    if self._wants_members:
                        self._wants_members = False
                        await self._read_members()
                    if self._wants_rows:
                        self._wants_rows = False
                        await self._read_rows()
                except Exception as error:
                    # What is owed stays owed: nothing is delivered on old lists.
                    if not isinstance(error, ChatError):
                        logger.exception("A conversation was not brought up to date")
                    self._wants_members = self._wants_rows = True
                    await asyncio.sleep(_RETRY_SECONDS)
        finally:
            self._worker = None
        self._take_backlog()

    def _take_backlog(self) -> None:
        backlog, self._backlog = self._backlog, []
        for event in backlog:
            self.receive(event)

    async def _read_members(self) -> None:
        asked = self._people()
        wanted = max((event.meta_rev for event in self._backlog), default=0)
        found = await in_database(members_of, [UUID(self.id)], asked)
        membership = found.get(self.id)
        if membership is None:
            self._empty("closed")
            return
        self._apply(membership, asked)
        if self._people() - asked:
            # Who came meanwhile was admitted on a list that may be older than this.
            self._wants_members = True
        if self.meta_rev < wanted and self.listeners:
            # A replica that lags behind; until it has caught up nothing goes out.
            self._wants_members = True
            await asyncio.sleep(_REORDER_SECONDS)

    def _people(self) -> set[Any]:
        return {listener.socket.person[1] for listener in self.listeners.values()}

    def _apply(self, membership: Membership, asked: set[Any]) -> None:
        """Let go of who is no longer a member, before anything more is delivered."""
        self.meta_rev = max(self.meta_rev, membership.meta_rev)
        for listener in list(self.listeners.values()):
            if listener.socket.person[1] not in asked:
                continue
            visible_from = membership.visible_from.get(listener.reader.user_id)
            if visible_from is None:
                self.expel(listener, "removed")
            else:
                listener.reader.visible_from = visible_from

    def _empty(self, reason: str) -> None:
        for listener in list(self.listeners.values()):
            self.expel(listener, reason)

    def expel(self, listener: Listener, reason: str) -> None:
        """End a socket's listening for a reason that it is told."""
        was_told, is_multi = listener.subscribed, listener.socket.mode == "multi"
        if reason == "unavailable" and is_multi and listener.held is None:
            # A block ends the frames. It may be lifted, and hints must go on then.
            listener.subscribed = False
        else:
            self.remove(listener.socket)
        if not was_told or not listener.is_member:
            return
        if not is_multi:
            code = "unavailable" if reason == "unavailable" else "not_participant"
            listener.socket.fail(ChatError(code), conversation_id=self.id)
            return
        listener.socket.send_frame(
            {"type": "unsubscribed", "conversation_id": self.id, "reason": reason}
        )

    async def _read_rows(self) -> None:
        """Heal: read the missing changes once and give them to everybody here."""
        found = await in_database(changes_after, UUID(self.id), self.rev)
        if found is None:
            self._empty("closed")
            return
        head, events = found
        if head.meta_rev > self.meta_rev:
            await self._read_members()
        if events is None:
            self._reset(head)
            return
        for event in events:
            self._deliver(event)
        healed = head.rev > self.rev
        self.rev = max(self.rev, head.rev)
        self._early = {r: e for r, e in self._early.items() if r > self.rev}
        if healed:
            metrics.GAPS_HEALED.labels("replay").inc()
            for listener in list(self.listeners.values()):
                if listener.subscribed:
                    listener.catch_up(self.rev)

    def _reset(self, head: Head) -> None:
        """More was missed than is worth replaying: let the clients load anew."""
        metrics.GAPS_HEALED.labels("reset").inc()
        self._jump_to(head.rev)
        for listener in self.listeners.values():
            if listener.subscribed and listener.held is None:
                listener.reset(head.rev)


def changes_after(
    conversation_id: UUID, after: int
) -> tuple[Head, list[ConversationEvent] | None] | None:
    """Return where a conversation stands and what happened after `after`.

    None for a conversation that is gone; no events where they are too many to replay.
    """
    conversation = Conversation.objects.filter(pk=conversation_id).first()
    if conversation is None:
        return None
    head = Head(conversation.rev, conversation.meta_rev)
    if head.rev - after > GAP:
        return head, None
    return head, changes_since(conversation, after).events
