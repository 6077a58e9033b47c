"""People, conversations, and the certainty that connections leave nothing behind."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest
import pytest_asyncio

from django_chat.conf import _forget
from django_chat.timeline.models import Conversation
from django_chat.ws.database import stop_threads
from tests.factories import direct, group, person
from tests.ws.clients import Crowd, hub_at_rest


@pytest.fixture(scope="session", autouse=True)
def _threads_end_before_the_database(django_db_setup: None) -> Iterator[None]:
    """PostgreSQL does not drop a database that a thread is connected to."""
    yield
    stop_threads()


@pytest.fixture(autouse=True)
def _nobody_has_used_up_a_rate() -> Iterator[None]:
    """The limiter counts by user key, and keys come back after a flush."""
    _forget(setting="DJANGO_CHAT")
    yield
    _forget(setting="DJANGO_CHAT")


@pytest.fixture(autouse=True)
def no_traceback(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Nothing that clients do may end in the log as an error."""
    yield
    for when in ("setup", "call"):
        bad = [
            record.getMessage()
            for record in caplog.get_records(when)
            if record.levelno >= logging.ERROR or record.exc_info
        ]
        assert not bad, bad


@pytest.fixture
def chat_settings(settings: Any) -> Callable[..., None]:
    """Change settings of the chat for one test."""

    def change(**values: Any) -> None:
        settings.DJANGO_CHAT = {**getattr(settings, "DJANGO_CHAT", {}), **values}

    return change


@pytest_asyncio.fixture
async def crowd(transactional_db: None) -> AsyncIterator[Crowd]:
    """Opens connections; afterwards all are closed and nothing of them is left."""
    crowd = Crowd()
    before = asyncio.all_tasks()
    yield crowd
    await crowd.close()
    await hub_at_rest(before)


@pytest.fixture
def ana(transactional_db: None) -> Any:
    return person("ana")


@pytest.fixture
def bob(transactional_db: None) -> Any:
    return person("bob")


@pytest.fixture
def cleo(transactional_db: None) -> Any:
    return person("cleo")


@pytest.fixture
def mallory(transactional_db: None) -> Any:
    """Somebody who is in no conversation."""
    return person("mallory")


@pytest.fixture
def duo(ana: Any, bob: Any) -> Conversation:
    """The direct conversation of ana and bob."""
    return direct(ana, bob)


@pytest.fixture
def crew(ana: Any, bob: Any, cleo: Any) -> Conversation:
    """A group that ana owns, with bob and cleo."""
    return group(ana, bob, cleo)
