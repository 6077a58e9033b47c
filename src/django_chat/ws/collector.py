"""Group commit: sends that arrive while others are in the database go there together.

Alone, a message waits for nobody. Under load the thread hop, the transaction and the
statements are shared by all that waited.
"""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

from django_chat.exceptions import ChatError
from django_chat.messages.drafts import Draft
from django_chat.messages.sending import Outcome, send_messages
from django_chat.ws.database import in_database

__all__ = ["Collector"]

BATCH_MAX = 50
_SLOW_SECONDS = 0.1
_BATCHES_MAX = 3
Waiting = tuple[Draft, "asyncio.Future[Outcome]"]


class Collector:
    """Hands drafts to the send path in batches, one batch at a time.

    While a batch is slow (a conversation locked by somebody else), further ones may
    start, but never with a conversation that is under way: order would suffer.
    """

    def __init__(self) -> None:
        self._waiting: list[Waiting] = []
        self._busy: set[UUID] = set()
        self._started: dict[int, float] = {}
        self._numbers = 0
        self._tasks: set[asyncio.Task[None]] = set()

    async def send(self, draft: Draft) -> Outcome:
        """Store one draft among others; return the outcome as `send_messages` does."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Outcome] = loop.create_future()
        self._waiting.append((draft, future))
        # Not at once: whatever the loop has already received goes along.
        loop.call_soon(self._start_batch)
        return await future

    def _start_batch(self) -> None:
        if not self._waiting:
            return
        loop = asyncio.get_running_loop()
        if self._started:
            newest = max(self._started.values())
            if (
                len(self._started) >= _BATCHES_MAX
                or loop.time() - newest < _SLOW_SECONDS
            ):
                return
        batch: list[Waiting] = []
        left: list[Waiting] = []
        for item in self._waiting:
            fits = len(batch) < BATCH_MAX and item[0].conversation_id not in self._busy
            (batch if fits else left).append(item)
        if not batch:
            return
        self._waiting = left
        self._numbers += 1
        self._started[self._numbers] = loop.time()
        self._busy |= {draft.conversation_id for draft, _ in batch}
        task = loop.create_task(self._run(self._numbers, batch))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        loop.call_later(_SLOW_SECONDS, self._start_batch)

    async def _run(self, number: int, batch: list[Waiting]) -> None:
        outcomes: list[Any]
        try:
            outcomes = list(await in_database(send_messages, [d for d, _ in batch]))
        except Exception as error:  # told to every sender, each of whom may try again
            outcomes = [error] * len(batch)
        self._busy -= {draft.conversation_id for draft, _ in batch}
        del self._started[number]
        self._start_batch()
        for (_, future), outcome in zip(batch, outcomes, strict=True):
            if future.done():
                continue
            if isinstance(outcome, Exception) and not isinstance(outcome, ChatError):
                future.set_exception(outcome)
            else:
                future.set_result(outcome)
