"""What the tests of the pages share."""

from __future__ import annotations

from typing import Any

import pytest

from django_chat.timeline.models import Conversation
from tests.factories import direct, group, person
from tests.pages.browser import Browser


@pytest.fixture(autouse=True)
def fresh_limits(settings: Any) -> None:
    """Nobody has asked for anything yet: a new limiter, though ids come again."""
    settings.DJANGO_CHAT = {}


@pytest.fixture
def ana() -> Browser:
    return Browser(person("ana", first_name="Ana", last_name="Alba"))


@pytest.fixture
def ben() -> Browser:
    return Browser(person("ben", first_name="Ben", last_name="Berg"))


@pytest.fixture
def cleo() -> Browser:
    return Browser(person("cleo"))


@pytest.fixture
def dora() -> Browser:
    """Somebody who has nothing to do with the others."""
    return Browser(person("dora"))


@pytest.fixture
def letters(ana: Browser, ben: Browser) -> Conversation:
    """The direct conversation of ana and ben."""
    return direct(ana.user, ben.user)


@pytest.fixture
def climbing(ana: Browser, ben: Browser, cleo: Browser) -> Conversation:
    """A group of ana, who owns it, ben and cleo."""
    return group(ana.user, ben.user, cleo.user, title="Climbing")
