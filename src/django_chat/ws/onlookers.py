"""Who watches whose presence, and the diffs they get: at most one frame in 2 seconds."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from django_chat.presence.querysets import Presence, statuses
from django_chat.realtime.groups import presence_group
from django_chat.ws.database import in_database
from django_chat.ws.mailbox import Mailbox
from django_chat.ws.socket import Socket

__all__ = ["Onlookers"]

Person = tuple[str, str]


class Onlookers:
    """The sockets of this process that asked to watch people."""

    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox
        self._watchers: dict[Person, set[Socket]] = {}
        self._keys: dict[Person, Any] = {}
        self._changed: set[Person] = set()
        self._told: dict[Person, dict[str, Any]] = {}

    def watch(self, socket: Socket, tenant: str, found: Iterable[Presence]) -> None:
        """Replace whom a socket watches by those whose presence it was just told."""
        self.forget(socket)
        for presence in found:
            person = tenant, presence.user_id
            if person not in self._watchers:
                self._mailbox.join(presence_group(*person))
            self._watchers.setdefault(person, set()).add(socket)
            self._keys[person] = presence.key
            payload = presence.payload()
            if self._told.setdefault(person, payload) != payload:
                # One of the two is old; whichever it was, everybody is told anew.
                self._told[person] = {}
            # What happened since it was read was no news to this socket.
            self._changed.add(person)
            socket.watching.add(presence.user_id)

    def forget(self, socket: Socket) -> None:
        """Let a socket watch nobody."""
        for user_id in list(socket.watching):
            self._unwatch(socket, user_id)

    def hide(self, socket: Socket, user_ids: Collection[str]) -> None:
        """Make people disappear whom a socket may no longer watch: a block came."""
        hidden = socket.watching.intersection(user_ids)
        for user_id in hidden:
            self._unwatch(socket, user_id)
        if hidden:
            users = [Presence(key, "offline", None).payload() for key in sorted(hidden)]
            socket.send_frame({"type": "presence", "users": users})

    def _unwatch(self, socket: Socket, user_id: str) -> None:
        socket.watching.discard(user_id)
        person = socket.login.actor.tenant, user_id
        watchers = self._watchers.get(person, set())
        watchers.discard(socket)
        if not watchers:
            self._watchers.pop(person, None)
            self._keys.pop(person, None)
            self._told.pop(person, None)
            self._mailbox.leave(presence_group(*person))

    def changed(self, tenant: str, user_id: str) -> None:
        """Note that somebody may appear differently now."""
        if (tenant, user_id) in self._watchers:
            self._changed.add((tenant, user_id))

    def suspect_all(self) -> None:
        """Look at everybody again: a process that died told nobody."""
        self._changed |= set(self._watchers)

    async def tell(self) -> None:
        """Send what has changed since the last call to those who watch."""
        changed, self._changed = self._changed, set()
        by_tenant: dict[str, list[Person]] = {}
        for person in changed:
            if person in self._keys:
                by_tenant.setdefault(person[0], []).append(person)
        frames: dict[Socket, list[dict[str, Any]]] = {}
        for tenant, people in by_tenant.items():
            keys = [self._keys[person] for person in people if person in self._keys]
            found = await in_database(statuses, tenant, keys)
            for user_id, presence in found.items():
                person, payload = (tenant, user_id), presence.payload()
                if self._told.get(person) == payload:
                    continue
                self._told[person] = payload
                for socket in self._watchers.get(person, ()):
                    frames.setdefault(socket, []).append(payload)
        for socket, users in frames.items():
            socket.send_frame({"type": "presence", "users": users})
