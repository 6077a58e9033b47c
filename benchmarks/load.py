"""The load generator: one process that is all the clients, and measures.

`python -m benchmarks.load` reads a `Plan` from its input and prints a `Result`, both
as JSON.
"""

from __future__ import annotations

import asyncio
import gc
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from itertools import count

from benchmarks.dialects import Dialect, Meaning
from benchmarks.peers import PEERS
from benchmarks.processes import Reading, Usage
from benchmarks.sockets import Client, open_socket

__all__ = ["Plan", "Result"]

_OPENED_AT_ONCE = 50
_READY_SECONDS = 60.0
_LOST_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do: a talk is a conversation id and the sessions of who is in it.

    The first of them sends, the others receive. The next message follows as soon as
    the one before is acknowledged and everybody has it.
    """

    peer: str
    port: int
    server: int
    talks: list[tuple[str, list[str]]]
    warmup: float
    seconds: float
    profile: str | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """What happened in the seconds that were measured.

    A message is finished when it is acknowledged and everybody has it; `latencies`
    are the seconds that took. One that takes longer than ten is lost.
    """

    latencies: list[float]
    delivered: int
    lost: int
    usage: Usage


class Person:
    """Somebody in a talk, with his socket."""

    def __init__(self, talk: Talk, *, sends: bool) -> None:
        self._talk = talk
        self._sends = sends
        self._client: Client | None = None
        self._ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def connect(self, address: str, path: str, session: str) -> None:
        """Connect, and wait until the server says that the talk is heard."""
        dialect = self._talk.dialect
        headers = {"Cookie": f"sessionid={session}", "Origin": f"http://{address}"}
        url = f"ws://{address}{path}"
        self._client = await open_socket(
            url, headers, dialect.subprotocol, self._heard, self._lost
        )
        if not dialect.ready_at_open:
            await asyncio.wait_for(self._ready, _READY_SECONDS)

    def send(self, text: str) -> None:
        """Send a frame."""
        if self._client is not None:
            self._client.send(text)

    def leave(self) -> None:
        """Close the socket."""
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
            case Meaning.PING:
                self.send(self._talk.dialect.pong())
            case Meaning.REFUSED:
                self._fail(f"The server has refused something: {frame.decode()}")

    def _lost(self) -> None:
        if not self._talk.has_ended:
            self._fail("The server has closed a connection")

    def _fail(self, reason: str) -> None:
        # Raised where the run waits: nobody would hear of it in a callback.
        self._talk.failure = self._talk.failure or reason
        if not self._ready.done():
            self._ready.set_exception(RuntimeError(reason))


class Talk:
    """A conversation with one message under way."""

    def __init__(self, dialect: Dialect, numbers: Iterator[int], size: int) -> None:
        self.dialect = dialect
        self.latencies: list[float] = []
        self.delivered = 0
        self.lost = 0
        self.failure = ""
        self.has_ended = False
        self.people = [Person(self, sends=n == 0) for n in range(size)]
        self._numbers = numbers
        self._number = 0
        self._sent_at = 0.0
        self._is_acknowledged = False
        self._missing = 0

    def say(self) -> None:
        """Send the next message."""
        self._number = next(self._numbers)
        self._is_acknowledged = False
        self._missing = len(self.people) - 1
        self._sent_at = time.perf_counter()
        self.people[0].send(self.dialect.message(self._number))

    def acknowledged(self, number: int) -> None:
        """Note that the server has a message."""
        if number == self._number:
            self._is_acknowledged = True
            self._go_on()

    def delivered_one(self, number: int) -> None:
        """Note that one receiver has a message."""
        self.delivered += 1
        if number == self._number:
            self._missing -= 1
            self._go_on()

    def _go_on(self) -> None:
        if self._is_acknowledged and not self._missing and not self.has_ended:
            self.latencies.append(time.perf_counter() - self._sent_at)
            self.say()

    def check(self) -> None:
        """Raise when something has failed; give up a message that is long overdue."""
        if self.failure:
            raise RuntimeError(self.failure)
        if time.perf_counter() - self._sent_at > _LOST_SECONDS:
            self.lost += 1
            self.say()

    def forget(self) -> None:
        """Start to count anew."""
        self.latencies.clear()
        self.delivered = self.lost = 0


async def run(plan: Plan) -> Result:
    """Carry out the plan; raise when a connection fails."""
    dialect = PEERS[plan.peer].dialect
    numbers = count(1)
    talks = [Talk(dialect, numbers, len(people)) for _, people in plan.talks]
    await _open_all(plan, talks)
    gc.freeze()
    for talk in talks:
        talk.say()
    await asyncio.sleep(plan.warmup)
    for talk in talks:
        talk.forget()
    if plan.profile:
        _sample(plan.server, plan.seconds, plan.profile)
    before = Reading()
    ends = before.moment + plan.seconds
    while (left := ends - time.perf_counter()) > 0:
        await asyncio.sleep(min(left, 1.0))
        for talk in talks:
            talk.check()
    usage = Reading().since(before, server=plan.server)
    result = Result(
        latencies=[seconds for talk in talks for seconds in talk.latencies],
        delivered=sum(talk.delivered for talk in talks),
        lost=sum(talk.lost for talk in talks),
        usage=usage,
    )
    for talk in talks:
        talk.has_ended = True
        for person in talk.people:
            person.leave()
    # The server shall take leave of everybody before it is stopped.
    await asyncio.sleep(0.5)
    return result


def _sample(server: int, seconds: float, path: str) -> None:
    """Let py-spy write what the server does while it holds the interpreter lock."""
    command = ["py-spy", "record", "--gil", "--format", "raw", "--rate", "400"]
    where = ["--pid", str(server), "--duration", str(int(seconds)), "--output", path]
    subprocess.Popen([*command, *where], stdout=subprocess.DEVNULL)


async def _open_all(plan: Plan, talks: list[Talk]) -> None:
    address = f"127.0.0.1:{plan.port}"
    turn = asyncio.Semaphore(_OPENED_AT_ONCE)

    async def connect(person: Person, path: str, session: str) -> None:
        async with turn:
            await person.connect(address, path, session)

    async with asyncio.TaskGroup() as group:
        for talk, (conversation_id, sessions) in zip(talks, plan.talks, strict=True):
            path = talk.dialect.path(conversation_id)
            for person, session in zip(talk.people, sessions, strict=True):
                group.create_task(connect(person, path, session))


def main() -> None:
    """Read the plan, carry it out, print the result."""
    plan = Plan(**json.load(sys.stdin))
    if find_spec("uvloop"):
        import uvloop

        result = uvloop.run(run(plan))
    else:
        result = asyncio.run(run(plan))
    print(json.dumps(asdict(result)))


if __name__ == "__main__":
    main()
