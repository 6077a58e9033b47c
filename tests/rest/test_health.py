"""Is the server well? Asked by programs, often, and while it is not."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
from django.db import OperationalError

from django_chat.realtime.bus import bus
from django_chat.rest import health
from django_chat.rest.health import Question
from django_chat.timeline.models import Conversation
from tests.concurrency import together
from tests.layers import Away, Hanging, Taking, with_layer
from tests.rest.caller import Answer, Caller

pytestmark = pytest.mark.django_db

SECONDS = 10.0


@pytest.fixture(autouse=True)
def _no_layer() -> Iterator[None]:
    """Let each test choose its layer."""
    with with_layer(None):
        yield


@pytest.fixture
def database_says(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Replace what the database answers, or how it fails."""

    def say(ask: Callable[[], bool]) -> None:
        monkeypatch.setattr(health, "_database", Question(ask))

    return say


def gone() -> bool:
    raise OperationalError("connection refused by 10.0.0.7")


def ready() -> Answer:
    return Caller().get("health/ready/")


# --- well -------------------------------------------------------------------


def test_nobody_has_to_log_in() -> None:
    well = {"status": "ok", "database": "ok", "channel_layer": "none"}

    assert (ready().status, ready().json) == (200, well)
    assert Caller().get("health/").json == well
    live = Caller().get("health/live/")
    assert (live.status, live.json) == (200, {"status": "ok"})


def test_an_answer_is_never_kept() -> None:
    for path in ("health/", "health/live/", "health/ready/"):
        assert "no-store" in Caller().get(path).headers["Cache-Control"]


def test_the_layer_of_the_run_is_reached(settings: Any, backend: str) -> None:
    from tests import settings as run

    settings.CHANNEL_LAYERS = getattr(run, "CHANNEL_LAYERS", {})
    expected = "none" if backend == "sqlite" else "ok"

    assert ready().json["channel_layer"] == expected


def test_a_layer_that_takes_a_message_is_well() -> None:
    with with_layer(Taking):
        answer = ready()

    assert (answer["status"], answer["channel_layer"]) == ("ok", "ok")


# --- not well ---------------------------------------------------------------


def test_without_its_database_a_process_is_alive_and_not_ready(
    database_says: Callable[..., None],
) -> None:
    database_says(gone)

    for path in ("health/", "health/ready/"):
        answer = Caller().get(path)
        assert answer.code == (503, "overloaded")
        assert "10.0.0.7" not in str(answer.json)
    assert Caller().get("health/live/").status == 200


def test_a_database_without_the_tables_is_not_ready(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Conversation._meta, "db_table", "not_migrated_yet")

    assert ready().code == (503, "overloaded")


@pytest.mark.parametrize("layer", [Away, Hanging])
def test_without_its_layer_a_process_goes_on(
    layer: type, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "_SECONDS", 0.3)
    monkeypatch.setattr(health, "_layer", Question(bus.reaches_layer))
    # A database that is quick, also on a machine that is not.
    monkeypatch.setattr(health, "_database", Question(lambda: True))
    with with_layer(layer):
        answer = ready()

    degraded = {"status": "degraded", "database": "ok", "channel_layer": "down"}
    assert (answer.status, answer.json) == (200, degraded)


def test_a_database_that_hangs_hangs_nobody(
    database_says: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "_SECONDS", 0.2)
    end, asked = threading.Event(), []

    def hang() -> bool:
        asked.append(threading.current_thread())
        return end.wait(SECONDS * 6)

    database_says(hang)
    try:
        began = time.monotonic()
        answers = together(*[partial(lambda: ready().code)] * 5)
        answers.append(ready().code)

        assert time.monotonic() - began < SECONDS
        assert answers == [(503, "overloaded")] * 6
        # Who asks in vain does not add to the crowd, nor hold up the process's end.
        assert len(asked) == 1
        assert asked[0].daemon
    finally:
        end.set()
    asked[0].join(SECONDS)

    assert ready().status == 200
