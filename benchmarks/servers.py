"""Runs the peers in turn and prints tables of medians."""

from __future__ import annotations

import argparse
import signal
import sys
import time
from collections.abc import Callable, Sequence

from benchmarks.load import Load, Result
from benchmarks.peers import PEERS, Peer, PeerUnavailable
from benchmarks.processes import foreign_cores
from benchmarks.report import (
    CONNECTIONS,
    MESSAGES,
    conditions,
    connections_row,
    messages_row,
    table,
)
from benchmarks.scenarios import Scenario, connect, idle, pairs, room, steady
from benchmarks.sockets import CLIENT
from benchmarks.stage import Stage

__all__ = ["main"]

_QUIET_CORES = 0.3
SCENARIOS: dict[str, Callable[[argparse.Namespace], list[Scenario]]] = {
    "pairs": lambda options: [pairs(options.pairs)],
    "room": lambda options: [room(size) for size in options.receivers],
    "steady": lambda options: [steady(options.pairs)],
    "connect": lambda options: [connect(options.connections)],
    "idle": lambda options: [idle(options.connections)],
}


def main(arguments: Sequence[str]) -> None:
    """Compare the peers as asked for on the command line."""
    options = _options(arguments)
    peers = [peer for name in options.peers if _is_there(peer := PEERS[name])]
    scenarios = [s for name in options.scenarios for s in SCENARIOS[name](options)]
    if not peers or not scenarios:
        sys.exit("nothing to do")
    # Databases and servers are put away, too, when the command is told to stop.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))
    messages: list[tuple[str, ...]] = []
    connections: list[tuple[str, ...]] = []
    with Stage(
        peers,
        pairs=max(scenario.pairs for scenario in scenarios),
        people=max(scenario.people for scenario in scenarios),
    ) as stage:
        for scenario in scenarios:
            is_silent = scenario.load in (Load.CONNECT, Load.IDLE)
            head = CONNECTIONS if is_silent else MESSAGES
            row = connections_row if is_silent else messages_row
            results: dict[str, list[Result]] = {peer.name: [] for peer in peers}
            # In turn, so that what else happens on the machine meets all of them.
            for run in range(options.runs):
                for peer in peers:
                    _wait_until_quiet(options.patience)
                    with stage.server(peer) as server:
                        result = server.load(
                            scenario,
                            warmup=options.warmup,
                            seconds=options.seconds,
                            profile=options.profile,
                        )
                    results[peer.name].append(result)
                    figures = zip(
                        head, row(scenario.name, peer.name, [result]), strict=True
                    )
                    _say(
                        f"run {run + 1} of {options.runs}",
                        *(f"{name} {figure}" for name, figure in figures if figure),
                    )
            rows = connections if is_silent else messages
            rows += [row(scenario.name, name, of) for name, of in results.items()]
        versions = stage.versions()
    print(conditions([*versions, *(v for peer in peers for v in peer.versions())]))
    print(f"Medians of {options.runs} runs of {options.seconds:g} s, {CLIENT} clients")
    for head, rows in ((MESSAGES, messages), (CONNECTIONS, connections)):
        if rows:
            print(f"\n{table(head, rows)}")


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        epilog="`python -m benchmarks queries --help` tells of the other benchmark.",
    )
    add = parser.add_argument
    add("--peers", nargs="+", choices=PEERS, default=list(PEERS))
    add("--scenarios", nargs="+", choices=SCENARIOS, default=list(SCENARIOS))
    add("--pairs", type=int, default=50, help="conversations of two that talk")
    add("--receivers", type=int, nargs="+", default=[100, 500, 1000])
    add("--connections", type=int, default=1000, help="who connect or are idle")
    add("--runs", type=int, default=3, help="runs of each peer in each scenario")
    add("--seconds", type=float, default=5.0, help="measured seconds of a run")
    add("--warmup", type=float, default=2.0, help="seconds of load before them")
    add("--patience", type=float, default=30.0, help="seconds to wait for quiet")
    add("--profile", metavar="FILE", help="sample the server with py-spy into FILE")
    return parser.parse_args(arguments)


def _is_there(peer: Peer) -> bool:
    try:
        peer.obtain()
    except PeerUnavailable as error:
        _say(f"{peer.name} is left out: {error}")
        return False
    return True


def _say(*words: str) -> None:
    print(*words, sep=", ", file=sys.stderr, flush=True)


def _wait_until_quiet(seconds: float) -> None:
    """Wait until the machine has little else to do, but not for ever."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and foreign_cores(0.5) > _QUIET_CORES:
        pass
