"""From the results of several runs to tables of medians."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from platform import python_version
from statistics import median, quantiles

from benchmarks.load import Result

__all__ = [
    "CONNECTIONS",
    "MESSAGES",
    "conditions",
    "connections_row",
    "messages_row",
    "table",
]

_NAMES = 2
_LATENCY = ("p50 ms", "p95 ms", "p99 ms")
_OTHERS = ("load cores", "foreign cores")
MESSAGES = (
    *("scenario", "peer", "messages/s", "deliveries/s", *_LATENCY),
    *("server µs/message", "server µs/delivery", "services µs/message"),
    *(*_OTHERS, "lost"),
)
CONNECTIONS = (
    *("scenario", "peer", "connections/s", *_LATENCY),
    *("server µs/connection", "services µs/connection", "KiB/connection"),
    *_OTHERS,
)


def messages_row(
    scenario: str, peer: str, results: Sequence[Result]
) -> tuple[str, ...]:
    """Return the medians of one peer's runs, in which people wrote messages."""
    return (
        scenario,
        peer,
        _middle(results, _rate),
        _middle(results, lambda r: r.delivered / r.usage.wall),
        *_latency(results),
        _middle(results, lambda r: r.usage.server / _count(r) * 1e6),
        _middle(results, lambda r: r.usage.server / max(1, r.delivered) * 1e6),
        _middle(results, lambda r: r.usage.services / _count(r) * 1e6),
        *_others(results),
        str(sum(r.lost for r in results)),
    )


def connections_row(
    scenario: str, peer: str, results: Sequence[Result]
) -> tuple[str, ...]:
    """Return the medians of one peer's runs, in which people only connected."""
    kept = [r.kib for r in results if r.kib is not None]
    if kept:
        kib = f"{median(kept):,.1f}"
        return (scenario, peer, *[""] * 6, kib, *_others(results))
    return (
        scenario,
        peer,
        _middle(results, _rate),
        *_latency(results),
        _middle(results, lambda r: r.usage.server / _count(r) * 1e6),
        _middle(results, lambda r: r.usage.services / _count(r) * 1e6),
        "",
        *_others(results),
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


def conditions(versions: Sequence[str]) -> str:
    """Return what the figures depend on, in one line."""
    python = f"Python {python_version()}"
    # Peers have parts in common.
    return ", ".join(dict.fromkeys((f"{os.cpu_count()} cores", python, *versions)))


def _middle(
    results: Sequence[Result], value: Callable[[Result], float], digits: int = 0
) -> str:
    return f"{median(map(value, results)):,.{digits}f}"


def _latency(results: Sequence[Result]) -> tuple[str, ...]:
    def one(percent: int) -> str:
        return _middle(results, lambda r: _percentile(r.latencies, percent) * 1000, 1)

    return one(50), one(95), one(99)


def _others(results: Sequence[Result]) -> tuple[str, ...]:
    """Return who else was busy: the load generator, and all that is not ours."""
    return (
        _middle(results, lambda r: r.usage.load / r.usage.wall, 2),
        _middle(results, lambda r: r.usage.foreign / r.usage.wall, 2),
    )


def _rate(result: Result) -> float:
    return len(result.latencies) / result.usage.wall


def _count(result: Result) -> int:
    return max(1, len(result.latencies))


def _percentile(values: Sequence[float], percent: int) -> float:
    if len(values) < 2:
        return values[0] if values else float("nan")
    return quantiles(values, n=100, method="inclusive")[percent - 1]
