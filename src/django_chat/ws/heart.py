"""What a process does by the clock: heads, pings, sessions and presence."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Coroutine, Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django_chat import metrics
from django_chat.conf import chat_settings
from django_chat.exceptions import ChatError
from django_chat.feed.epoch import current_epoch
from django_chat.feed.heads import heads_of, inbox_revs
from django_chat.people.querysets import blocks_touching
from django_chat.presence.services import (
    RENEW_EVERY,
    drop_leases,
    renew_leases,
    sweep_leases,
)
from django_chat.ws.authentication import still_valid
from django_chat.ws.database import in_database

if TYPE_CHECKING:
    from django_chat.ws.hub import Hub
    from django_chat.ws.socket import Socket

__all__ = ["Heart"]

logger = logging.getLogger("django_chat.ws")

_COALESCE_SECONDS = 1.0
_ONLOOKERS_SECONDS = 2.0
_LOOK_SECONDS = 5.0
_AT_ONCE = 100
Person = tuple[str, Any]


class Heart:
    """Beats while the hub has sockets; a beat that fails is logged and comes again."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._tasks: list[asyncio.Task[None]] = []
        self._presence = asyncio.Event()
        self._held: set[Person] = set()
        self._blocks: dict[str, set[tuple[str, str]]] = {}
        self.epoch = ""

    def start(self) -> None:
        """Begin to beat."""
        settings = chat_settings
        self._tasks = [
            _every(lambda: settings.HEAD_CHECK_SECONDS, self.check_heads),
            _every(lambda: settings.PING_SECONDS, self.beat),
            _every(lambda: _ONLOOKERS_SECONDS, self._hub.onlookers.tell),
            asyncio.get_running_loop().create_task(self._keep_presence()),
        ]
        if metrics.IS_ON:
            self._tasks.append(
                _every(lambda: settings.HEAD_CHECK_SECONDS, self.measure_queues)
            )

    def stop(self) -> Coroutine[Any, Any, None]:
        """End, and stop vouching for anybody; what takes time is left to await."""
        tasks, self._tasks = self._tasks, []
        held, self._held = self._held, set()
        for task in tasks:
            task.cancel()
        return self._wind_down(tasks, held)

    async def _wind_down(
        self, tasks: Sequence[asyncio.Task[None]], held: set[Person]
    ) -> None:
        await asyncio.gather(*tasks, return_exceptions=True)
        await self.measure_queues()
        if held:
            try:
                await in_database(drop_leases, self._hub.id, held)
            except ChatError as error:
                logger.info("Leases are left to expire: %s", error)

    async def know_epoch(self) -> str:
        """Return the epoch, read once and again at every beat."""
        if not self.epoch:
            self.epoch = await in_database(current_epoch)
        return self.epoch

    def presence_changed(self) -> None:
        """Note that somebody came, left, or turned away."""
        self._presence.set()

    async def check_heads(self) -> None:
        """Ask once for all rooms whether the database is ahead of what was delivered."""
        rooms = list(self._hub.rooms.values())
        if rooms:
            heads = await in_database(heads_of, [UUID(room.id) for room in rooms])
            for room in rooms:
                room.check(heads.get(room.id))

    async def measure_queues(self) -> None:
        """Note how much waits; it changes too often to be counted each time."""
        frames = [socket.waiting_frames for socket in self._hub.sockets]
        metrics.WRITE_QUEUE_FRAMES.set(sum(frames))
        metrics.WRITE_QUEUE_LONGEST.set(max(frames, default=0))
        held_back = sum(room.waiting_events for room in self._hub.rooms.values())
        metrics.EVENTS_HELD_BACK.set(held_back)
        metrics.GROUP_CHANGES_WAITING.set(self._hub.mailbox.waiting_changes)

    async def beat(self) -> None:
        """Validate every session, then ping every socket with its heads.

        A database that is away is no reason for clients to think that we are.
        """
        revs: dict[Person, str] = {}
        try:
            async with asyncio.timeout(_LOOK_SECONDS):
                revs = await self._look_around()
        except Exception as error:
            logger.warning("Sessions and lists were not looked at: %r", error)
        for count, socket in enumerate(list(self._hub.sockets)):
            if socket.is_closing or not socket.is_welcome:
                continue
            heads = {
                room.id: room.rev
                for room in socket.subscriptions()
                if room.listeners[socket].held is None
            }
            is_multi = socket.mode == "multi" and socket.person in revs
            more = {"inbox_rev": revs[socket.person]} if is_multi else {}
            socket.ping(heads=heads, **more)
            if count % _AT_ONCE == _AT_ONCE - 1:
                await asyncio.sleep(0)

    async def _look_around(self) -> dict[Person, str]:
        """Check sessions, blocks and the epoch; return how everybody's list stands."""
        await self.validate(list(self._hub.sockets))
        await self.check_blocks()
        epoch = await in_database(current_epoch)
        if self.epoch and epoch != self.epoch:
            await self._begin_anew()
        self.epoch = epoch
        return await self._inbox_revs()

    async def _begin_anew(self) -> None:
        """The database was restored: numbers that were delivered come again."""
        rooms = list(self._hub.rooms.values())
        heads = await in_database(heads_of, [UUID(room.id) for room in rooms])
        for room in rooms:
            room.restart(heads.get(room.id))
        for socket in list(self._hub.sockets):
            socket.send_frame({"type": "reset", "reason": "epoch"})

    async def check_blocks(self) -> None:
        """Notice blocks whose news was lost: once for all users of a process."""
        people: dict[str, dict[str, list[Socket]]] = {}
        for socket in self._hub.sockets:
            theirs = people.setdefault(socket.person[0], {})
            theirs.setdefault(socket.user_id, []).append(socket)
        for tenant, theirs in people.items():
            keys = [sockets[0].person[1] for sockets in theirs.values()]
            blocks = await in_database(blocks_touching, tenant, keys)
            news = blocks ^ self._blocks.get(tenant, set())
            self._blocks[tenant] = blocks
            for user_id in {user_id for pair in news for user_id in pair}:
                if user_id in theirs:
                    await self._hub.refresh_blocks(theirs[user_id])

    async def _inbox_revs(self) -> dict[Person, str]:
        keys: dict[str, set[Any]] = {}
        for socket in self._hub.sockets:
            if socket.mode == "multi":
                keys.setdefault(socket.person[0], set()).add(socket.person[1])
        found: dict[Person, str] = {}
        for tenant, user_keys in keys.items():
            revs = await in_database(inbox_revs, tenant, user_keys)
            found |= {(tenant, key): revs[str(key)] for key in user_keys}
        return found

    async def validate(self, sockets: Sequence[Socket]) -> None:
        """Close the sockets whose session or user is no longer good."""
        there = [socket for socket in sockets if not socket.is_closing]
        if not there:
            return
        valid = await in_database(still_valid, [socket.login for socket in there])
        for socket, is_valid in zip(there, valid, strict=True):
            if not is_valid:
                socket.fail(ChatError("not_authenticated"))

    async def _keep_presence(self) -> None:
        loop = asyncio.get_running_loop()
        pause = RENEW_EVERY.total_seconds()
        due = loop.time() + pause
        while True:
            # Not wait_for: before Python 3.12 it can lose a cancellation.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout_at(due):
                    await self._presence.wait()
            if loop.time() >= due:
                due = loop.time() + pause
                self._hub.onlookers.suspect_all()
            # A page that reloads leaves and comes back: that is no news.
            await asyncio.sleep(_COALESCE_SECONDS)
            self._presence.clear()
            try:
                await self._renew()
            except Exception as error:
                logger.warning("Presence was not renewed: %r", error)

    async def _renew(self) -> None:
        people: dict[Person, bool] = {}
        for socket in self._hub.sockets:
            person = socket.person
            people[person] = people.get(person, True) and socket.is_away
        gone = self._held - set(people)
        self._held = set(people) | gone
        if gone:
            await in_database(drop_leases, self._hub.id, gone)
            self._held = set(people)
        await in_database(renew_leases, self._hub.id, people)
        await in_database(sweep_leases)


def _every(
    seconds: Callable[[], float], work: Callable[[], Coroutine[Any, Any, None]]
) -> asyncio.Task[None]:
    async def beat() -> None:
        while True:
            await asyncio.sleep(seconds())
            try:
                await work()
            except Exception as error:
                logger.warning("%s failed: %r", work.__qualname__, error)

    return asyncio.get_running_loop().create_task(beat())
