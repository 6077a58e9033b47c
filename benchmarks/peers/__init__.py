"""The servers that are compared: how each is started and how clients speak to it."""

from __future__ import annotations

import sys
from dataclasses import dataclass

from benchmarks.dialects import ChatDialect, Dialect, NaiveDialect

__all__ = ["PEERS", "Peer"]


@dataclass(frozen=True, slots=True)
class Peer:
    """A server in the comparison."""

    name: str
    server: tuple[str, ...]
    dialect: Dialect

    @property
    def settings(self) -> str:
        """The module with its Django settings."""
        return f"benchmarks.peers.{self.name}.settings"

    def command(self, port: int) -> list[str]:
        """Return the command that serves it on a port of this machine."""
        application = f"benchmarks.peers.{self.name}.asgi:application"
        arguments = [part.format(port=port) for part in self.server]
        return [sys.executable, "-m", *arguments, application]


_DAPHNE = ("daphne", "-b", "127.0.0.1", "-p", "{port}", "-v", "0")
# With `auto` the event loop is uvloop where that is installed.
_UVICORN = (
    *("uvicorn", "--host", "127.0.0.1", "--port", "{port}"),
    *("--ws", "websockets-sansio", "--loop", "auto"),
    *("--log-level", "warning", "--no-access-log"),
)

PEERS = {
    peer.name: peer
    for peer in (
        Peer("naive", _DAPHNE, NaiveDialect()),
        Peer("chat", _UVICORN, ChatDialect()),
    )
}
