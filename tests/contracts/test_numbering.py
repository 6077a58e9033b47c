"""One module writes the numbers that order everything."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import django_chat

ROOT = Path(django_chat.__path__[0])
NUMBERS = {"seq", "rev", "ordinal", "meta_rev", "created_rev"}
ROWS = {"Conversation", "Message"}
WRITES = {"update", "create", "get_or_create", "update_or_create", "bulk_update"}

# Sockets keep numbers of their own: how far each has heard.
FACES = {"ws", "rest", "pages", "admin", "management", "templatetags", "migrations"}
ONLY_WRITER = "timeline/numbering.py"
# Locks on SQLite by an UPDATE that changes nothing.
NO_CHANGE = ("timeline/transactions.py", "update(rev=F('rev'))")

MODULES = [
    path
    for path in sorted(ROOT.rglob("*.py"))
    if path.relative_to(ROOT).parts[0] not in FACES
]


def assignments(tree: ast.AST) -> Iterator[ast.AST]:
    """Return the statements that set one of the numbers on something."""
    for node in ast.walk(tree):
        targets: list[ast.expr] = []
        if isinstance(node, ast.Assign):
            targets = node.targets
        elif isinstance(node, ast.AugAssign | ast.AnnAssign):
            targets = [node.target]
        named = (part for target in targets for part in ast.walk(target))
        if any(
            isinstance(part, ast.Attribute) and part.attr in NUMBERS for part in named
        ):
            yield node
        if isinstance(node, ast.Call) and writes_numbers(node):
            yield node


def writes_numbers(call: ast.Call) -> bool:
    """Does a call hand one of the numbers to a row or to the database?"""
    given = {keyword.arg for keyword in call.keywords} & NUMBERS
    if isinstance(call.func, ast.Name):
        if call.func.id == "setattr" and len(call.args) > 1:
            return (
                isinstance(call.args[1], ast.Constant) and call.args[1].value in NUMBERS
            )
        return bool(given) and call.func.id in ROWS
    return (
        bool(given)
        and isinstance(call.func, ast.Attribute)
        and call.func.attr in WRITES
    )


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_nobody_else_takes_a_number(path: Path) -> None:
    name = path.relative_to(ROOT).as_posix()
    found = [ast.unparse(node) for node in assignments(ast.parse(path.read_text()))]

    if name == ONLY_WRITER:
        assert found
    elif name == NO_CHANGE[0]:
        assert len(found) == 1
        assert found[0].endswith(NO_CHANGE[1])
    else:
        assert found == []


@pytest.mark.parametrize(
    "line",
    [
        "message.seq = 1",
        "conversation.rev += 1",
        "a, message.rev = 1, 2",
        "message.ordinal: int = 1",
        "rows.update(meta_rev=3)",
        "Conversation(seq=1)",
        "Message.objects.create(rev=1)",
        "setattr(message, 'rev', 1)",
    ],
)
def test_the_search_finds_every_way_to_write_one(line: str) -> None:
    assert list(assignments(ast.parse(line)))


@pytest.mark.parametrize(
    "line",
    [
        "seq = message.seq",
        "rows.filter(seq=1)",
        "Page(seq=1)",
        "ReadMark(seq=1)",
        "seq += 1",
    ],
)
def test_the_search_lets_reading_pass(line: str) -> None:
    assert not list(assignments(ast.parse(line)))
