"""The benchmark must run when somebody wants to know, not only on the day it was made."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.load import Result
from benchmarks.processes import Usage
from benchmarks.report import HEAD, row, table
from tests.services import Services

ROOT = Path(__file__).parents[2]
SMALL = (
    *("--pairs", "2", "--receivers", "3", "--runs", "1"),
    *("--seconds", "1", "--warmup", "0.2", "--patience", "0"),
)


def cells(line: str) -> dict[str, str]:
    """Return a line of a table by the names in its head."""
    return dict(zip(HEAD, (c.strip() for c in line.strip("|").split("|")), strict=True))


@pytest.mark.full
def test_a_short_run_measures_both_peers(services: Services) -> None:
    with services.private_postgres() as postgres, services.private_redis() as redis:
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks", *SMALL],
            cwd=ROOT,
            env={
                **os.environ,
                "TEST_DATABASE_URL": postgres.url,
                "TEST_REDIS_URL": redis.url,
            },
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )
    assert done.returncode == 0, done.stderr

    rows = [cells(line) for line in done.stdout.splitlines()[-4:]]
    assert [(found["scenario"], found["peer"]) for found in rows] == [
        ("2 pairs", "naive"),
        ("2 pairs", "chat"),
        ("1 to 3", "naive"),
        ("1 to 3", "chat"),
    ]
    for found in rows:
        assert float(found["messages/s"].replace(",", "")) > 0, found
        assert float(found["server µs/message"].replace(",", "")) > 0, found
        assert found["lost"] == "0"


def result(*, seconds: float, server: float, lost: int = 0) -> Result:
    """Return a run of two seconds in which 100 messages reached two people each."""
    return Result(
        latencies=[seconds] * 100,
        delivered=200,
        lost=lost,
        usage=Usage(wall=2.0, server=server, services=0.1, load=0.4, foreign=0.2),
    )


def test_the_table_shows_the_middle_run_and_every_lost_message() -> None:
    runs = [
        result(seconds=0.010, server=0.2, lost=1),
        result(seconds=0.500, server=1.0),
        result(seconds=0.020, server=0.3, lost=2),
    ]

    found = cells(table(HEAD, [row("chat", "pairs", runs)]).splitlines()[-1])

    assert found == {
        "scenario": "pairs",
        "peer": "chat",
        "messages/s": "50",
        "deliveries/s": "100",
        "p50 ms": "20.0",
        "p95 ms": "20.0",
        "p99 ms": "20.0",
        "server µs/message": "3,000",
        "server µs/delivery": "1,500",
        "services µs/message": "1,000",
        "load cores": "0.20",
        "foreign cores": "0.10",
        "lost": "3",
    }
