"""The servers of the tests must fail as real ones do, or fault tests prove little."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
import redis

from tests.services import Services

ROOT = Path(__file__).parents[2]


def test_a_killed_postgres_comes_back_with_what_was_committed(
    services: Services,
) -> None:
    with services.private_postgres() as server:
        with psycopg.connect(server.url) as connection:
            connection.execute("CREATE TABLE note AS SELECT 'kept' AS text")

        server.kill()
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(server.url, connect_timeout=2)

        server.start()
        with psycopg.connect(server.url) as connection:
            assert connection.execute("SELECT text FROM note").fetchall() == [("kept",)]


def test_a_killed_redis_comes_back_empty(services: Services) -> None:
    with services.private_redis() as server, redis.from_url(server.url) as client:
        client.set("note", "gone")

        server.kill()
        with pytest.raises(redis.ConnectionError):
            client.get("note")

        server.start()
        assert client.get("note") is None


def test_a_private_server_leaves_nothing_behind(services: Services) -> None:
    with services.private_redis() as server:
        assert server.directory.exists()

    assert not server.directory.exists()
    assert server.process is not None
    assert server.process.poll() is not None


NO_POSTGRES = """
from tests import services
from tests.programs import ServerUnavailable

def missing():
    raise ServerUnavailable("there is no PostgreSQL")

services.find_postgres = lambda: None
services.PrivatePostgres = missing
"""


@pytest.mark.parametrize(
    ("services_option", "status", "words"),
    [
        ("auto", pytest.ExitCode.OK, "EVERY TEST IS SKIPPED"),
        ("require", pytest.ExitCode.USAGE_ERROR, "there is no PostgreSQL"),
    ],
)
def test_a_run_without_its_servers_says_so(
    tmp_path: Path, services_option: str, status: int, words: str
) -> None:
    (tmp_path / "no_postgres.py").write_text(NO_POSTGRES)
    outer = ("PYTEST_", "TEST_")
    environment = {k: v for k, v in os.environ.items() if not k.startswith(outer)}

    run = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-p", "no_postgres"),
            *("--backend=postgres-core", f"--services={services_option}"),
            *("-k", "type_checker", "tests/packaging/test_wheel.py"),
        ],
        cwd=ROOT,
        env=environment | {"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert run.returncode == status, run.stdout + run.stderr
    assert words in run.stdout + run.stderr
