"""CPU time and memory of this machine's processes, from /proc."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Reading", "Usage", "foreign_cores", "private_kib"]

_TICKS = os.sysconf("SC_CLK_TCK")
_PROC = Path("/proc")
SERVICES = frozenset({"postgres", "redis-server", "valkey-server"})


@dataclass(frozen=True, slots=True)
class _Process:
    name: str
    parent: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Usage:
    """CPU seconds spent between two readings, by who spent them."""

    wall: float
    server: float
    services: float
    load: float
    foreign: float


class Reading:
    """What every process has used up to now."""

    def __init__(self) -> None:
        self.moment = time.perf_counter()
        self.busy = _machine_seconds()
        self.processes = _processes()

    def since(self, earlier: Reading, *, server: int) -> Usage:
        """Return what was spent since `earlier`.

        The server is the process with the id `server` and its descendants; the load
        generator is this process. Services are all PostgreSQL and Redis processes,
        whoever uses them.
        """
        tree = _tree(self.processes, server)
        spent = {"server": 0.0, "services": 0.0, "load": 0.0}
        for pid, process in self.processes.items():
            before = earlier.processes.get(pid)
            seconds = process.seconds - (before.seconds if before else 0.0)
            if pid in tree:
                spent["server"] += seconds
            elif pid == os.getpid():
                spent["load"] += seconds
            elif process.name in SERVICES:
                spent["services"] += seconds
        # The whole machine less us: processes that have ended meanwhile count too.
        foreign = max(0.0, self.busy - earlier.busy - sum(spent.values()))
        return Usage(wall=self.moment - earlier.moment, foreign=foreign, **spent)


def foreign_cores(seconds: float) -> float:
    """Return how many cores were busy while this process slept for `seconds`."""
    start, busy = time.perf_counter(), _machine_seconds()
    time.sleep(seconds)
    return (_machine_seconds() - busy) / (time.perf_counter() - start)


def private_kib(server: int) -> int:
    """Return the memory that a process and its descendants share with nobody."""
    return sum(
        int(line.split()[1])
        for pid in _tree(_processes(), server)
        for line in Path(_PROC, str(pid), "smaps_rollup").read_text().splitlines()
        if line.startswith("Private_")
    )


def _tree(processes: dict[int, _Process], root: int) -> set[int]:
    tree = {root}
    grows = True
    while grows:
        children = {pid for pid, one in processes.items() if one.parent in tree}
        grows = not children <= tree
        tree |= children
    return tree


def _machine_seconds() -> float:
    line = Path(_PROC, "stat").read_text().partition("\n")[0]
    user, nice, system, _, _, irq, softirq = map(int, line.split()[1:8])
    return (user + nice + system + irq + softirq) / _TICKS


def _processes() -> dict[int, _Process]:
    found = {}
    for folder in _PROC.iterdir():
        if folder.name.isdigit():
            try:
                stat = (folder / "stat").read_text()
            except OSError:  # it has ended
                continue
            # The name stands in parentheses and may hold spaces and parentheses.
            name, _, rest = stat.partition("(")[2].rpartition(")")
            fields = rest.split()
            seconds = (int(fields[11]) + int(fields[12])) / _TICKS
            found[int(folder.name)] = _Process(name, int(fields[1]), seconds)
    return found
