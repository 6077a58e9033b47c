"""Every refusal has a code that means the same to every face."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path

import pytest

import django_chat
from django_chat.exceptions import REGISTRY, ChatError

SOURCES = sorted(Path(django_chat.__path__[0]).rglob("*.py"))


@pytest.mark.parametrize("code", REGISTRY)
def test_a_code_has_a_status_and_words(code: str) -> None:
    error = ChatError(code)

    HTTPStatus(error.status)
    assert 400 <= error.status < 600
    assert error.as_dict() == {
        "code": code,
        "message": REGISTRY[code].message,
        "temporary": REGISTRY[code].temporary,
    }
    assert code in str(error)


def test_details_are_told_when_there_are_any() -> None:
    error = ChatError(
        "too_long",
        message="Too much",
        field="title",
        detail={"max": 5},
        retry_after_ms=0,
    )

    assert error.as_dict() == {
        "code": "too_long",
        "message": "Too much",
        "temporary": False,
        "field": "title",
        "detail": {"max": 5},
        "retry_after_ms": 0,
    }
    json.dumps(error.as_dict())


def test_an_unknown_code_is_an_error_of_ours() -> None:
    with pytest.raises(KeyError):
        ChatError("no_such_code")


def test_what_may_be_tried_again_says_so() -> None:
    temporary = {code for code, kind in REGISTRY.items() if kind.temporary}

    assert temporary == {
        "attachment_not_ready",
        "rate_limited",
        "server_error",
        "overloaded",
    }


def codes_in(path: Path) -> Iterator[str]:
    """Return the codes that a module raises, as far as they are written out."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "ChatError":
            for part in ast.walk(node.args[0]) if node.args else ():
                if isinstance(part, ast.Constant) and isinstance(part.value, str):
                    yield part.value


def test_every_code_that_is_raised_is_registered() -> None:
    raised = {code for path in SOURCES for code in codes_in(path)}

    assert len(raised) > 20
    assert raised <= REGISTRY.keys()
