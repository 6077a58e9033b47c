"""Group commit: sends that arrive while others are in the database go there together.

Alone, a message waits for nobody. Under load the thread hop, the transaction and the
statements are shared by all that waited.
"""

from __future__ import annotations

import asyncio
import threading
import time
from typing import Any
from uuid import UUID

from django_chat.exceptions import ChatError
from django_chat.messages.drafts import Draft
from django_chat.messages.sending import Outcome, send_messages
from django_chat.ws.database import in_some_thread, in_this_thread

__all__ = ["Collector"]

BATCH_MAX = 50
_SLOW_SECONDS = 0.1
_LANES_MAX = 3
Waiting = tuple[Draft, "asyncio.Future[Outcome]"]


class Collector:
    """Hands drafts to the send path in batches, one batch at a time.

    A database thread goes from batch to batch by itself: while the loop delivers what
    is stored, the next is being stored. While a batch is slow (a conversation locked
    by somebody else), further threads may start, but never with a conversation that is
    under way: order would suffer.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[Waiting] = []
        self._busy: set[UUID] = set()
        # When the batch of each thread at work began.
        self._lanes: dict[int, float] = {}
        self._numbers = 0
        self._timer: asyncio.TimerHandle | None = None

    async def send(self, draft: Draft) -> Outcome:
        """Store one draft among others; return the outcome as `send_messages` does."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Outcome] = loop.create_future()
        with self._lock:
            self._waiting.append((draft, future))
            # A thread at work takes it by itself, unless that one is stuck.
            may_start = len(self._waiting) == 1 or self._may_start()
        if may_start:
            # Not at once: whatever the loop has already received goes along.
            loop.call_soon(self._start)
        return await future

    def _start(self) -> None:
        """Let a thread begin, unless one is at work that takes the next batch itself."""
        loop = asyncio.get_running_loop()
        with self._lock:
            number, batch = self._numbers + 1, []
            if self._may_start():
                batch = self._take(number)
            if batch:
                self._numbers = number
        if batch:
            in_some_thread(self._work, loop, number, batch)
        if self._timer is None:
            self._timer = loop.call_later(_SLOW_SECONDS, self._look)

    def _look(self) -> None:
        """Help those that have waited long, and look again while there are any."""
        self._timer = None
        if self._waiting:
            self._start()

    def _may_start(self) -> bool:
        lanes = self._lanes
        if not lanes:
            return True
        is_slow = time.monotonic() - max(lanes.values()) >= _SLOW_SECONDS
        return is_slow and len(lanes) < _LANES_MAX

    def _take(self, number: int) -> list[Waiting]:
        """Return the next batch, which is under way from now on."""
        batch: list[Waiting] = []
        left: list[Waiting] = []
        for item in self._waiting:
            fits = len(batch) < BATCH_MAX and item[0].conversation_id not in self._busy
            (batch if fits else left).append(item)
        if batch:
            self._waiting = left
            self._busy |= {draft.conversation_id for draft, _ in batch}
            self._lanes[number] = time.monotonic()
        else:
            self._lanes.pop(number, None)
        return batch

    def _work(
        self, loop: asyncio.AbstractEventLoop, number: int, batch: list[Waiting]
    ) -> None:
        """Store batch after batch, in a database thread, while any waits."""
        while batch:
            outcomes: list[Any]
            try:
                drafts = [draft for draft, _ in batch]
                outcomes = list(in_this_thread(send_messages, drafts))
            except Exception as error:  # told to every sender, who may try again
                outcomes = [error] * len(batch)
            done = batch
            with self._lock:
                self._busy -= {draft.conversation_id for draft, _ in done}
                batch = self._take(number)
            try:
                loop.call_soon_threadsafe(self._tell, done, outcomes)
            except RuntimeError:  # the loop was closed, and nobody waits any more
                return

    def _tell(self, batch: list[Waiting], outcomes: list[Any]) -> None:
        for (_, future), outcome in zip(batch, outcomes, strict=True):
            if future.done():
                continue
            if isinstance(outcome, Exception) and not isinstance(outcome, ChatError):
                future.set_exception(outcome)
            else:
                future.set_result(outcome)
