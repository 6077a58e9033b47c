"""`manage.py demo`: everything a newcomer needs, in one command."""

from __future__ import annotations

import socket
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from django_chat.importing.services import import_archive
from shop.seed import PASSWORD, is_empty, seed
from shop.story import PEOPLE

HOST = "127.0.0.1"
TRIED_PORTS = 50


class Command(BaseCommand):
    """Make the database, fill it when it is empty, and serve the shop."""

    help = "Set up the demo shop and serve it with its chat on 127.0.0.1."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--port",
            type=int,
            default=8000,
            help="where to serve; the next free port when it is taken (8000)",
        )
        parser.add_argument("--database", metavar="FILE", help="SQLite file to use")
        parser.add_argument(
            "--import",
            metavar="FILE",
            dest="archive",
            help="also load a chat archive of JSON lines",
        )
        parser.add_argument(
            "--no-serve", action="store_true", help="set up the database, then stop"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["database"]:
            self._use_file(options["database"])
        call_command("migrate", verbosity=0)
        if is_empty():
            seed()
            self.stdout.write(f"Filled {connection.settings_dict['NAME']}")
        if options["archive"]:
            self._import(Path(options["archive"]))
        if options["no_serve"]:
            return
        with self._listen(options["port"]) as listener:
            self._welcome(listener.getsockname()[1])
            self._serve(listener)

    def _use_file(self, name: str) -> None:
        if connection.vendor != "sqlite":
            raise CommandError("--database names a SQLite file; DATABASE_URL is set.")
        file = Path(name).resolve()
        if not file.parent.is_dir():
            raise CommandError(f"There is no folder {file.parent}.")
        # The same dict as the one that other threads open their connections by.
        settings.DATABASES["default"]["NAME"] = file

    def _import(self, archive: Path) -> None:
        if not archive.is_file():
            raise CommandError(f"There is no file {archive}.")
        report = import_archive(_lines_with_progress(archive))
        self.stdout.write(
            f"Imported {report.added:,} messages in {report.conversations:,} "
            f"conversations; {report.repeated:,} were there before."
        )
        for problem in report.problems:
            self.stderr.write(f"Line {problem.line} skipped: {problem.error.message}")
        if report.skipped > len(report.problems):
            self.stderr.write(f"{report.skipped:,} lines skipped altogether.")
        self._let_in()

    def _let_in(self) -> None:
        """Give the people of an archive the demo's password, to look as they see it."""
        newcomers = [
            user
            for user in get_user_model().objects.order_by("username")
            if not user.has_usable_password()
        ]
        for user in newcomers:
            user.set_password(PASSWORD)
            user.save(update_fields=["password"])
        if newcomers:
            names = ", ".join(user.username for user in newcomers[:3])
            self.stdout.write(f"They can log in too: {names} ...")

    def _listen(self, port: int) -> socket.socket:
        """Return a socket at `port`, or at the next one that nobody has."""
        for candidate in range(port, port + TRIED_PORTS):
            listener = socket.socket()
            # What a server that has just ended leaves behind is no reason to move.
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                listener.bind((HOST, candidate))
                # From now on who opens the address waits until the shop is ready.
                listener.listen()
            except OSError:
                listener.close()
                continue
            if candidate != port:
                self.stdout.write(f"Port {port} is taken, so this is {candidate}.")
            return listener
        raise CommandError(f"No port from {port} on is free.")

    def _welcome(self, port: int) -> None:
        address = f"http://{HOST}:{port}"
        *others, last = PEOPLE
        self.stdout.write(
            f"\n  Shop   {address}/\n"
            f"  Chat   {address}/chat/\n"
            f"  API    {address}/api/v1/messages/\n"
            f"  Admin  {address}/admin/ (as ana)\n\n"
            f"Log in as {', '.join(others)} or {last}; the password is {PASSWORD}.\n"
            "Two browsers, or a private window, make two people. Ctrl+C ends it."
        )
        self.stdout.flush()

    def _serve(self, listener: socket.socket) -> None:
        import uvicorn
        from config.asgi import application

        config = uvicorn.Config(
            application, log_level="warning", timeout_graceful_shutdown=3
        )
        with suppress(KeyboardInterrupt):
            uvicorn.Server(config).run(sockets=[listener])


def _lines_with_progress(archive: Path) -> Iterator[str]:
    """Return the lines of a file, and show on stderr how much of it is read."""
    size = archive.stat().st_size or 1
    done = shown = 0
    with archive.open(encoding="utf-8") as lines:
        for line in lines:
            done += len(line.encode())
            percent = min(100, done * 100 // size)
            if percent > shown:
                shown = percent
                bar = "#" * (percent * 40 // 100)
                sys.stderr.write(f"\r{archive.name} [{bar:<40}] {percent:3} %")
                sys.stderr.flush()
            yield line
    sys.stderr.write("\n")
