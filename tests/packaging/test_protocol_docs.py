"""The page on the protocol lists what the code speaks, and nothing else."""

from __future__ import annotations

import re
from pathlib import Path

from django_chat.exceptions import REGISTRY
from django_chat.feed.offer import FEATURES, limits
from django_chat.ws.commands import COMMANDS
from django_chat.ws.frames import ALIASES
from django_chat.ws.socket import CLOSE_CODES

ROOT = Path(__file__).parents[2]
SOURCES = ROOT / "src" / "django_chat"
PAGE = (ROOT / "docs" / "protocol.md").read_text()
# Packages that make frames; elsewhere "type" means other things.
SPEAKERS = ("feed", "groups", "messages", "people", "presence", "receipts", "timeline")


def section(title: str) -> str:
    """Return the text below a heading of the second level."""
    [found] = re.findall(rf"^## {title}\n(.*?)(?=^## |\Z)", PAGE, re.M | re.S)
    return str(found)


def headings(text: str) -> list[str]:
    return re.findall(r"^### `(\w+)`$", text, re.M)


def rows(text: str) -> dict[str, list[str]]:
    """Return the cells of every table row that begins with one name or number."""
    found = re.findall(r"^\| `?(\w+)`? \|(.*)\|$", text, re.M)
    return {name: [cell.strip() for cell in rest.split("|")] for name, rest in found}


def emitted() -> set[str]:
    """Return the types of all frames that the code writes down."""
    files = [p for name in (*SPEAKERS, "ws") for p in (SOURCES / name).rglob("*.py")]
    types: set[str] = set()
    for path in files:
        types |= set(re.findall(r'"type": ?"(\w+)"', path.read_text()))
    return types


def test_a_client_finds_every_command_and_no_other() -> None:
    listed = headings(section("Commands"))

    assert len(listed) == len(set(listed))
    # `auth` is the consumer's own, before there is anybody to command.
    assert set(listed) == set(COMMANDS) | {"auth"}


def test_a_client_finds_every_frame_of_the_server_and_no_other() -> None:
    listed = headings(section("Frames from the server"))

    assert len(listed) == len(set(listed))
    assert {"welcome", "message", "skip", "inbox", "typing"} < emitted()
    assert set(listed) == emitted()


def test_a_client_finds_every_error_with_its_status() -> None:
    listed = rows(section("Errors"))
    del listed["Code"]

    assert {name: (row[0], row[1]) for name, row in listed.items()} == {
        code: (str(kind.status), "yes" if kind.temporary else "no")
        for code, kind in REGISTRY.items()
    }


def test_a_client_finds_every_close_code_with_its_reasons() -> None:
    listed = {
        name: code
        for code, row in rows(section("Close codes")).items()
        if code.startswith("4")
        for name in re.findall(r"`(\w+)`", row[0])
    }

    assert {name: int(code) for name, code in listed.items()} == CLOSE_CODES


def test_a_client_finds_every_limit_with_its_default() -> None:
    listed = rows(section("Limits"))
    del listed["Name"]

    assert {name: row[0] for name, row in listed.items()} == {
        name: str(value) for name, value in limits().items()
    }


def test_a_client_finds_every_other_name_and_feature() -> None:
    for name in (*ALIASES, *FEATURES):
        assert f"`{name}`" in PAGE, name


def test_a_client_is_told_no_code_that_does_not_exist() -> None:
    named = set()
    for errors in re.findall(r"Errors: ([^#]*?)(?=\n\n|\n- )", section("Commands")):
        # What is in brackets explains.
        bare = re.sub(r"\(.*?\)", "", errors, flags=re.S)
        named |= set(re.findall(r"`([a-z_]+)`", bare))
    fields = {"about", "attachment_ids", "detail", "file", "send_message"}

    assert "edit_window_expired" in named
    assert named - fields <= set(REGISTRY)
