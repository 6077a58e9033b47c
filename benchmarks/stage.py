"""PostgreSQL, Redis, and on them the databases and server processes of the peers."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

import psycopg
import redis

from benchmarks.fill import Town
from benchmarks.load import Plan, Result
from benchmarks.peers import Peer
from benchmarks.processes import Usage
from benchmarks.scenarios import Scenario
from tests.servers import PrivatePostgres, PrivateRedis, free_port
from tests.services import find_postgres, find_redis

__all__ = ["Server", "Stage"]

_ROOT = Path(__file__).resolve().parent.parent
_START_SECONDS = 30.0
_STOP_SECONDS = 15.0
_RUN_SECONDS = 300.0


class Stage:
    """Where a comparison takes place.

    PostgreSQL and Redis are found as the tests find them, else private ones are
    started. Raises `tests.programs.ServerUnavailable` when there are none.
    """

    def __init__(self, peers: list[Peer], *, pairs: int, people: int) -> None:
        self._peers = peers
        self._size = pairs, people
        self._name = f"chat_benchmark_{os.getpid()}"
        self._stack = ExitStack()
        self._towns: dict[str, Town] = {}

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            self._postgres = (
                find_postgres() or stack.enter_context(PrivatePostgres()).url
            )
            self._redis = find_redis() or stack.enter_context(PrivateRedis()).url
            for peer in self._peers:
                stack.callback(self._drop, self._filled(peer))
                self._towns[peer.name] = self._fill(peer)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._stack.close()

    def versions(self) -> list[str]:
        """Return which PostgreSQL and Redis these are."""
        with psycopg.connect(self._postgres) as connection:
            postgres = connection.info.server_version // 10_000
        with redis.Redis.from_url(self._redis) as client:
            found = client.info("server")["redis_version"]
        return [f"PostgreSQL {postgres}", f"Redis {found}"]

    @contextlib.contextmanager
    def server(self, peer: Peer) -> Iterator[Server]:
        """Serve a peer on a fresh copy of its filled database."""
        database = f"{self._name}_{peer.name}"
        self._sql(f'CREATE DATABASE "{database}" TEMPLATE "{self._filled(peer)}"')
        try:
            environment = self._environment(peer, database)
            with Server(peer, environment, self._towns[peer.name]) as server:
                yield server
        finally:
            self._drop(database)

    def _fill(self, peer: Peer) -> Town:
        database = self._filled(peer)
        self._sql(f'CREATE DATABASE "{database}"')
        pairs, people = self._size
        done = subprocess.run(
            [*peer.filling(), str(pairs), str(people)],
            cwd=_ROOT,
            env=self._environment(peer, database),
            stdout=subprocess.PIPE,
            check=True,
        )
        with psycopg.connect(self._url(database), autocommit=True) as connection:
            connection.execute("ANALYZE")
        return Town(**json.loads(done.stdout))

    def _filled(self, peer: Peer) -> str:
        return f"{self._name}_{peer.name}_filled"

    def _drop(self, database: str) -> None:
        self._sql(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')

    def _sql(self, statement: str) -> None:
        with psycopg.connect(self._postgres, autocommit=True) as connection:
            connection.execute(statement.encode())

    def _url(self, database: str) -> str:
        return urlsplit(self._postgres)._replace(path=f"/{database}").geturl()

    def _environment(self, peer: Peer, database: str) -> dict[str, str]:
        return {
            **os.environ,
            **peer.environment,
            "BENCHMARK_DATABASE_URL": self._url(database),
            "BENCHMARK_REDIS_URL": self._redis,
            # Keys in Redis that no other run shares.
            "BENCHMARK_NAME": database,
        }


class Server:
    """A peer's server process."""

    def __init__(self, peer: Peer, environment: dict[str, str], town: Town) -> None:
        self.peer = peer
        self._environment = environment
        self._town = town

    def __enter__(self) -> Self:
        self.port = free_port()
        self._process = subprocess.Popen(
            self.peer.serving(self.port), cwd=_ROOT, env=self._environment
        )
        try:
            self._wait_for_port()
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._stop()

    def load(
        self,
        scenario: Scenario,
        *,
        warmup: float,
        seconds: float,
        profile: str | None = None,
    ) -> Result:
        """Put the server under load and return what was measured.

        `profile` is a file for the samples of py-spy, which slow the server down.
        """
        plan = Plan(
            peer=self.peer.name,
            port=self.port,
            server=self._process.pid,
            load=scenario.load,
            talks=scenario.talks(self._town),
            warmup=warmup,
            seconds=seconds,
            profile=profile,
        )
        with tempfile.NamedTemporaryFile() as told:
            subprocess.run(
                [sys.executable, "-m", "benchmarks.load", told.name],
                cwd=_ROOT,
                input=json.dumps(asdict(plan)).encode(),
                timeout=_RUN_SECONDS + warmup + seconds,
                check=True,
            )
            result = json.load(told)
        return Result(**{**result, "usage": Usage(**result["usage"])})

    def _wait_for_port(self) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline and self._process.poll() is None:
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            time.sleep(0.05)
        raise RuntimeError(f"The server of {self.peer.name!r} does not start")

    def _stop(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
