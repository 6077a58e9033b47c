"""The hub: one per event loop, the place where events meet the sockets of a process.

Everything here runs in the loop and never awaits while it delivers. What needs the
database is a task of a room or a beat of the heart.
"""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary

from django.utils import timezone

from django_chat import metrics
from django_chat.conf import chat_settings
from django_chat.exceptions import ChatError
from django_chat.feed.heads import Active, Head, active_conversations
from django_chat.feed.offer import SUBSCRIPTIONS_MAX
from django_chat.feed.snapshot import Snapshot, reachable, snapshot
from django_chat.feed.variants import Reader, Rendering
from django_chat.messages.sending import SILENT_AFTER
from django_chat.people.querysets import blocked_by, blocks_of
from django_chat.realtime.bus import bus
from django_chat.realtime.events import (
    ControlEvent,
    ConversationEvent,
    Event,
    PresenceEvent,
    UserEvent,
)
from django_chat.realtime.groups import conversation_group, user_group
from django_chat.tenancy.actor import Actor
from django_chat.ws.collector import Collector
from django_chat.ws.database import in_database
from django_chat.ws.heart import Heart
from django_chat.ws.hints import Hint, newest_message
from django_chat.ws.listener import Listener, send
from django_chat.ws.mailbox import Mailbox
from django_chat.ws.onlookers import Onlookers
from django_chat.ws.room import Room, changes_after
from django_chat.ws.socket import Socket

__all__ = ["Hub", "hub"]

logger = logging.getLogger("django_chat.ws")

HINTED_MAX = 200
_REPLAY_AT_ONCE = 50
Person = tuple[str, str]
Frame = dict[str, Any]


class Hub:
    """Knows every socket of its loop, and what each wants to hear."""

    def __init__(self) -> None:
        self.id = uuid.uuid4().hex
        self.sockets: set[Socket] = set()
        self.rooms: dict[Person, Room] = {}
        self.people: dict[Person, set[Socket]] = {}
        self.mailbox = Mailbox(self.receive)
        self.collector = Collector()
        self.onlookers = Onlookers(self.mailbox)
        self.heart = Heart(self)
        self._is_running = False
        self._tasks: set[asyncio.Task[Any]] = set()

    def connect(self, socket: Socket) -> None:
        """Take in an authenticated socket; raise `too_many_connections`."""
        person = socket.login.actor.tenant, socket.user_id
        theirs = self.people.setdefault(person, set())
        if len(theirs) >= chat_settings.MAX_CONNECTIONS_PER_USER:
            raise ChatError("too_many_connections")
        self._start()
        theirs.add(socket)
        self.sockets.add(socket)
        if len(theirs) == 1:
            self.mailbox.join(user_group(*person))
        self.heart.presence_changed()

    async def connect_to_inbox(self, socket: Socket, welcome: Frame) -> None:
        """Take in a multiplexed socket: it hears of every conversation lately active.

        What is read first and what is heard afterwards overlap, and nothing comes
        before the welcome: from the read on, this runs without a pause.
        """
        active, blocked = await in_database(_load_inbox, socket.login.actor)
        self.connect(socket)
        socket.welcome(welcome)
        for found in active:
            self._hint(socket, found, blocked)

    def _hint(self, socket: Socket, found: Active, blocked: frozenset[str]) -> None:
        room = self._room(socket.login.actor.tenant, found.conversation_id)
        reader = Reader(socket.user_id, found.visible_from, blocked)
        if socket not in room.listeners:
            room.add(Listener(socket, found.conversation_id, reader, is_member=True))
        room.start_at(found.head)
        room.check(found.head)
        room.doubt(found.head.meta_rev)

    async def disconnect(self, socket: Socket) -> None:
        """Let go of a socket; safe to call twice."""
        socket.dispose()
        if socket not in self.sockets:
            return
        self.sockets.discard(socket)
        self.onlookers.forget(socket)
        for room in list(socket.rooms.values()):
            room.remove(socket)
        person = socket.login.actor.tenant, socket.user_id
        theirs = self.people[person]
        theirs.discard(socket)
        if not theirs:
            del self.people[person]
            self.mailbox.leave(user_group(*person))
        self.heart.presence_changed()
        if not self.sockets:
            await self._stop()

    def _start(self) -> None:
        if not self._is_running:
            self._is_running = True
            bus.attach(asyncio.get_running_loop(), self.receive)
            self.mailbox.start()
            self.heart.start()

    async def _stop(self) -> None:
        """Rest until the next socket comes; a loop that ends must not leave tasks."""
        self._is_running = False
        bus.detach(asyncio.get_running_loop())
        for task in self._tasks:
            task.cancel()
        # Both let go before either waits: somebody may connect, and start them anew.
        await asyncio.gather(self.heart.stop(), self.mailbox.stop())

    async def subscribe(
        self,
        socket: Socket,
        conversation_id: UUID,
        after: int | None,
        *,
        welcome: Frame | None = None,
    ) -> None:
        """Send where a conversation stands, what was missed, and from then on all.

        Raises `not_found`, `not_participant` and `unavailable`; `too_many_subscriptions`.
        """
        actor = socket.login.actor
        key = str(conversation_id)
        known = socket.rooms.get(key)
        was_subscribed = known is not None and known.listeners[socket].subscribed
        if not was_subscribed and len(socket.subscriptions()) >= SUBSCRIPTIONS_MAX:
            raise ChatError("too_many_subscriptions")
        room = self._room(actor.tenant, key)
        listener = room.listeners.get(socket)
        if listener is None:
            listener = Listener(socket, key, Reader(actor.id))
            room.add(listener)
        # Live events are kept back from here on, so none falls between.
        room.hold(listener)
        listener.subscribed = True
        try:
            state = await in_database(
                snapshot, actor=actor, conversation_id=conversation_id, after=after
            )
            if room.listeners.get(socket) is not listener:
                raise ChatError("not_participant")
            if not state.reachable:
                raise ChatError("unavailable")
        except BaseException as error:
            if room.listeners.get(socket) is listener:
                if listener.is_member and _is_temporary(error):
                    listener.go_on(subscribed=was_subscribed)
                else:
                    room.remove(socket)
            raise
        listener.reader, listener.is_member = state.reader, True
        if after is not None:
            _count_resume(state)
        room.start_at(Head(state.rev, state.conversation.meta_rev))
        if welcome is not None:
            socket.welcome(welcome)
        socket.send_frame(state.frame(epoch=self.heart.epoch, typing=room.typing_now()))
        if state.ahead:
            socket.send_frame(
                {"type": "reset", "conversation_id": key, "reason": "epoch"}
            )
        await self._replay(room, listener, state)
        room.check(Head(state.rev, state.conversation.meta_rev))

    async def _replay(self, room: Room, listener: Listener, state: Snapshot) -> None:
        """Tell what was missed, until it meets what was kept back meanwhile."""
        listener.rev = 0
        rev, events = state.rev, state.events
        while True:
            for count, event in enumerate(events, start=1):
                send(listener, Rendering(event))
                if count % _REPLAY_AT_ONCE == 0:
                    await listener.socket.drained()
                    if room.listeners.get(listener.socket) is not listener:
                        return  # removed, or gone, while it was told
            if rev >= listener.held_from:
                break
            # The room began, or went on, from a later point than this snapshot.
            try:
                found = await in_database(changes_after, UUID(room.id), rev)
            except ChatError:
                found = None
            if room.listeners.get(listener.socket) is not listener:
                return
            head, more = found or (None, None)
            if head is None or more is None:
                listener.give_up(rev, room.rev)
                return
            rev, events = head.rev, more
        listener.go_live(rev)

    def unsubscribe(self, socket: Socket, conversation_id: str) -> None:
        """Stop the frames of a conversation; hints of it go on."""
        room = socket.rooms.get(conversation_id)
        if room is not None:
            room.listeners[socket].subscribed = False
        socket.send_frame(
            {
                "type": "unsubscribed",
                "conversation_id": conversation_id,
                "reason": "requested",
            }
        )

    def _room(self, tenant: str, conversation_id: str) -> Room:
        room = self.rooms.get((tenant, conversation_id))
        if room is None:
            room = Room(tenant, conversation_id, self._drop)
            self.rooms[tenant, conversation_id] = room
            self.mailbox.join(conversation_group(tenant, conversation_id))
        return room

    def _drop(self, room: Room) -> None:
        del self.rooms[room.tenant, room.id]
        room.close()
        self.mailbox.leave(conversation_group(room.tenant, room.id))

    def receive(self, events: Sequence[Event]) -> None:
        """Take events from the bus or the layer; never fails, never waits."""
        for event in events:
            try:
                self._route(event)
            except Exception:
                logger.exception("An event could not be delivered")

    def _route(self, event: Event) -> None:
        if isinstance(event, ConversationEvent):
            room = self.rooms.get((event.tenant, event.conversation_id))
            if room is not None:
                room.receive(event)
        elif isinstance(event, UserEvent):
            sent = 0
            for socket in self.people.get((event.tenant, event.user_id), ()):
                if socket.mode == "multi" or _concerns(socket, event):
                    socket.send_text(event.text)
                    sent += 1
            metrics.DELIVERIES.inc(sent)
        elif isinstance(event, PresenceEvent):
            self.onlookers.changed(event.tenant, event.user_id)
        else:
            self._control(event)

    def _control(self, event: ControlEvent) -> None:
        theirs = list(self.people.get((event.tenant, event.user_id), ()))
        if not theirs:
            return
        match event.action:
            case "logout":
                for socket in theirs:
                    if event.data and socket.login.session_hash == event.data:
                        socket.fail(ChatError("not_authenticated"))
            case "recheck":
                self._spawn(self.heart.validate(theirs))
            case "blocks":
                self._spawn(self.refresh_blocks(theirs))
            case "join":
                self._spawn(self._join(theirs, event.data))

    async def _join(self, theirs: list[Socket], conversation_id: str) -> None:
        """Let multiplexed sockets hear a conversation that is new or awake again.

        What woke it has passed by, so its hint is made from the database, unless a
        newer message has come meanwhile.
        """
        actor = theirs[0].login.actor
        found, blocked = await in_database(_load_joined, actor, conversation_id)
        if found is None:
            return
        coming = [
            socket
            for socket in theirs
            if socket.mode == "multi"
            and socket in self.sockets
            and conversation_id not in socket.rooms
        ]
        for socket in coming:
            self._hint(socket, found, blocked)
        if not coming:
            return
        room = coming[0].rooms[conversation_id]
        seen = room.seq
        newest = await in_database(newest_message, UUID(conversation_id))
        if newest is None or room.seq > max(seen, (newest.seq or 0) - 1):
            return
        hint = Hint(newest)
        for socket in coming:
            listener = room.listeners.get(socket)
            if listener is None or listener.subscribed:
                continue
            if text := hint.text_for(listener.reader):
                socket.send_text(text)

    async def refresh_blocks(self, theirs: list[Socket]) -> None:
        """Read again whom a user has blocked, and which directs that has closed."""
        actor = theirs[0].login.actor
        rooms = {room.id: room for s in theirs for room in s.subscriptions()}
        made, met, open_ids = await in_database(
            _load_blocks, actor, [UUID(key) for key in rooms]
        )
        for socket in theirs:
            self.onlookers.hide(socket, made | met)
            for room in list(socket.rooms.values()):
                listener = room.listeners[socket]
                listener.reader.blocked = made
                if listener.subscribed and room.id in rooms and room.id not in open_ids:
                    room.expel(listener, "unavailable")

    def _spawn(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._finished)

    def _finished(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            logger.warning("Work for a socket failed: %r", error)


def _concerns(socket: Socket, event: UserEvent) -> bool:
    """Is a user's event of the one conversation that this socket is for?"""
    if event.frame["type"] not in ("read", "message_hidden"):
        return False
    room = socket.rooms.get(event.frame["conversation_id"])
    return room is not None and room.listeners[socket].held is None


def _count_resume(state: Snapshot) -> None:
    if state.gap or state.ahead:
        metrics.RESUMES.labels("too_much").inc()
    else:
        metrics.RESUMES.labels("some" if state.events else "nothing").inc()


def _is_temporary(error: BaseException) -> bool:
    return isinstance(error, ChatError) and error.kind.temporary


def _load_inbox(actor: Actor) -> tuple[list[Active], frozenset[str]]:
    since = timezone.now() - SILENT_AFTER - timedelta(hours=1)
    active = active_conversations(actor, since=since, limit=HINTED_MAX)
    return active, blocked_by(actor)


def _load_joined(
    actor: Actor, conversation_id: str
) -> tuple[Active | None, frozenset[str]]:
    active, blocked = _load_inbox(actor)
    found = (one for one in active if one.conversation_id == conversation_id)
    return next(found, None), blocked


def _load_blocks(
    actor: Actor, ids: list[UUID]
) -> tuple[frozenset[str], frozenset[str], set[str]]:
    return *blocks_of(actor), reachable(actor, ids)


_hubs: WeakKeyDictionary[asyncio.AbstractEventLoop, Hub] = WeakKeyDictionary()


def hub() -> Hub:
    """Return the hub of the running loop."""
    loop = asyncio.get_running_loop()
    found = _hubs.get(loop)
    if found is None:
        found = _hubs[loop] = Hub()
    return found
