"""The benchmark must run when somebody wants to know, not only on the day it was made."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import servers
from benchmarks.load import Result
from benchmarks.peers import PEERS, PeerUnavailable
from benchmarks.processes import Usage
from benchmarks.report import (
    CONNECTIONS,
    MESSAGES,
    connections_row,
    messages_row,
    table,
)
from tests.services import Services

ROOT = Path(__file__).parents[2]
SMALL = (
    *("--pairs", "2", "--receivers", "3", "--connections", "40"),
    *("--runs", "1", "--seconds", "2", "--warmup", "0.2", "--patience", "0"),
)


def cells(head: tuple[str, ...], line: str) -> dict[str, str]:
    """Return a line of a table by the names in its head."""
    return dict(zip(head, (c.strip() for c in line.strip("|").split("|")), strict=True))


def number(cell: str) -> float:
    """Return what a cell says."""
    return float(cell.replace(",", ""))


def measure(services: Services, *arguments: str) -> list[str]:
    """Return the lines that a short run prints."""
    with services.private_postgres() as postgres, services.private_redis() as redis:
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks", *SMALL, *arguments],
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
    return done.stdout.splitlines()


@pytest.mark.full
def test_a_short_run_measures_both_peers(services: Services) -> None:
    lines = measure(services, "--peers", "naive", "chat", "--scenarios", "pairs")

    rows = [cells(MESSAGES, line) for line in lines[-2:]]
    assert [(found["scenario"], found["peer"]) for found in rows] == [
        ("2 pairs", "naive"),
        ("2 pairs", "chat"),
    ]
    for found in rows:
        assert number(found["messages/s"]) > 0, found
        assert number(found["server µs/message"]) > 0, found
        assert found["lost"] == "0"


@pytest.mark.full
def test_a_short_run_measures_every_other_scenario(services: Services) -> None:
    scenarios = ("room", "steady", "connect", "idle")

    lines = measure(services, "--peers", "chat", "--scenarios", *scenarios)

    gap = lines.index("", lines.index("") + 1)
    room, steady = (cells(MESSAGES, line) for line in lines[gap - 2 : gap])
    assert (room["scenario"], steady["scenario"]) == ("1 to 3", "20 messages a second")
    assert number(room["deliveries/s"]) > number(room["messages/s"]) > 0
    assert number(steady["p50 ms"]) > 0
    connect, idle = (cells(CONNECTIONS, line) for line in lines[-2:])
    assert (connect["scenario"], idle["scenario"]) == ("connect", "40 idle")
    assert number(connect["connections/s"]) > 0
    assert number(connect["server µs/connection"]) > 0
    assert idle["connections/s"] == ""
    assert number(idle["KiB/connection"]) < 1_000


@pytest.mark.full
def test_a_short_run_measures_the_peer_on_node(services: Services) -> None:
    try:
        PEERS["socketio"].obtain()
    except PeerUnavailable as error:
        pytest.skip(str(error))

    *_, line = measure(services, "--peers", "socketio", "--scenarios", "pairs")

    found = cells(MESSAGES, line)
    assert found["peer"] == "socketio"
    assert number(found["messages/s"]) > 0, found
    assert found["lost"] == "0"


def test_a_peer_that_cannot_run_here_is_left_out(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")

    with pytest.raises(SystemExit, match="nothing to do"):
        servers.main(["--peers", "socketio"])

    said = capsys.readouterr().err
    assert said == "socketio is left out: there is no node on this machine\n"


def result(
    *, seconds: float, server: float, lost: int = 0, kib: float | None = None
) -> Result:
    """Return a run of two seconds in which 100 messages reached two people each."""
    return Result(
        latencies=[seconds] * 100,
        delivered=200,
        lost=lost,
        usage=Usage(wall=2.0, server=server, services=0.1, load=0.4, foreign=0.2),
        kib=kib,
    )


def test_the_table_shows_the_middle_run_and_every_lost_message() -> None:
    runs = [
        result(seconds=0.010, server=0.2, lost=1),
        result(seconds=0.500, server=1.0),
        result(seconds=0.020, server=0.3, lost=2),
    ]

    row = messages_row("pairs", "chat", runs)
    found = cells(MESSAGES, table(MESSAGES, [row]).splitlines()[-1])

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


def test_idle_connections_have_a_size_and_no_speed() -> None:
    runs = [
        result(seconds=0.010, server=0.2, kib=31.0),
        result(seconds=0.010, server=0.2, kib=20.0),
        result(seconds=0.010, server=0.2, kib=22.5),
    ]

    found = dict(zip(CONNECTIONS, connections_row("9 idle", "chat", runs), strict=True))

    assert found == {
        "scenario": "9 idle",
        "peer": "chat",
        "connections/s": "",
        "p50 ms": "",
        "p95 ms": "",
        "p99 ms": "",
        "server µs/connection": "",
        "services µs/connection": "",
        "KiB/connection": "22.5",
        "load cores": "0.20",
        "foreign cores": "0.10",
    }
