"""Carries events to the hubs of this process and, over the layer, to all others.

Hubs here are called directly, so one process needs no channel layer at all and keeps
working while Redis is away. The layer is a nudge for other processes: it is bounded,
it may lose, and heads in the database heal what it lost.
"""

from __future__ import annotations

import asyncio
import logging
import os
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from typing import Any

from channels.layers import InMemoryChannelLayer, get_channel_layer

from django_chat import metrics
from django_chat.conf import chat_settings
from django_chat.realtime import redis_pubsub
from django_chat.realtime.envelopes import Envelope, fill_envelopes
from django_chat.realtime.events import LAYER_TYPE, ConversationEvent, Event

__all__ = ["Bus", "bus", "shared_layer"]

logger = logging.getLogger("django_chat.realtime")

_SEND_SECONDS = 2.0
_MAX_WAITING = 2_000
_ECHO_SECONDS = 60.0
Receive = Callable[[Sequence[Event]], None]


def shared_layer() -> Any | None:
    """Return the channel layer that reaches other processes, or None."""
    layer = get_channel_layer(chat_settings.CHANNEL_LAYER)
    # An in-memory layer ends at this process, which the bus reaches faster itself.
    return None if isinstance(layer, InMemoryChannelLayer) else layer


class Echoes:
    """The groups in which this process has lately heard itself: it does listen there.

    Not for ever: what listens may break and not say so.
    """

    def __init__(self) -> None:
        self._until: dict[str, float] = {}

    def add(self, group: str) -> None:
        """Note that a message of this process has come back."""
        self._until[group] = time.monotonic() + _ECHO_SECONDS

    def discard(self, group: str) -> None:
        """Note that this process listens there no longer."""
        self._until.pop(group, None)

    def __contains__(self, group: object) -> bool:
        return self._until.get(str(group), 0.0) > time.monotonic()


class Bus:
    """One per process; any thread may send."""

    def __init__(self) -> None:
        self._reset()

    def _reset(self) -> None:
        self.origin = uuid.uuid4().hex
        self._hubs: dict[asyncio.AbstractEventLoop, Receive] = {}
        self._lock = threading.Lock()
        self._own_loop: asyncio.AbstractEventLoop | None = None
        self._waiting = 0
        self.echoes = Echoes()

    def attach(self, loop: asyncio.AbstractEventLoop, receive: Receive) -> None:
        """Let the hub of `loop` hear every event; `receive` runs in that loop."""
        with self._lock:
            self._hubs[loop] = receive

    def detach(self, loop: asyncio.AbstractEventLoop) -> None:
        """Forget the hub of `loop`."""
        with self._lock:
            self._hubs.pop(loop, None)

    def send(self, events: Sequence[Event]) -> None:
        """Deliver to the hubs of this process and pass on to the layer."""
        now = time.time()
        for event in events:
            if isinstance(event, ConversationEvent):
                event.published_at = now
        with self._lock:
            hubs = list(self._hubs.items())
        for loop, receive in hubs:
            try:
                loop.call_soon_threadsafe(receive, events)
            except RuntimeError:  # the loop was closed without saying goodbye
                self.detach(loop)
        layer = shared_layer()
        if layer is not None:
            self._forward(layer, events)

    def _forward(self, layer: Any, events: Sequence[Event]) -> None:
        # What is published at once goes out at once, however many it concerns.
        if self._waiting and self._waiting + len(events) > _MAX_WAITING:
            metrics.LAYER_EVENTS_LOST.labels("full").inc(len(events))
            logger.warning("The channel layer is slow; %d events dropped", len(events))
            return
        loop = self._forwarding_loop()
        self._count_waiting(len(events))
        forwarding = self._group_send(layer, events)
        try:
            asyncio.run_coroutine_threadsafe(forwarding, loop)
        except RuntimeError:  # the loop was closed in this very moment
            forwarding.close()
            self._count_waiting(-len(events))

    def _count_waiting(self, more: int) -> None:
        with self._lock:
            self._waiting += more
            metrics.LAYER_EVENTS_WAITING.set(self._waiting)

    async def _group_send(self, layer: Any, events: Sequence[Event]) -> None:
        try:
            # First those who are here: they are told in this turn of the loop.
            await asyncio.sleep(0)
            await self._send_out(layer, fill_envelopes(self.origin, events))
        finally:
            self._count_waiting(-len(events))

    async def _send_out(self, layer: Any, envelopes: dict[str, Envelope]) -> None:
        left = len(envelopes)
        try:
            if redis_pubsub.understands(layer):
                async with asyncio.timeout(_SEND_SECONDS):
                    await redis_pubsub.publish_batch(layer, envelopes, self.echoes)
                return
            # One after the other: in order, over one connection. A thousand at once
            # would open as many, and Redis clients refuse that.
            for group, envelope in envelopes.items():
                async with asyncio.timeout(_SEND_SECONDS):
                    await layer.group_send(group, envelope)
                left -= 1
        except Exception as error:  # Redis may fail in any way; heads heal
            lost = sum(len(each["e"]) for each in [*envelopes.values()][-left:])
            metrics.LAYER_EVENTS_LOST.labels("failed").inc(lost)
            logger.warning("%d events did not reach other processes: %r", lost, error)

    def reaches_layer(self) -> bool:
        """Say whether the channel layer takes a message; asks for 2 seconds at most.

        Not to be called in an event loop, which may be the one that sends.
        """
        layer = shared_layer()
        if layer is None:
            return False
        knock = self._knock(layer)
        try:
            asking = asyncio.run_coroutine_threadsafe(knock, self._forwarding_loop())
        except RuntimeError:  # the loop was closed in this very moment
            knock.close()
            return False
        try:
            # Longer than it may take, for a loop that has stopped.
            asking.result(timeout=2 * _SEND_SECONDS)
        except Exception:  # Redis may fail in any way
            return False
        return True

    async def _knock(self, layer: Any) -> None:
        # To a group that nobody is in: it is enough that the layer took it.
        async with asyncio.timeout(_SEND_SECONDS):
            await layer.group_send("django_chat.health", {"type": LAYER_TYPE})

    def _forwarding_loop(self) -> asyncio.AbstractEventLoop:
        """Return one long-lived loop: layers keep their connections by loop."""
        with self._lock:
            for loop in self._hubs:
                if loop.is_running():
                    return loop
            if self._own_loop is None:
                self._own_loop = asyncio.new_event_loop()
                threading.Thread(
                    target=self._own_loop.run_forever,
                    name="django_chat-bus",
                    daemon=True,
                ).start()
            return self._own_loop


bus = Bus()
# Workers forked from one parent must not take each other's events for their own echo,
# and a thread does not survive the fork.
os.register_at_fork(after_in_child=bus._reset)
