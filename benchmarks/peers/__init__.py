"""The servers that are compared: how each is started and how clients speak to it."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from abc import ABC, abstractmethod
from importlib.metadata import version
from pathlib import Path

from benchmarks.dialects import ChatDialect, Dialect, NaiveDialect, SocketioDialect

__all__ = ["PEERS", "Peer", "PeerUnavailable"]

_HERE = Path(__file__).parent


class PeerUnavailable(Exception):
    """This machine lacks what a peer needs."""


class Peer(ABC):
    """A server in the comparison."""

    environment: dict[str, str] = {}
    """What its processes find in their environment, besides its database and Redis."""

    def __init__(self, name: str, dialect: Dialect) -> None:
        self.name = name
        self.dialect = dialect

    def obtain(self) -> None:  # noqa: B027 (most need nothing)
        """Get what it needs, or raise `PeerUnavailable`."""

    @abstractmethod
    def versions(self) -> list[str]:
        """Return what it is made of, each name with its version."""

    @abstractmethod
    def filling(self) -> list[str]:
        """Return the command that fills its database, for `PAIRS PEOPLE` to follow."""

    @abstractmethod
    def serving(self, port: int) -> list[str]:
        """Return the command that serves it on a port of this machine."""


class DjangoPeer(Peer):
    """A peer on Django, with its settings in a folder of its name."""

    def __init__(self, name: str, dialect: Dialect, server: tuple[str, ...]) -> None:
        super().__init__(name, dialect)
        self._server = server
        settings = f"benchmarks.peers.{name}.settings"
        self.environment = {"DJANGO_SETTINGS_MODULE": settings}

    def versions(self) -> list[str]:
        packages = ("Django", "channels", "channels-redis", "redis", self._server[0])
        return [f"{name} {version(name)}" for name in packages]

    def filling(self) -> list[str]:
        return [sys.executable, "-m", "benchmarks.fill", self.name]

    def serving(self, port: int) -> list[str]:
        application = f"benchmarks.peers.{self.name}.asgi:application"
        arguments = [part.format(port=port) for part in self._server]
        return [sys.executable, "-m", *arguments, application]


class NodePeer(Peer):
    """A peer on Node, with its `package.json` in a folder of its name."""

    environment = {"NODE_ENV": "production"}

    def obtain(self) -> None:
        for program in ("node", "npm"):
            if not shutil.which(program):
                raise PeerUnavailable(f"there is no {program} on this machine")
        wanted = self._folder / "package-lock.json"
        # npm keeps a copy of what it has installed.
        installed = self._folder / "node_modules/.package-lock.json"
        if installed.exists() and installed.stat().st_mtime >= wanted.stat().st_mtime:
            return
        command = ["npm", "ci", "--no-audit", "--no-fund", "--silent"]
        done = subprocess.run(command, cwd=self._folder, stdout=sys.stderr, check=False)
        if done.returncode:
            raise PeerUnavailable(f"`npm ci` fails in {self._folder}")

    def versions(self) -> list[str]:
        command = ["node", "--version"]
        node = subprocess.check_output(command, text=True)
        package = json.loads((self._folder / "package.json").read_text())
        parts = [f"{name} {what}" for name, what in package["dependencies"].items()]
        return [f"Node {node.strip().lstrip('v')}", *parts]

    def filling(self) -> list[str]:
        return [sys.executable, "-m", f"benchmarks.peers.{self.name}.fill"]

    def serving(self, port: int) -> list[str]:
        return ["node", str(self._folder / "server.js"), str(port)]

    @property
    def _folder(self) -> Path:
        return _HERE / self.name


_DAPHNE = (
    *("daphne", "-b", "127.0.0.1", "-p", "{port}", "-v", "0"),
    # A thousand who come at once wait longer on a busy machine than it lets them.
    *("--websocket_connect_timeout", "60"),
)
# With `auto` the event loop is uvloop where that is installed.
_UVICORN = (
    *("uvicorn", "--host", "127.0.0.1", "--port", "{port}"),
    *("--ws", "websockets-sansio", "--loop", "auto"),
    *("--log-level", "warning", "--no-access-log"),
)

PEERS: dict[str, Peer] = {
    peer.name: peer
    for peer in (
        DjangoPeer("naive", NaiveDialect(), _DAPHNE),
        NodePeer("socketio", SocketioDialect()),
        DjangoPeer("chat", ChatDialect(), _UVICORN),
    )
}
