"""A site of its own: a database, perhaps a Redis, and server processes to kill."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from tests.servers import PrivatePostgres, PrivateRedis, PrivateServer
from tests.services import Services

ROOT = Path(__file__).parents[2]
APPLICATION = "tests.asgi:application"
CORE = "channels_redis.core.RedisChannelLayer"
PUBSUB = "channels_redis.pubsub.RedisPubSubChannelLayer"


class ChatServer(PrivateServer):
    """One process that serves the test project."""

    name = "chat"

    def __init__(self, environment: dict[str, str], program: str) -> None:
        super().__init__()
        self.environment = environment
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
    redis: PrivateRedis | None
    servers: list[ChatServer]
    group: str
    sessions: list[str]

    def rows(self, sql: str) -> list[Any]:
        """Return what the database says, whatever the servers believe."""
        with psycopg.connect(self.postgres.url) as connection:
            return connection.execute(sql).fetchall()

    def history(self) -> list[tuple[int, str]]:
        """Return number and text of everything in the group, in order."""
        sql = "SELECT seq, content FROM django_chat_message ORDER BY seq"
        return self.rows(sql)


@contextmanager
def site(
    services: Services,
    *,
    people: int,
    layer: str = "",
    servers: int = 1,
    program: str = "uvicorn",
) -> Iterator[Site]:
    """Run a site with `people` in one group, and a stranger as the last session."""
    with ExitStack() as stack:
        postgres = stack.enter_context(services.private_postgres())
        redis = stack.enter_context(services.private_redis()) if layer else None
        environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "tests.faults.settings",
            "TEST_BACKEND": "sqlite",
            "FAULTS_DATABASE_URL": postgres.url,
            "FAULTS_LAYER": layer,
            "FAULTS_REDIS_URL": redis.url if redis else "",
        }
        made = subprocess.run(
            [sys.executable, "-m", "tests.faults.town", str(people)],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            check=True,
            timeout=120,
        )
        town = json.loads(made.stdout)
        running = [
            stack.enter_context(ChatServer(environment, program))
            for _ in range(servers)
        ]
        yield Site(postgres, redis, running, town["group"], town["sessions"])
