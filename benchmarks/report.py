"""From the results of several runs to a table of medians."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from importlib.metadata import version
from platform import python_version
from statistics import median, quantiles

from benchmarks.load import Result

__all__ = ["HEAD", "conditions", "row", "table"]

_NAMES = 2
HEAD = (
    *("scenario", "peer", "messages/s", "deliveries/s", "p50 ms", "p95 ms", "p99 ms"),
    *("server µs/message", "server µs/delivery", "services µs/message"),
    *("load cores", "foreign cores", "lost"),
)


def row(peer: str, scenario: str, results: Sequence[Result]) -> tuple[str, ...]:
    """Return the medians of the runs of one peer in one scenario."""

    def middle(value: Callable[[Result], float], digits: int = 0) -> str:
        return f"{median(map(value, results)):,.{digits}f}"

    def latency(percent: int) -> str:
        return middle(lambda r: _percentile(r.latencies, percent) * 1000, 1)

    return (
        scenario,
        peer,
        middle(lambda r: len(r.latencies) / r.usage.wall),
        middle(lambda r: r.delivered / r.usage.wall),
        latency(50),
        latency(95),
        latency(99),
        middle(lambda r: r.usage.server / _count(r) * 1e6),
        middle(lambda r: r.usage.server / max(1, r.delivered) * 1e6),
        middle(lambda r: r.usage.services / _count(r) * 1e6),
        middle(lambda r: r.usage.load / r.usage.wall, 2),
        middle(lambda r: r.usage.foreign / r.usage.wall, 2),
        str(sum(r.lost for r in results)),
    )


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table that also reads well as it is."""
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    rule = [
        "-" * width if number < _NAMES else "-" * (width - 1) + ":"
        for number, width in enumerate(widths)
    ]
    return "\n".join(_line(cells, widths) for cells in (head, rule, *rows))


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = [
        cell.ljust(width) if number < _NAMES else cell.rjust(width)
        for number, (cell, width) in enumerate(zip(cells, widths, strict=True))
    ]
    return f"| {' | '.join(padded)} |"


def conditions() -> str:
    """Return what the figures depend on, in one line."""
    packages = ("Django", "channels", "channels-redis", "redis", "uvicorn", "daphne")
    versions = ", ".join(f"{name} {version(name)}" for name in packages)
    return f"{os.cpu_count()} cores, Python {python_version()}, {versions}"


def _count(result: Result) -> int:
    return max(1, len(result.latencies))


def _percentile(values: Sequence[float], percent: int) -> float:
    if len(values) < 2:
        return values[0] if values else float("nan")
    return quantiles(values, n=100, method="inclusive")[percent - 1]
