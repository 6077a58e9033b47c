"""`python -m benchmarks queries`: what requests cost PostgreSQL at a million messages.

Every request goes through the REST view or the function that a host would call, in this
process, over one warm connection. Nobody listens: there is no channel layer.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from random import Random
from statistics import median, quantiles
from typing import Any
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

from benchmarks.million import Site, load, verify
from benchmarks.processes import foreign_cores
from tests.servers import PrivatePostgres
from tests.services import find_postgres

__all__ = ["main"]

_DATABASE = "chat_benchmark_queries"
_PAGE = 50
_GAP = 100
_PLANS = 10
_WARMUP = 10
_HEAD = (
    *("request", "statements", "SQL ms", "SQL p95 ms", "server CPU ms"),
    *("whole ms", "whole p95 ms", "pages read"),
)
_ROOT = Path(__file__).resolve().parent.parent


def main(arguments: Sequence[str] | None = None) -> None:
    """Fill the database if need be, measure, and print a table."""
    options = _options(arguments)
    site = Site(messages=options.messages, seed=options.seed, texts=options.texts)
    with ExitStack() as stack:
        server = find_postgres() or stack.enter_context(PrivatePostgres()).url
        url = urlsplit(server)._replace(path=f"/{_DATABASE}").geturl()
        _configure(url)
        if not options.keep:
            stack.callback(_drop, server)
        _prepare(server, url, site)
        print(_conditions(url, site), end="\n\n")
        doors = [
            door
            for door in _doors(site)
            if not options.only or options.only in door.name
        ]
        measured = [
            _measure(door, Random(site.seed), options.calls)  # noqa: S311
            for door in doors
        ]
        print(_table([m.row() for m in measured]))
        print(f"\nOther work on the machine now: {foreign_cores(2):.2f} cores")
        if options.explain:
            for one in measured:
                _explain(one)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks queries")
    add = parser.add_argument
    add("--messages", type=int, default=1_000_000, help="how many there are")
    add("--calls", type=int, default=200, help="measured calls of each request")
    add("--seed", type=int, default=1, help="of the site and of who asks for what")
    add("--texts", metavar="FILE", help="take texts from a chat archive, JSON lines")
    add("--keep", action="store_true", help="leave the database for the next run")
    add("--only", metavar="TEXT", help="only requests whose name contains it")
    add("--explain", action="store_true", help="print the plan of every statement")
    options = parser.parse_args(arguments)
    if options.messages < 100_000:
        parser.error("fewer than 100,000 messages say nothing")
    return options


def _configure(url: str) -> None:
    """Set Django up as a plain host of the chat, on the database at `url`."""
    os.environ["BENCHMARK_DATABASE_URL"] = url
    import django
    from django.conf import settings

    from benchmarks import settings as common

    given = {name: getattr(common, name) for name in dir(common) if name.isupper()}
    given["INSTALLED_APPS"] = [
        *given["INSTALLED_APPS"],
        "rest_framework",
        "django_chat",
    ]
    given["ROOT_URLCONF"] = "django_chat.rest.urls"
    # Asked as always, but they let one person do what many do elsewhere.
    limits = ("SEND_RATE", "SEND_BURST", "REQUEST_RATE", "REQUEST_BURST")
    given["DJANGO_CHAT"] = dict.fromkeys(limits, 1_000_000)
    settings.configure(**given)
    django.setup()


def _prepare(server: str, url: str, site: Site) -> None:
    """Make and fill the database, unless it is there from an earlier run."""
    from django.core.management import call_command

    mark = _mark(site)
    with psycopg.connect(server, autocommit=True) as connection:
        found = connection.execute(
            "SELECT shobj_description(oid, 'pg_database') FROM pg_database"
            " WHERE datname = %s",
            [_DATABASE],
        ).fetchone()
        if found == (mark,):
            return
        _drop(server)
        connection.execute(sql.SQL("CREATE DATABASE {}").format(_NAME))
        began = time.perf_counter()
        call_command("migrate", verbosity=0)
        with psycopg.connect(url, autocommit=True) as own:
            load(own, site)
        print(f"loaded in {time.perf_counter() - began:.0f} s", file=sys.stderr)
        verify()
        # Last of all: what lacks the mark was interrupted.
        comment = sql.SQL("COMMENT ON DATABASE {} IS {}")
        connection.execute(comment.format(_NAME, sql.Literal(mark)))


_NAME = sql.Identifier(_DATABASE)


def _mark(site: Site) -> str:
    """Return what tells this content of the database from any other."""
    parts = [json.dumps(asdict(site)).encode()]
    sources = [_ROOT / "benchmarks" / "million.py"]
    sources += sorted((_ROOT / "src" / "django_chat" / "migrations").glob("*.py"))
    sources += [Path(site.texts)] if site.texts else []
    parts += [source.read_bytes() for source in sources]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def _drop(server: str) -> None:
    from django.db import connection as own

    own.close()
    with psycopg.connect(server, autocommit=True) as connection:
        drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
        connection.execute(drop.format(_NAME))


@dataclass(slots=True)
class _Meter:
    """Adds up what the database took, statements and commits."""

    seconds: float = 0.0
    log: list[tuple[str, Any]] = field(default_factory=list)

    def __call__(
        self, execute: Any, statement: str, params: Any, many: bool, context: Any
    ) -> Any:
        began = time.perf_counter()
        try:
            return execute(statement, params, many, context)
        finally:
            self.seconds += time.perf_counter() - began
            self.log.append((statement, params))

    @contextmanager
    def attached(self) -> Iterator[None]:
        """Measure the default connection."""
        from django.db import connections

        # The connection itself: what `django.db.connection` is stands for it only.
        connection = connections["default"]

        def commit() -> None:
            began = time.perf_counter()
            type(connection).commit(connection)
            self.seconds += time.perf_counter() - began

        connection.commit = commit  # type: ignore[method-assign]
        try:
            with connection.execute_wrapper(self):
                yield
        finally:
            del connection.commit


@dataclass(frozen=True, slots=True)
class _Door:
    """A request: `draw` prepares one by chance and returns what makes it."""

    name: str
    draw: Callable[[Random], Callable[[], Any]]


@dataclass(slots=True)
class _Measured:
    name: str
    statements: list[int] = field(default_factory=list)
    database: list[float] = field(default_factory=list)
    server: list[float] = field(default_factory=list)
    whole: list[float] = field(default_factory=list)
    pages: list[int] = field(default_factory=list)
    log: list[tuple[str, Any]] = field(default_factory=list)

    def row(self) -> tuple[str, ...]:
        return (
            self.name,
            f"{median(self.statements):.0f}",
            *(f"{ms:.1f}" for ms in _middle_and_edge(self.database)),
            f"{median(self.server) * 1000:.1f}",
            *(f"{ms:.1f}" for ms in _middle_and_edge(self.whole)),
            f"{median(self.pages):,.0f}" if self.pages else "",
        )


def _middle_and_edge(seconds: Sequence[float]) -> tuple[float, float]:
    edge = quantiles(seconds, n=20, method="inclusive")[-1]
    return median(seconds) * 1000, edge * 1000


def _measure(door: _Door, random: Random, calls: int) -> _Measured:
    found = _Measured(door.name)
    for number in range(_WARMUP + calls):
        call = door.draw(random)
        meter = _Meter()
        with meter.attached():
            busy = _server_seconds()
            began = time.perf_counter()
            call()
            whole = time.perf_counter() - began
            busy = _server_seconds() - busy
        if number < _WARMUP:
            continue
        found.statements.append(len(meter.log))
        found.database.append(meter.seconds)
        found.server.append(busy)
        found.whole.append(whole)
        found.log = meter.log
        if number < _WARMUP + _PLANS:
            found.pages.append(sum(map(_pages_read, meter.log)))
    print(" | ".join(found.row()), file=sys.stderr, flush=True)
    return found


def _server_seconds() -> float:
    """Return the CPU time of the process that serves this connection, if it is here."""
    from django.db import connection

    connection.ensure_connection()
    pid = connection.connection.info.backend_pid
    try:
        # Exact to the nanosecond, other than what /proc/<pid>/stat tells.
        spent = Path(f"/proc/{pid}/schedstat").read_text().split()[0]
    except OSError:
        return float("nan")
    return int(spent) / 1e9


def _pages_read(logged: tuple[str, Any]) -> int:
    """Return how many pages a SELECT touches, in memory or not."""
    from django.db import connection

    statement, params = logged
    if (read := _read(statement)) is None:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {read}", params)
        (plan,) = cursor.fetchone()
    top = plan[0]["Plan"]
    return int(top["Shared Hit Blocks"] + top["Shared Read Blocks"])


def _read(statement: str) -> str | None:
    """Return what can be explained of a statement that only reads, else None.

    One that is prepared comes as a call of it, behind a setting. Several at once are no
    single statement.
    """
    if statement.count("; EXECUTE ") > 1:
        return None
    _, execute, call = statement.rpartition("; EXECUTE ")
    text = _prepared_text(call.partition("(")[0]) if execute else statement
    if not text.startswith("SELECT") or "FOR UPDATE" in text:
        return None
    return f"EXECUTE {call}" if execute else statement


def _prepared_text(name: str) -> str:
    from django.db import connection

    with connection.cursor() as cursor:
        asked = "SELECT statement FROM pg_prepared_statements WHERE name = %s"
        cursor.execute(asked, [name])
        (text,) = cursor.fetchone()
    return str(text).partition(" AS ")[2]


def _explain(measured: _Measured) -> None:
    from django.db import connection

    print(f"\n## {measured.name}")
    for statement, params in measured.log:
        print(f"\n{statement}\n")
        if read := _read(statement):
            with connection.cursor() as cursor:
                cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS) {read}", params)
                print("\n".join(f"    {line}" for (line,) in cursor.fetchall()))


class _Visitor:
    """Makes requests as one person after the other."""

    def __init__(self) -> None:
        from rest_framework.test import APIClient

        self._client = APIClient()

    def get(self, user: Any, path: str, **query: Any) -> Callable[[], Any]:
        self._client.force_authenticate(user)
        return lambda: self._checked(self._client.get(path, query))

    def post(self, user: Any, path: str, body: Any) -> Callable[[], Any]:
        self._client.force_authenticate(user)
        return lambda: self._checked(self._client.post(path, body, format="json"))

    def _checked(self, response: Any) -> Any:
        if response.status_code >= 400:
            raise AssertionError(f"{response.status_code}: {response.data}")
        return response


def _doors(site: Site) -> list[_Door]:
    from django.contrib.auth import get_user_model

    from django_chat.api import unread_for
    from django_chat.timeline.models import Conversation, Participant

    visitor = _Visitor()
    people = {user.pk: user for user in get_user_model()._default_manager.all()}
    busy = people[1]
    seats = list(Participant.objects.values_list("user_id", "conversation_id", "pk"))
    large = Conversation.objects.order_by("-seq", "pk").filter(kind="group")[0]
    members = [user for user, conversation, _ in seats if conversation == large.pk]
    directs = set(
        Conversation.objects.filter(kind="direct").values_list("pk", flat=True)
    )
    direct_seats = [seat for seat in seats if seat[1] in directs]
    history = f"/conversations/{large.pk}/messages/"

    def anybody(random: Random) -> Any:
        return people[random.randint(2, site.people)]

    def member(random: Random) -> Any:
        return people[random.choice(members)]

    def inbox(random: Random) -> Callable[[], Any]:
        return visitor.get(anybody(random), "/conversations/")

    def page(name: str) -> Callable[[Random], Callable[[], Any]]:
        def draw(random: Random) -> Callable[[], Any]:
            seq = random.randint(large.seq // 4, large.seq * 3 // 4)
            return visitor.get(member(random), history, **{name: seq})

        return draw

    def sync(user: Any, etag: str, random: Random) -> Callable[[], Any]:
        own = [c for u, c, _ in seats if u == user.pk]
        chosen = random.sample(own, min(20, len(own)))
        heads = Conversation.objects.filter(pk__in=chosen).values_list("pk", "rev")
        cursors = [f"{pk}:{rev}" for pk, rev in heads]
        moment = str(int(time.time() * 1000))
        return visitor.get(user, "/sync/", c=cursors, list=etag, t=moment)

    def idle(random: Random) -> Callable[[], Any]:
        from django_chat.feed.sync import list_etag
        from django_chat.tenancy.actor import Actor

        return sync(busy, list_etag(Actor(busy)), random)

    def changed(random: Random) -> Callable[[], Any]:
        large.refresh_from_db(fields=["rev"])
        path = f"/conversations/{large.pk}/changes/"
        return visitor.get(member(random), path, after=large.rev - _GAP)

    def read(random: Random) -> Callable[[], Any]:
        # Somebody who has something to read.
        while True:
            seat = Participant.objects.select_related("conversation").get(
                pk=random.choice(seats)[2]
            )
            if seat.read_seq < seat.conversation.seq:
                break
        path = f"/conversations/{seat.conversation_id}/mark_read/"
        seq = random.randint(seat.read_seq + 1, seat.conversation.seq)
        return visitor.post(people[seat.user_id], path, {"up_to_seq": seq})

    def send(user: Any, conversation: Any, random: Random) -> Callable[[], Any]:
        body = {"content": f"The number is {random.random()}."}
        path = f"/conversations/{conversation}/messages/"
        return visitor.post(user, path, body)

    def send_direct(random: Random) -> Callable[[], Any]:
        user, conversation, _ = random.choice(direct_seats)
        return send(people[user], conversation, random)

    deep = _deep_pages(visitor, busy)
    many = f"{site.busy:,} conversations"
    crowd = f"{site.largest:,} messages"
    return [
        _Door("inbox", inbox),
        _Door(f"inbox, {many}", lambda _: visitor.get(busy, "/conversations/")),
        _Door(
            f"inbox, {many}, deep page",
            lambda random: visitor.get(busy, random.choice(deep)),
        ),
        _Door("unread total", lambda random: partial(unread_for, anybody(random))),
        _Door(f"unread total, {many}", lambda _: partial(unread_for, busy)),
        _Door(f"poll without news, {many}", idle),
        _Door(
            f"history of {crowd}, newest",
            lambda random: visitor.get(member(random), history),
        ),
        _Door(f"history of {crowd}, middle", page("before_seq")),
        _Door(
            f"history of {crowd}, oldest",
            lambda random: visitor.get(member(random), history, after_seq=0),
        ),
        _Door(f"history of {crowd}, around", page("around_seq")),
        _Door(f"{_GAP} changes of {crowd}", changed),
        _Door("mark read", read),
        _Door("send, direct", send_direct),
        _Door(
            f"send to {crowd}",
            lambda random: send(member(random), large.pk, random),
        ),
    ]


def _deep_pages(visitor: _Visitor, user: Any) -> list[str]:
    """Return the addresses of the pages in the second half of somebody's list."""
    addresses: list[str] = []
    following = "/conversations/"
    while following:
        addresses.append(following)
        following = visitor.get(user, following)().data["next"]
    return addresses[len(addresses) // 2 :]


def _conditions(url: str, site: Site) -> str:
    import django

    with psycopg.connect(url) as connection:
        size, memory, synchronous, version = connection.execute(
            "SELECT pg_size_pretty(pg_database_size(current_database())),"
            " current_setting('shared_buffers'), current_setting('fsync'),"
            " current_setting('server_version')"
        ).fetchone() or ("", "", "", "")
    load_average = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    return (
        f"{site.messages:,} messages, {size}, PostgreSQL {version}"
        f" (shared_buffers {memory}, fsync {synchronous}),"
        f" Django {django.__version__}, {os.cpu_count()} cores,"
        f" load {load_average}"
    )


def _table(rows: Sequence[Sequence[str]]) -> str:
    widths = [max(map(len, column)) for column in zip(_HEAD, *rows, strict=True)]
    rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    lines = [_HEAD, rule, *rows]
    return "\n".join(
        "| "
        + " | ".join(
            cell.rjust(width) if place else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        + " |"
        for line in lines
    )


if __name__ == "__main__":
    main()
