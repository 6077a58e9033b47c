"""Nothing is told before it is true."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction
from django.test import override_settings

from django_chat import api
from django_chat.messages.sending import send_messages
from django_chat.realtime import bus as bus_module
from django_chat.realtime.events import UserEvent
from django_chat.realtime.publish import publish
from django_chat.timeline.models import Message
from tests.factories import direct, draft, group, people, send
from tests.listening import hearing_at_once

pytestmark = pytest.mark.django_db(transaction=True)

EVENT = UserEvent("", "7", {"type": "inbox"})


def test_outside_a_transaction_it_is_told_at_once() -> None:
    with hearing_at_once() as heard:
        publish(EVENT)
        assert heard == [EVENT]


def test_inside_one_it_is_told_after_the_commit_in_order() -> None:
    other = UserEvent("", "8", {"type": "inbox"})
    with hearing_at_once() as heard:
        with transaction.atomic():
            publish(EVENT)
            with transaction.atomic():
                publish(other)
            assert heard == []
        assert heard == [EVENT, other]


def test_what_is_rolled_back_is_never_told() -> None:
    with hearing_at_once() as heard:
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            publish(EVENT)
            raise ZeroDivisionError
        with transaction.atomic():
            with pytest.raises(ZeroDivisionError), transaction.atomic():
                publish(EVENT)
                raise ZeroDivisionError
        assert heard == []


def test_a_host_that_rolls_back_takes_the_message_and_its_news_along() -> None:
    ana, ben = people("ana", "ben")
    letters = direct(ana, ben)
    with hearing_at_once() as heard:
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            api.send(ana, letters, "Never said")
            raise ZeroDivisionError

    assert not heard
    assert not Message.objects.exists()
    assert send(ana, letters, "Said").seq == 1


def test_at_the_moment_of_telling_it_is_stored() -> None:
    ana, ben, cem = people("ana", "ben", "cem")
    place = group(ana, ben, cem)
    stored: list[bool] = []

    def look(events: Any) -> None:
        for event in events:
            stored.append(Message.objects.filter(pk=event.frame["id"]).exists())

    with hearing_at_once(look):
        send_messages([draft(ana, place, str(n)) for n in range(3)])

    assert stored == [True] * 3


def test_a_bus_that_fails_fails_nobody(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail() -> None:
        raise RuntimeError("the layer is not installed")

    monkeypatch.setattr(bus_module, "shared_layer", fail)
    ana, ben = people("ana", "ben")
    letters = direct(ana, ben)

    assert api.send(ana, letters, "Hello").seq == 1
    with transaction.atomic():
        assert api.send(ana, letters, "Hello").seq == 2
    assert "the layer is not installed" in caplog.text


@override_settings(CHANNEL_LAYERS={"default": {"BACKEND": "not.there.Layer"}})
def test_a_layer_that_does_not_import_fails_nobody() -> None:
    ana, ben = people("ana", "ben")

    assert api.send(ana, direct(ana, ben), "Hello").seq == 1


def test_what_is_not_json_is_an_error_of_the_call_and_stores_nothing() -> None:
    with pytest.raises(TypeError), transaction.atomic():
        publish(UserEvent("", "7", {"type": object()}))
