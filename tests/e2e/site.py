"""The shop as it is run: a database file, people, and servers to kill."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.faults.site import ROOT, ChatServer

PEOPLE = 150


@dataclass(frozen=True)
class Person:
    """Somebody who is logged in already."""

    id: str
    username: str
    name: str
    session: str


class ShopServer(ChatServer):
    """One process that serves the example project."""

    name = "shop"

    def command(self) -> Sequence[str | Path]:
        *command, _ = super().command()
        return [*command, "config.asgi:application"]


class Shop:
    """A database of the shop, and one server of each program, started when asked for."""

    def __init__(self, folder: Path) -> None:
        self._environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "tests.e2e.settings",
            "E2E_DATABASE": str(folder / "shop.sqlite3"),
            "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "example_project")]),
        }
        for name in ("DATABASE_URL", "REDIS_URL", "DEBUG"):
            self._environment.pop(name, None)
        town = self._fill()
        self._people = [Person(**one) for one in town["people"]]
        self.talkers = [Person(**one) for one in town["long"]["people"]]
        self.long_talk: str = town["long"]["id"]
        self._servers: dict[str, ShopServer] = {}

    def _fill(self) -> Any:
        made = subprocess.run(
            [sys.executable, "-m", "tests.e2e.town", str(PEOPLE)],
            cwd=ROOT,
            env=self._environment,
            stdout=subprocess.PIPE,
            text=True,
            check=True,
            timeout=120,
        )
        return json.loads(made.stdout)

    def newcomer(self) -> Person:
        """Return somebody whom no other test knows."""
        return self._people.pop()

    def server(self, program: str) -> ShopServer:
        """Return the server that `program` runs, which answers now."""
        if program not in self._servers:
            self._servers[program] = ShopServer(self._environment, program)
        self._servers[program].start()
        return self._servers[program]

    def close(self) -> None:
        """Stop the servers."""
        for server in self._servers.values():
            server.close()
