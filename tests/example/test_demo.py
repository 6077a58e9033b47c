"""What a newcomer does first: `manage.py demo`."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.client import HTTPConnection, HTTPMessage
from http.cookiejar import CookieJar
from pathlib import Path
from threading import Timer
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, build_opener

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

pytestmark = pytest.mark.full

MANAGE = Path(__file__).parents[2] / "example_project" / "manage.py"
SECONDS = 120
LEFT_OUT = ("DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE", "DEBUG")
ENVIRONMENT = {
    name: value for name, value in os.environ.items() if name not in LEFT_OUT
}


def demo(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command to its end."""
    return subprocess.run(
        [sys.executable, str(MANAGE), "demo", *arguments],
        capture_output=True,
        text=True,
        timeout=SECONDS,
        env=ENVIRONMENT,
        check=False,
    )


@contextmanager
def serving(*arguments: str) -> Iterator[list[str]]:
    """Run the command until the block ends; yield what it said before serving."""
    process = subprocess.Popen(
        [sys.executable, "-u", str(MANAGE), "demo", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=ENVIRONMENT,
    )
    watchdog = Timer(SECONDS, process.kill)
    watchdog.start()
    try:
        assert process.stdout is not None
        said = []
        for line in process.stdout:
            said.append(line)
            if "Ctrl+C" in line:
                break
        yield said
    finally:
        process.send_signal(signal.SIGINT)
        rest, _ = process.communicate()
        watchdog.cancel()
    assert (process.returncode, rest) == (0, "")


def query(database: Path, sql: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(database)) as connection:
        return connection.execute(sql).fetchall()


def everything(database: Path) -> dict[str, list[tuple[object, ...]]]:
    tables = query(database, "SELECT name FROM sqlite_master WHERE type = 'table'")
    return {
        str(name): query(database, f"SELECT * FROM {name} ORDER BY 1")  # noqa: S608
        for (name,) in tables
        if str(name).startswith(("auth_", "shop_", "django_chat_"))
    }


def test_the_demo_fills_a_shop_in_which_people_have_talked(tmp_path: Path) -> None:
    database = tmp_path / "demo.sqlite3"
    done = demo("--no-serve", "--database", str(database))
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""

    people = query(database, "SELECT username FROM auth_user ORDER BY 1")
    assert [name for (name,) in people] == ["ana", "ben", "cem", "dia", "eve"]
    assert len(query(database, "SELECT * FROM shop_order")) >= 5
    kinds = query(
        database, "SELECT kind, count(*) FROM django_chat_conversation GROUP BY kind"
    )
    assert dict(kinds) == {"direct": 5, "group": 2}
    days = query(
        database, "SELECT count(DISTINCT date(created_at)) FROM django_chat_message"
    )
    assert days[0][0] >= 5  # type: ignore[operator]
    for found in (
        "django_chat_reaction",
        "django_chat_mention",
        "django_chat_message WHERE reply_to_id IS NOT NULL",
        "django_chat_message WHERE edited_at IS NOT NULL",
        "django_chat_message WHERE deleted_at IS NOT NULL",
        "django_chat_message WHERE kind = 'system'",
    ):
        assert query(database, f"SELECT count(*) FROM {found}")[0][0], found  # noqa: S608
    unread = query(
        database,
        "SELECT username FROM django_chat_participant p "
        "JOIN django_chat_conversation c ON c.id = conversation_id "
        "JOIN auth_user u ON u.id = user_id WHERE c.ordinal > p.read_ordinal",
    )
    assert {"ana", "dia"} <= {name for (name,) in unread}


def test_times_in_the_demo_run_forward(tmp_path: Path) -> None:
    database = tmp_path / "demo.sqlite3"
    assert demo("--no-serve", "--database", str(database)).returncode == 0
    rows = query(
        database,
        "SELECT conversation_id, created_at FROM django_chat_message "
        "ORDER BY conversation_id, seq",
    )
    assert rows == sorted(rows, key=str)


def test_a_second_run_changes_nothing(tmp_path: Path) -> None:
    database = tmp_path / "demo.sqlite3"
    archive = tmp_path / "archive.jsonl"
    archive.write_text(_line("Hello") + _line("Goodbye"), encoding="utf-8")
    arguments = ("--no-serve", "--database", str(database), "--import", str(archive))
    assert demo(*arguments).returncode == 0
    before = everything(database)

    again = demo(*arguments)
    assert again.returncode == 0, again.stderr
    assert "Imported 0 messages" in again.stdout
    assert everything(database) == before


def test_an_archive_is_imported_with_its_progress_and_its_bad_lines(
    tmp_path: Path,
) -> None:
    database = tmp_path / "demo.sqlite3"
    archive = tmp_path / "archive.jsonl"
    archive.write_text(_line("Hello") + "{oops\n" + _line("Bye"), encoding="utf-8")

    done = demo("--no-serve", "--database", str(database), "--import", str(archive))

    assert done.returncode == 0, done.stderr
    assert "Imported 2 messages in 1 conversations" in done.stdout
    assert "100 %" in done.stderr
    assert "Line 2 skipped: Not JSON" in done.stderr
    assert "zoe" in done.stdout


@pytest.mark.parametrize(
    "arguments",
    [("--import", "/nowhere/archive.jsonl"), ("--database", "/nowhere/demo.sqlite3")],
)
def test_a_file_that_is_not_there_is_named(
    tmp_path: Path, arguments: tuple[str, str]
) -> None:
    database = ("--database", str(tmp_path / "demo.sqlite3"))
    done = demo("--no-serve", *database, *arguments)
    assert done.returncode == 1
    assert "/nowhere" in done.stderr
    assert "Traceback" not in done.stderr


def fetch(address: str, path: str) -> tuple[int, HTTPMessage]:
    connection = HTTPConnection(address, timeout=30)
    with closing(connection):
        connection.request("GET", path)
        answer = connection.getresponse()
        answer.read()
        return answer.status, answer.headers


def test_the_demo_serves_pages_style_and_api(tmp_path: Path) -> None:
    database = str(tmp_path / "demo.sqlite3")
    with serving("--port", "0", "--database", database) as said:
        address = _address(said)
        status, headers = fetch(address, "/")
        assert status == 200
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert fetch(address, "/accounts/login/")[0] == 200
        for file in ("django_chat/chat.css", "django_chat/widget.js", "shop/icon.svg"):
            assert fetch(address, f"/static/{file}")[0] == 200
        assert fetch(address, "/api/v1/messages/conversations/")[0] == 401
        status, headers = fetch(address, "/chat/")
        assert (status, headers["Location"]) == (302, "/accounts/login/?next=/chat/")
        with connect(f"ws://{address}/ws/chat/") as stranger:
            assert json.loads(stranger.recv(timeout=30))["code"] == "not_authenticated"
            with pytest.raises(ConnectionClosed):
                stranger.recv(timeout=30)
            assert stranger.close_code == 4001


def test_who_has_logged_in_may_write_to_the_seller_of_what_is_sold(
    tmp_path: Path,
) -> None:
    database = str(tmp_path / "demo.sqlite3")
    with serving("--port", "0", "--database", database) as said:
        visitor = Visitor(_address(said))
        assert "django-chat" not in visitor.get("/products/1/")

        visitor.post("/accounts/login/", username="cem", password="chat-demo")
        page = visitor.get("/products/1/")
        assert '<django-chat-button reference="' in page
        assert "<django-chat-badge" in page
        assert "<django-chat-widget" in page

        reference = re.search(r'name="about" value="([^"]+)"', page)
        assert reference is not None
        opened = visitor.post("/chat/open/", about=reference[1])
        assert "Ana Ferreira" in opened
        assert "<django-chat-widget" not in opened


class Visitor:
    """Somebody's browser without JavaScript, as far as the shop needs one."""

    def __init__(self, address: str) -> None:
        self.address = f"http://{address}"
        self.opener = build_opener(HTTPCookieProcessor(CookieJar()))

    def get(self, path: str) -> str:
        with self.opener.open(self.address + path, timeout=30) as answer:
            return str(answer.read().decode())

    def post(self, path: str, **fields: str) -> str:
        """Send a form with the token of the login page, and follow where it leads."""
        token = re.search(
            r'name="csrfmiddlewaretoken" value="(\w+)"', self.get("/accounts/login/")
        )
        assert token is not None
        body = urlencode({**fields, "csrfmiddlewaretoken": token[1]}).encode()
        with self.opener.open(self.address + path, body, timeout=30) as answer:
            return str(answer.read().decode())


def test_a_port_that_is_taken_is_left_to_who_has_it(tmp_path: Path) -> None:
    database = str(tmp_path / "demo.sqlite3")
    with closing(socket.socket()) as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]
        with serving("--port", str(taken), "--database", database) as said:
            address = _address(said)
            assert any(f"Port {taken} is taken" in line for line in said)
            assert not address.endswith(f":{taken}")
            assert fetch(address, "/")[0] == 200


def _line(text: str) -> str:
    record = {
        "conversation": "An old meeting",
        "user": "zoe",
        "timestamp": "2019-03-04T12:00:00Z",
        "text": text,
    }
    return json.dumps(record) + "\n"


def _address(said: list[str]) -> str:
    found = re.search(r"http://(127\.0\.0\.1:\d+)/", "".join(said))
    assert found is not None, said
    return found[1]
