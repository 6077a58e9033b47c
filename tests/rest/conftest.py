"""What the tests of the REST face share."""

from __future__ import annotations

from typing import Any

import pytest

from django_chat.timeline.models import Conversation
from tests.factories import direct, group, person
from tests.rest.caller import Caller


@pytest.fixture(autouse=True)
def fresh_limits(settings: Any) -> None:
    """Nobody has asked for anything yet: a new limiter, though ids come again."""
    settings.DJANGO_CHAT = {}


@pytest.fixture
def ana() -> Caller:
    return Caller(person("ana", first_name="Ana", last_name="Alba"))


@pytest.fixture
def ben() -> Caller:
    return Caller(person("ben", first_name="Ben", last_name="Berg"))


@pytest.fixture
def cleo() -> Caller:
    return Caller(person("cleo"))


@pytest.fixture
def dora() -> Caller:
    """Somebody who has nothing to do with the others."""
    return Caller(person("dora"))


@pytest.fixture
def letters(ana: Caller, ben: Caller) -> Conversation:
    """The direct conversation of ana and ben."""
    return direct(ana.user, ben.user)


@pytest.fixture
def climbing(ana: Caller, ben: Caller, cleo: Caller) -> Conversation:
    """A group of ana, who owns it, ben and cleo."""
    return group(ana.user, ben.user, cleo.user, title="Climbing")
