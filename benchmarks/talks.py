"""The clients of a run: people, and the conversations they are in."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from benchmarks.dialects import Dialect, Meaning
from benchmarks.sockets import Client, open_socket

__all__ = ["Person", "Talk"]

_READY_SECONDS = 60.0
_LOST_SECONDS = 10.0


class Person:
    """Somebody in a talk, with a login and a socket."""

    def __init__(self, talk: Talk, session: str, *, sends: bool = False) -> None:
        self._talk = talk
        self._session = session
        self._sends = sends
        self._client: Client | None = None
        self._unsent: list[str] = []
        self._has_left = False
        self._ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def connect(self, address: str) -> None:
        """Connect, and wait until the server says that the talk is heard."""
        dialect = self._talk.dialect
        url = f"ws://{address}{dialect.path(self._talk.conversation_id)}"
        headers = {
            "Cookie": f"sessionid={self._session}",
            "Origin": f"http://{address}",
        }
        self._client = await open_socket(
            url, headers, dialect.subprotocol, self._heard, self._lost
        )
        for text in self._unsent:
            self._client.send(text)
        if not dialect.ready_at_open:
            await asyncio.wait_for(self._ready, _READY_SECONDS)

    def another(self) -> Person:
        """Return the same person once more, not connected."""
        return Person(self._talk, self._session, sends=self._sends)

    def send(self, text: str) -> None:
        """Send a frame."""
        if self._client is None:
            # The server may ask something before the handshake has returned here.
            self._unsent.append(text)
        else:
            self._client.send(text)

    def leave(self) -> None:
        """Close the socket."""
        self._has_left = True
        if self._client is not None:
            self._client.close()

    def _heard(self, frame: bytes) -> None:
        meaning, number = self._talk.dialect.read(frame, is_sender=self._sends)
        match meaning:
            case Meaning.DELIVERED:
                self._talk.delivered_one(number)
            case Meaning.ACKNOWLEDGED:
                self._talk.acknowledged(number)
            case Meaning.READY if not self._ready.done():
                self._ready.set_result(None)
            case Meaning.QUESTION:
                self.send(self._talk.dialect.answer(frame))
            case Meaning.REFUSED:
                self._fail(f"The server has refused something: {frame.decode()}")

    def _lost(self) -> None:
        if not self._has_left:
            self._fail("The server has closed a connection")

    def _fail(self, reason: str) -> None:
        # Raised where the run waits: nobody would hear of it in a callback.
        self._talk.failure = self._talk.failure or reason
        if not self._ready.done():
            self._ready.set_exception(RuntimeError(reason))


@dataclass(slots=True)
class _Message:
    """A message that not everybody has yet."""

    sent_at: float
    missing: int
    is_acknowledged: bool = False


class Talk:
    """A conversation, in which the first person sends and the others receive.

    While it is `endless`, each message is followed by the next as soon as it is
    acknowledged and everybody has it.
    """

    def __init__(
        self,
        dialect: Dialect,
        numbers: Iterator[int],
        conversation_id: str,
        sessions: Sequence[str],
    ) -> None:
        self.dialect = dialect
        self.conversation_id = conversation_id
        self.people = [Person(self, s, sends=not n) for n, s in enumerate(sessions)]
        self.endless = False
        self.latencies: list[float] = []
        self.delivered = 0
        self.lost = 0
        self.failure = ""
        self._numbers = numbers
        self._under_way: dict[int, _Message] = {}

    @property
    def is_over(self) -> bool:
        """Whether everybody has everything."""
        return not self._under_way

    def say(self) -> None:
        """Send the next message."""
        number = next(self._numbers)
        message = _Message(time.perf_counter(), missing=len(self.people) - 1)
        self._under_way[number] = message
        self.people[0].send(self.dialect.message(number))

    def acknowledged(self, number: int) -> None:
        """Note that the server has a message."""
        if message := self._under_way.get(number):
            message.is_acknowledged = True
            self._go_on(number, message)

    def delivered_one(self, number: int) -> None:
        """Note that one receiver has a message."""
        self.delivered += 1
        if message := self._under_way.get(number):
            message.missing -= 1
            self._go_on(number, message)

    def _go_on(self, number: int, message: _Message) -> None:
        if message.is_acknowledged and not message.missing:
            del self._under_way[number]
            self.latencies.append(time.perf_counter() - message.sent_at)
            if self.endless:
                self.say()

    def check(self) -> None:
        """Raise when something has failed; give up messages that are long overdue."""
        if self.failure:
            raise RuntimeError(self.failure)
        longest = time.perf_counter() - _LOST_SECONDS
        for number, message in list(self._under_way.items()):
            if message.sent_at < longest:
                del self._under_way[number]
                self.lost += 1
                if self.endless:
                    self.say()

    def forget(self) -> None:
        """Start to count anew."""
        self.latencies.clear()
        self.delivered = self.lost = 0
