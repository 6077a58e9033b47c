"""A site of its own: a database, perhaps a Redis, and server processes to kill."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from tests.faults.clock import set_clock
from tests.servers import PrivatePostgres, PrivateRedis, PrivateServer
from tests.services import Services
from tests.settings import RUN_DIR

PEOPLE = 6
ROOT = Path(__file__).parents[2]
APPLICATION = "tests.asgi:application"
CORE = "channels_redis.core.RedisChannelLayer"
PUBSUB = "channels_redis.pubsub.RedisPubSubChannelLayer"


class ChatServer(PrivateServer):
    """One process that serves the test project."""

    name = "chat"

    def __init__(self, environment: dict[str, str], program: str) -> None:
        super().__init__()
        clock = self.directory / "clock"
        set_clock(clock, 0.0)
        self.environment = {**environment, "FAULTS_CLOCK": str(clock)}
        self.clock = clock
        self.program = program

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def command(self) -> Sequence[str | Path]:
        if self.program == "daphne":
            options = ["-b", "127.0.0.1", "-p", str(self.port), "-v", "0"]
        else:
            options = ["--host", "127.0.0.1", "--port", str(self.port)]
            options += ["--ws", "websockets-sansio", "--log-level", "warning"]
        return [sys.executable, "-m", self.program, *options, APPLICATION]

    def answers(self) -> bool:
        try:
            address = f"{self.url}/api/v1/messages/health/"
            with urllib.request.urlopen(address) as found:  # noqa: S310
                return bool(found.status == 200)
        except OSError:
            return False

    def jump(self, seconds: float) -> None:
        """Set the wall clock of this process that far off, from this moment on."""
        set_clock(self.clock, seconds)

    def memory(self) -> int:
        """Return how many bytes of memory the process holds."""
        assert self.process is not None
        command = ["ps", "-o", "rss=", "-p", str(self.process.pid)]
        return int(subprocess.check_output(command)) * 1024

    def _launch(self, command: Sequence[str | Path], log: Any) -> Any:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd=ROOT,
            env=self.environment,
            start_new_session=True,
        )


@dataclass
class Site:
    """What a fault test plays with."""

    postgres: PrivatePostgres
    redises: list[PrivateRedis]
    servers: list[ChatServer]
    group: str
    users: list[str]
    sessions: list[str]

    @property
    def redis(self) -> PrivateRedis | None:
        """The Redis of a site that has one."""
        return self.redises[0] if self.redises else None

    def rows(self, sql: str, **named: Any) -> list[Any]:
        """Return what the database says, whatever the servers believe."""
        with psycopg.connect(self.postgres.url) as connection:
            return connection.execute(sql, named).fetchall()


@contextmanager
def frozen(server: PrivateServer) -> Iterator[None]:
    """Stop a server in its tracks: it takes connections, and never answers."""
    assert server.process is not None
    server.process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        server.process.send_signal(signal.SIGCONT)


class CopiedPostgres(PrivatePostgres):
    """A PostgreSQL that begins with the data of another, which has ended properly."""

    def __init__(self, data: Path) -> None:
        self.original = data
        super().__init__()

    def prepare(self, *command: str | Path) -> None:
        # Instead of what would make an empty one; with the owner that it must have.
        subprocess.run(["cp", "-a", f"{self.original}/.", self.data], check=True)


def prepared(services: Services) -> Path:
    """Return a folder with the data of a site, made once for all tests of a run."""
    place = RUN_DIR / "faults"
    place.mkdir(mode=0o711, exist_ok=True)
    with (place / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (place / "town.json").exists():
            _prepare(services, place)
    return place


def _prepare(services: Services, place: Path) -> None:
    with services.private_postgres() as postgres:
        made = subprocess.run(
            [sys.executable, "-m", "tests.faults.town", str(PEOPLE)],
            cwd=ROOT,
            env=_environment(postgres),
            capture_output=True,
            text=True,
            check=True,
            timeout=120,
        )
        postgres.stop()
        subprocess.run(["cp", "-a", postgres.data, place / "data"], check=True)
    (place / "town.json").write_text(made.stdout)


def _environment(postgres: PrivatePostgres, **more: str) -> dict[str, str]:
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.faults.settings",
        "TEST_BACKEND": "sqlite",
        "FAULTS_DATABASE_URL": postgres.url,
        **more,
    }


@contextmanager
def site(
    services: Services,
    *,
    layer: str = "",
    redises: int = 1,
    servers: int = 1,
    program: str = "uvicorn",
    limited: bool = False,
) -> Iterator[Site]:
    """Run a site with a few people in one group, and a stranger as the last session.

    The groups of a layer are spread over so many `redises`. With `limited` nobody may do
    more in a second than on any other site.
    """
    place = prepared(services)
    town = json.loads((place / "town.json").read_text())
    with ExitStack() as stack:
        postgres = stack.enter_context(CopiedPostgres(place / "data"))
        shards = [
            stack.enter_context(services.private_redis())
            for _ in range(redises if layer else 0)
        ]
        environment = _environment(
            postgres,
            FAULTS_LAYER=layer,
            FAULTS_REDIS_URLS=" ".join(shard.url for shard in shards),
            FAULTS_LIMITED="1" if limited else "",
        )
        running = [ChatServer(environment, program) for _ in range(servers)]
        for server in running:
            stack.callback(server.close)
        with ThreadPoolExecutor() as starting:
            list(starting.map(ChatServer.start, running))
        yield Site(postgres, shards, running, **town)
