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
import uuid
from collections.abc import Callable, Sequence
from typing import Any

from channels.layers import InMemoryChannelLayer, get_channel_layer

from django_chat.conf import chat_settings
from django_chat.realtime.events import LAYER_TYPE, Event
from django_chat.realtime.groups import group_of

__all__ = ["Bus", "bus", "shared_layer"]

logger = logging.getLogger("django_chat.realtime")

_SEND_SECONDS = 2.0
_MAX_WAITING = 2_000
Receive = Callable[[Sequence[Event]], None]


def shared_layer() -> Any | None:
    """Return the channel layer that reaches other processes, or None."""
    layer = get_channel_layer(chat_settings.CHANNEL_LAYER)
    # An in-memory layer ends at this process, which the bus reaches faster itself.
    return None if isinstance(layer, InMemoryChannelLayer) else layer


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
        if self._waiting + len(events) > _MAX_WAITING:
            logger.warning("The channel layer is slow; %d events dropped", len(events))
            return
        loop = self._forwarding_loop()
        with self._lock:
            self._waiting += len(events)
        forwarding = self._group_send(layer, events)
        try:
            asyncio.run_coroutine_threadsafe(forwarding, loop)
        except RuntimeError:  # the loop was closed in this very moment
            forwarding.close()
            with self._lock:
                self._waiting -= len(events)

    async def _group_send(self, layer: Any, events: Sequence[Event]) -> None:
        left = len(events)
        try:
            # One after the other: in order, over one connection. A thousand at once
            # would open as many, and Redis clients refuse that.
            for event in events:
                wire = {"type": LAYER_TYPE, "o": self.origin, **event.to_wire()}
                async with asyncio.timeout(_SEND_SECONDS):
                    await layer.group_send(group_of(event), wire)
                left -= 1
        except Exception as error:  # Redis may fail in any way; heads heal
            logger.warning("%d events did not reach other processes: %r", left, error)
        finally:
            with self._lock:
                self._waiting -= len(events)

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
