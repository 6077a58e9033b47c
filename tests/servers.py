"""Database servers of our own: started on 127.0.0.1, killed and thrown away.

Nothing is installed, no user is created, no password is needed.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, ClassVar, Self

from tests.programs import (
    Account,
    ServerUnavailable,
    for_unprivileged,
    postgres_programs,
    redis_program,
)

START_SECONDS = 30.0
STOP_SECONDS = 10.0
LOG_SECONDS = 20.0


class PrivateServer(ABC):
    """A server process with its own port and directory, which a test may kill."""

    name: ClassVar[str]
    stop_signal: ClassVar[signal.Signals] = signal.SIGTERM

    def __init__(self) -> None:
        self.directory = Path(tempfile.mkdtemp(prefix=f"django-chat-{self.name}-"))
        # For the runs that end before the one who asked for the server is told.
        atexit.register(self.close)
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None
        self.account = Account()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    @property
    @abstractmethod
    def url(self) -> str:
        """The address that clients connect to; it survives a restart."""

    @abstractmethod
    def command(self) -> Sequence[str | Path]:
        """Return the command line of the server."""

    @abstractmethod
    def answers(self) -> bool:
        """Tell whether clients are served."""

    def start(self) -> None:
        """Start the server on its old port and data; return when it answers."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            # A server that was killed a moment ago may still hold what its
            # successor needs, which then ends at once: try again.
            if self.process is None or self.process.poll() is not None:
                with self.log.open("ab") as log:
                    self.process = self._launch(self.command(), log)
            if self.answers() and self.process.poll() is None:
                return
            time.sleep(0.02)
        self.kill()
        raise ServerUnavailable(f"{self.name} does not start: {self._last_words()}")

    def stop(self) -> None:
        """End the server as an administrator would."""
        if self.process is None:
            return
        self.process.send_signal(self.stop_signal)
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """End the server as a crash would: at once, with nothing tidied up."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def close(self) -> None:
        """Stop the server and remove its data."""
        self.stop()
        atexit.unregister(self.close)
        shutil.rmtree(self.directory, ignore_errors=True)

    @property
    def log(self) -> Path:
        """The file that takes what the server prints."""
        return self.directory / "log"

    def words(self) -> str:
        """Return everything that the server has printed."""
        return self.log.read_text(errors="replace")

    def wait_for(self, text: str, *, after: int = 0) -> None:
        """Wait until the server has printed a text, behind what it had said before."""
        deadline = time.monotonic() + LOG_SECONDS
        while text not in self.words()[after:]:
            assert time.monotonic() < deadline, self.words()[after:]
            time.sleep(0.1)

    def prepare(self, *command: str | Path) -> None:
        """Run a program that must succeed before the server can start."""
        with self.log.open("ab") as log:
            status = self._launch(command, log).wait()
        if status != 0:
            raise ServerUnavailable(f"{command[0]} failed: {self._last_words()}")

    def _launch(self, command: Sequence[str | Path], log: Any) -> Any:
        return subprocess.Popen(
            [*self.account.prefix, *command],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd="/",
            env={
                "PATH": os.environ.get("PATH", os.defpath),
                "LC_ALL": "C.UTF-8",
                "TZ": "UTC",
            },
            # Ctrl-C in the terminal is for pytest, which then stops the server.
            start_new_session=True,
            **self.account.options,
        )

    def _last_words(self) -> str:
        with contextlib.suppress(OSError):
            return self.log.read_text(errors="replace")[-2000:]
        return "(no log)"


class PrivateRedis(PrivateServer):
    """A Redis (or Valkey) that keeps its data in memory only."""

    name = "redis"

    def __init__(self) -> None:
        self.program = redis_program()
        super().__init__()

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def command(self) -> Sequence[str | Path]:
        settings = {"bind": "127.0.0.1", "port": self.port, "dir": self.directory}
        settings |= {"save": "", "appendonly": "no", "daemonize": "no"}
        flags = [(f"--{key}", str(value)) for key, value in settings.items()]
        return [self.program, *(part for flag in flags for part in flag)]

    def answers(self) -> bool:
        return answers_ping(self.port)


class PrivatePostgres(PrivateServer):
    """A PostgreSQL whose user `postgres` needs no password."""

    name = "postgres"
    stop_signal = signal.SIGINT  # "fast": clients are sent away

    def __init__(self) -> None:
        programs = postgres_programs()
        super().__init__()
        self.programs, self.account = for_unprivileged(programs, self.directory)
        self.data = self.directory / "data"
        self.data.mkdir(mode=0o700)
        if "user" in self.account.options:
            os.chown(self.data, self.account.options["user"], -1)
        self.prepare(
            *(self.programs / "initdb", "-D", self.data, "-U", "postgres"),
            *("--auth=trust", "--encoding=UTF8", "--no-sync", "--no-instructions"),
        )

    @property
    def url(self) -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/postgres"

    def command(self) -> Sequence[str | Path]:
        # What was committed outlives a killed server, though not a power cut. That
        # takes a synchronous commit: a late one loses its last lines when killed.
        hasty = ("fsync=off", "full_page_writes=off")
        place = (f"port={self.port}", "listen_addresses=127.0.0.1")
        rest = ("unix_socket_directories=", "max_connections=200", "autovacuum=off")
        flags = [part for value in (*hasty, *place, *rest) for part in ("-c", value)]
        return [self.programs / "postgres", "-D", self.data, *flags]

    def answers(self) -> bool:
        import psycopg

        try:
            psycopg.connect(self.url, connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True


class PrivateMariaDB(PrivateServer):
    """A MariaDB whose user `root` needs no password."""

    name = "mariadb"

    def __init__(self) -> None:
        path = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin"))
        server = shutil.which("mariadbd", path=path)
        installer = shutil.which("mariadb-install-db", path=path)
        if server is None or installer is None:
            raise ServerUnavailable("no mariadbd on this machine")
        super().__init__()
        self.program = server
        self.data = self.directory / "data"
        self.options = ["--no-defaults", f"--datadir={self.data}"]
        if os.geteuid() == 0:
            self.options.append("--user=root")
        normal = "--auth-root-authentication-method=normal"
        self.prepare(installer, *self.options, normal, "--skip-test-db")

    @property
    def url(self) -> str:
        return f"mysql://root@127.0.0.1:{self.port}/"

    def command(self) -> Sequence[str | Path]:
        return [
            *(self.program, *self.options),
            *(f"--port={self.port}", "--bind-address=127.0.0.1"),
            *(f"--socket={self.directory / 'socket'}", "--skip-networking=0"),
            *("--innodb-flush-log-at-trx-commit=2", "--pid-file=pid"),
        ]

    def answers(self) -> bool:
        import pymysql

        try:
            pymysql.connect(host="127.0.0.1", port=self.port, user="root").close()
        except pymysql.err.OperationalError:
            return False
        return True


class PrivateNginx(PrivateServer):
    """An nginx that serves one site and keeps everything in its own directory."""

    name = "nginx"

    def __init__(self, site: Callable[[int], str]) -> None:
        """Take what returns the configuration of a site that listens on a port."""
        path = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin"))
        program = shutil.which("nginx", path=path)
        if program is None:
            raise ServerUnavailable("no nginx on this machine")
        super().__init__()
        self.program = program
        self.configuration = self.directory / "nginx.conf"
        temporary = "\n".join(
            f"{what}_temp_path {self.directory / what};"
            for what in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        # One line for each answer: who gave it, and its status. That of a WebSocket
        # comes when it ends.
        self.configuration.write_text(f"""
            daemon off;
            {"user root;" if os.geteuid() == 0 else ""}
            worker_processes 2;
            pid {self.directory / "pid"};
            error_log {self.log} notice;
            events {{}}
            http {{
                log_format who "$status by $upstream_addr";
                access_log {self.log} who;
                {temporary}
                {site(self.port)}
            }}
        """)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def command(self) -> Sequence[str | Path]:
        # Until it has read the configuration it would log to a file that all share.
        return [self.program, "-e", self.log, "-c", self.configuration]

    def answers(self) -> bool:
        with (
            contextlib.suppress(OSError),
            socket.create_connection(("127.0.0.1", self.port), 1),
        ):
            return True
        return False

    def reload(self) -> None:
        """Read the configuration again; return when new workers have taken over."""
        assert self.process is not None
        said = len(self.words())
        self.process.send_signal(signal.SIGHUP)
        self.wait_for("gracefully shutting down", after=said)


def free_port() -> int:
    """Return a port that nobody listens on, and that stays free for a restart."""
    while True:
        # Below the range from which the kernel serves outgoing connections.
        port = 20_000 + secrets.randbelow(12_000)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def answers_ping(port: int) -> bool:
    """Tell whether a Redis without password listens on this port."""
    with (
        contextlib.suppress(OSError),
        socket.create_connection(("127.0.0.1", port), 1) as connection,
    ):
        connection.sendall(b"PING\r\n")
        return connection.recv(16).startswith(b"+PONG")
    return False
