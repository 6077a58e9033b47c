"""`python -m benchmarks`: run the peers in turn and print a table of medians."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence

from benchmarks.load import Result
from benchmarks.peers import PEERS
from benchmarks.processes import foreign_cores
from benchmarks.report import HEAD, conditions, row, table
from benchmarks.scenarios import pairs, room
from benchmarks.sockets import CLIENT
from benchmarks.stage import Stage

_QUIET_CORES = 0.3


def main(arguments: Sequence[str] | None = None) -> None:
    """Compare the peers as asked for on the command line."""
    options = _options(arguments)
    peers = [PEERS[name] for name in options.peers]
    scenarios = [pairs(options.pairs)] if options.pairs else []
    scenarios += [room(receivers) for receivers in options.receivers]
    people = max(scenario.people for scenario in scenarios)
    rows = []
    with Stage(peers, pairs=options.pairs, people=people) as stage:
        for scenario in scenarios:
            results: dict[str, list[Result]] = {peer.name: [] for peer in peers}
            # In turn, so that what else happens on the machine meets all of them.
            for run in range(options.runs):
                for peer in peers:
                    _wait_until_quiet(options.patience)
                    talks = scenario.talks(stage.towns[peer.name])
                    with stage.server(peer) as server:
                        result = server.load(
                            talks,
                            warmup=options.warmup,
                            seconds=options.seconds,
                            profile=options.profile,
                        )
                    results[peer.name].append(result)
                    figures = row(peer.name, scenario.name, [result])
                    print(f"run {run + 1}:", *figures, file=sys.stderr, flush=True)
            rows += [row(name, scenario.name, of) for name, of in results.items()]
    print(conditions())
    print(
        f"Medians of {options.runs} runs of {options.seconds:g} s, {CLIENT} clients\n"
    )
    print(table(HEAD, rows))


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    add = parser.add_argument
    add("--peers", nargs="+", choices=PEERS, default=list(PEERS))
    add("--pairs", type=int, default=50, help="who send at the same time; 0: skip")
    add("--receivers", type=int, nargs="*", default=[100, 500, 1000])
    add("--runs", type=int, default=3, help="runs of each peer in each scenario")
    add("--seconds", type=float, default=5.0, help="measured seconds of a run")
    add("--warmup", type=float, default=2.0, help="seconds of load before them")
    add("--patience", type=float, default=30.0, help="seconds to wait for quiet")
    add("--profile", metavar="FILE", help="sample the server with py-spy into FILE")
    options = parser.parse_args(arguments)
    if not options.pairs and not options.receivers:
        parser.error("nothing to do")
    return options


def _wait_until_quiet(seconds: float) -> None:
    """Wait until the machine has little else to do, but not for ever."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and foreign_cores(0.5) > _QUIET_CORES:
        pass


if __name__ == "__main__":
    main()
