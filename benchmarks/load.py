"""The load generator: one process that is all the clients, and measures.

`python -m benchmarks.load FILE` reads a `Plan` from its input and writes a `Result` to the
file, both as JSON. A pipe that another process has told not to block would cut it short.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from importlib.util import find_spec
from itertools import count, cycle
from pathlib import Path
from shutil import which

from benchmarks.peers import PEERS
from benchmarks.processes import Reading, Usage, private_kib
from benchmarks.talks import Person, Talk

__all__ = ["FIRST_COMERS", "RATE", "Load", "Plan", "Result"]

RATE = 20
"""Messages a second of a steady load."""
FIRST_COMERS = 20
"""How many connect before the memory of idle connections is measured."""

_OPENED_AT_ONCE = 50
_CONNECTING_AT_ONCE = 20
_SETTLE_SECONDS = 20.0
_SETTLED = 0.002


class Load(StrEnum):
    """What people do."""

    TALK = "talk"
    """Send as fast as they are served."""
    STEADY = "steady"
    """Send by the clock, in one talk after the other."""
    CONNECT = "connect"
    """Connect, leave as soon as the server is ready for them, and so on."""
    IDLE = "idle"
    """Connect and be silent."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do: a talk is a conversation id and the sessions of who is in it."""

    peer: str
    port: int
    server: int
    load: Load
    talks: list[tuple[str, list[str]]]
    warmup: float
    seconds: float
    profile: str | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """What happened in the seconds that were measured.

    `latencies` are the seconds that each message took to be acknowledged and received
    by everybody, or each connection to be ready. A message that takes longer than ten
    is lost. `kib` is what the server keeps for an idle connection, where that was
    what was measured.
    """

    latencies: list[float]
    usage: Usage
    delivered: int = 0
    lost: int = 0
    kib: float | None = None


async def run(plan: Plan) -> Result:
    """Carry out the plan; raise when a connection fails."""
    dialect = PEERS[plan.peer].dialect
    numbers = count(1)
    talks = [Talk(dialect, numbers, place, sessions) for place, sessions in plan.talks]
    gc.freeze()
    match Load(plan.load):
        case Load.TALK:
            result = await _talk(plan, talks)
        case Load.STEADY:
            result = await _steady(plan, talks)
        case Load.CONNECT:
            result = await _connect(plan, talks)
        case Load.IDLE:
            result = await _idle(plan, talks)
    for person in _people(talks):
        person.leave()
    # The server shall take leave of everybody before it is stopped.
    await asyncio.sleep(0.5)
    return result


async def _talk(plan: Plan, talks: list[Talk]) -> Result:
    await _open(plan, _people(talks))
    for talk in talks:
        talk.endless = True
        talk.say()
    await asyncio.sleep(plan.warmup)
    for talk in talks:
        talk.forget()
    before = _begin(plan)
    ends = before.moment + plan.seconds
    while (left := ends - time.perf_counter()) > 0:
        await asyncio.sleep(min(left, 1.0))
        for talk in talks:
            talk.check()
    return _told(talks, Reading().since(before, server=plan.server))


async def _steady(plan: Plan, talks: list[Talk]) -> Result:
    turns = cycle(talks)

    async def speak(seconds: float) -> None:
        start = time.perf_counter()
        for number in range(1, round(seconds * RATE) + 1):
            next(turns).say()
            await asyncio.sleep(max(0, start + number / RATE - time.perf_counter()))

    async def hear_the_last() -> None:
        while not all(talk.is_over for talk in talks):
            await asyncio.sleep(0.01)
            for talk in talks:
                talk.check()

    await _open(plan, _people(talks))
    await speak(plan.warmup)
    await hear_the_last()
    for talk in talks:
        talk.forget()
    before = _begin(plan)
    await speak(plan.seconds)
    usage = Reading().since(before, server=plan.server)
    await hear_the_last()
    return _told(talks, usage)


async def _connect(plan: Plan, talks: list[Talk]) -> Result:
    people = _people(talks)
    turns = cycle(people)
    latencies: list[float] = []
    address = _address(plan)
    is_over = False

    async def come_and_go() -> None:
        while not is_over:
            person = next(turns).another()
            begun = time.perf_counter()
            await person.connect(address)
            latencies.append(time.perf_counter() - begun)
            person.leave()

    async with asyncio.TaskGroup() as group:
        for _ in range(min(_CONNECTING_AT_ONCE, len(people))):
            group.create_task(come_and_go())
        await asyncio.sleep(plan.warmup)
        latencies.clear()
        before = _begin(plan)
        await asyncio.sleep(plan.seconds)
        usage = Reading().since(before, server=plan.server)
        measured = list(latencies)
        is_over = True
    return Result(measured, usage)


async def _idle(plan: Plan, talks: list[Talk]) -> Result:
    people = _people(talks)
    # What the first connection of all makes the server load is not its price.
    await _open(plan, people[:FIRST_COMERS])
    kib = await _settled_kib(plan.server)
    before = _begin(plan)
    await _open(plan, people[FIRST_COMERS:])
    kib = await _settled_kib(plan.server) - kib
    usage = Reading().since(before, server=plan.server)
    for talk in talks:
        talk.check()
    return Result([], usage, kib=kib / (len(people) - FIRST_COMERS))


async def _settled_kib(server: int) -> int:
    """Return the memory of the server once it has kept still for two seconds."""
    ends = time.perf_counter() + _SETTLE_SECONDS
    readings = [private_kib(server)]
    while time.perf_counter() < ends:
        await asyncio.sleep(1.0)
        readings.append(private_kib(server))
        latest = readings[-3:]
        if len(latest) == 3 and max(latest) - min(latest) <= _SETTLED * min(latest):
            break
    return readings[-1]


def _told(talks: list[Talk], usage: Usage) -> Result:
    return Result(
        latencies=[seconds for talk in talks for seconds in talk.latencies],
        usage=usage,
        delivered=sum(talk.delivered for talk in talks),
        lost=sum(talk.lost for talk in talks),
    )


def _begin(plan: Plan) -> Reading:
    """Return the reading before what is measured."""
    if plan.profile:
        _sample(plan.server, plan.seconds, plan.profile)
    return Reading()


def _sample(server: int, seconds: float, path: str) -> None:
    """Let py-spy write what the server does while it holds the interpreter lock."""
    # It lies beside the interpreter, whose environment need not be the active one.
    places = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    program = which("py-spy", path=places) or "py-spy"
    command = [program, "record", "--gil", "--format", "raw", "--rate", "400"]
    where = ["--pid", str(server), "--duration", str(int(seconds)), "--output", path]
    # With streams of its own: when it shared ours, long results were cut short.
    own = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL}
    subprocess.Popen([*command, *where], stderr=subprocess.DEVNULL, **own)


def _address(plan: Plan) -> str:
    return f"127.0.0.1:{plan.port}"


def _people(talks: list[Talk]) -> list[Person]:
    return [person for talk in talks for person in talk.people]


async def _open(plan: Plan, people: Sequence[Person]) -> None:
    turn = asyncio.Semaphore(_OPENED_AT_ONCE)

    async def connect(person: Person) -> None:
        async with turn:
            await person.connect(_address(plan))

    async with asyncio.TaskGroup() as group:
        for person in people:
            group.create_task(connect(person))


def main() -> None:
    """Read the plan, carry it out, write the result."""
    plan = Plan(**json.load(sys.stdin))
    if find_spec("uvloop"):
        import uvloop

        result = uvloop.run(run(plan))
    else:
        result = asyncio.run(run(plan))
    Path(sys.argv[1]).write_text(json.dumps(asdict(result)))


if __name__ == "__main__":
    main()
