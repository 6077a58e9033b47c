"""The one channel of a process in the channel layer, over its public API.

Its task only moves items into the hub. It retries for ever, and joins its groups again
every minute: a flushed or restarted Redis forgets them, and groups expire.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Coroutine, Iterable
from typing import Any

from django_chat import metrics
from django_chat.realtime.bus import bus, shared_layer
from django_chat.realtime.envelopes import events_in
from django_chat.realtime.events import Event

__all__ = ["Mailbox"]

logger = logging.getLogger("django_chat.ws")

_REJOIN_SECONDS = 60.0
_RETRY_SECONDS = 1.0
_JOIN_SECONDS = 5.0
# Longer than from one page to the next: whoever goes there comes back in a moment.
_LINGER_SECONDS = 10.0


class Mailbox:
    """Hears the groups that the hub has joined; silent without a shared layer."""

    def __init__(self, receive: Callable[[list[Event]], None]) -> None:
        self._receive = receive
        self._groups: set[str] = set()
        # Groups that nobody wants to hear any more, and when they are left.
        self._lingering: dict[str, asyncio.TimerHandle] = {}
        self._layer: Any | None = None
        self._channel: str | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._changes: asyncio.Queue[tuple[str, bool]] = asyncio.Queue()

    def start(self) -> None:
        """Begin to listen."""
        self._layer = layer = shared_layer()
        if layer is not None:
            loop = asyncio.get_running_loop()
            self._tasks = [
                loop.create_task(self._listen(layer)),
                loop.create_task(self._keep_joined(layer)),
                loop.create_task(self._apply_changes(layer)),
            ]

    def stop(self) -> Coroutine[Any, Any, None]:
        """End, and leave every group; what takes time is left to await."""
        tasks, self._tasks = self._tasks, []
        groups, self._groups = set(self._held()), set()
        for timer in self._lingering.values():
            timer.cancel()
        self._lingering.clear()
        for group in groups:
            bus.echoes.discard(group)
        while not self._changes.empty():
            # The last sockets have just left their groups, and nobody has acted on it.
            groups.add(self._changes.get_nowait()[0])
        channel, self._channel = self._channel, None
        for task in tasks:
            task.cancel()
        return self._wind_down(set(tasks), self._layer, channel, groups)

    async def _wind_down(
        self,
        tasks: set[asyncio.Task[None]],
        layer: Any | None,
        channel: str | None,
        groups: Iterable[str],
    ) -> None:
        while tasks:
            _, tasks = await asyncio.wait(tasks, timeout=_RETRY_SECONDS)
            # A layer whose own time limit ends in the same moment swallows the
            # cancellation, and would be listened to for ever.
            for task in tasks:
                task.cancel()
        if layer is not None and channel is not None:
            leaving = [layer.group_discard(group, channel) for group in groups]
            gathered = asyncio.gather(*leaving, return_exceptions=True)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_JOIN_SECONDS):
                    await gathered

    def join(self, group: str) -> None:
        """Hear a group from now on."""
        if group in self._groups:
            return
        self._groups.add(group)
        timer = self._lingering.pop(group, None)
        if timer is not None:
            timer.cancel()
        elif self._layer is not None:
            self._changes.put_nowait((group, True))

    def leave(self, group: str) -> None:
        """Hear a group no longer, unless somebody wants to again in a moment."""
        if group not in self._groups:
            return
        self._groups.discard(group)
        if self._layer is not None:
            loop = asyncio.get_running_loop()
            timer = loop.call_later(_LINGER_SECONDS, self._leave, group)
            self._lingering[group] = timer

    def _leave(self, group: str) -> None:
        del self._lingering[group]
        bus.echoes.discard(group)
        self._changes.put_nowait((group, False))

    def _held(self) -> list[str]:
        """Return the groups that the layer shall have us in; none is in both."""
        return [*self._groups, *self._lingering]

    @property
    def waiting_changes(self) -> int:
        """How many groups wait to be joined or left."""
        return self._changes.qsize()

    async def _listen(self, layer: Any) -> None:
        while True:
            try:
                self._channel = await layer.new_channel("django_chat.hub")
                await self._join(layer, self._held())
                while True:
                    self._take(await layer.receive(self._channel))
            except Exception as error:  # the layer may fail in any way
                metrics.LAYER_FAILURES.inc()
                logger.warning("The channel layer failed, trying again: %r", error)
                await asyncio.sleep(_RETRY_SECONDS)

    def _take(self, message: Any) -> None:
        """Hand on what another process sent, unless it speaks another version."""
        try:
            if message["o"] == bus.origin:
                if message["g"] in self._groups:
                    bus.echoes.add(message["g"])
                return
            events = events_in(message)
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            logger.warning("An event of another process was not understood: %r", error)
            return
        self._receive(events)

    async def _apply_changes(self, layer: Any) -> None:
        while True:
            group, joins = await self._changes.get()
            # What counts is what is wanted now: a quick leave and join cancel out.
            is_held = group in self._groups or group in self._lingering
            if self._channel is None or joins != is_held:
                continue
            try:
                if joins:
                    await self._join(layer, [group])
                else:
                    async with asyncio.timeout(_JOIN_SECONDS):
                        await layer.group_discard(group, self._channel)
            except Exception as error:
                logger.warning("A group was not joined or left: %r", error)
                # Some layers hide that Redis was away, so nothing else would notice
                # before all groups are joined again.
                asyncio.get_running_loop().call_later(
                    _RETRY_SECONDS, self._changes.put_nowait, (group, joins)
                )

    async def _keep_joined(self, layer: Any) -> None:
        while True:
            await asyncio.sleep(_REJOIN_SECONDS)
            try:
                await self._join(layer, self._held())
            except Exception as error:
                logger.warning("The groups were not joined again: %r", error)

    async def _join(self, layer: Any, groups: list[str]) -> None:
        if self._channel is None:
            return
        for start in range(0, len(groups), 50):
            joining = [
                layer.group_add(group, self._channel)
                for group in groups[start : start + 50]
            ]
            async with asyncio.timeout(_JOIN_SECONDS):
                await asyncio.gather(*joining)
