"""What requests leave in the metrics."""

from __future__ import annotations

import pytest
from django.test import override_settings

from django_chat.timeline.models import Conversation
from tests.counting import growth
from tests.factories import send
from tests.rest.caller import Caller

pytestmark = pytest.mark.django_db


def test_polls_are_counted_by_whether_there_was_news(
    ana: Caller, ben: Caller, letters: Conversation
) -> None:
    news, nothing = (
        growth("polls_total", answer="news"),
        growth("polls_total", answer="nothing"),
    )

    first = ana.get("sync/")
    cursor = f"{letters.pk}:{first['cursors'][str(letters.pk)]}"
    at = {"c": cursor, "list": first["list_etag"]}
    assert ana.get("sync/", **at).status == 304
    send(ben.user, letters, "Hello")
    assert ana.get("sync/", **at)["events"]

    assert (news(), nothing()) == (2, 1)


def test_messages_and_refusals_are_counted(ana: Caller, letters: Conversation) -> None:
    stored, repeat = (growth("sends_total", result=r) for r in ("stored", "repeat"))
    long, limited = (
        growth("sends_total", result="too_long"),
        growth("rate_limited_total", action="send"),
    )
    path = f"conversations/{letters.pk}/messages/"
    with override_settings(DJANGO_CHAT={"SEND_BURST": 3, "SEND_RATE": 0.001}):
        for _ in range(2):
            ana.post(path, {"content": "Hello", "client_id": "k1"})
        ana.post(path, {"content": "x" * 10_001})
        for _ in range(2):
            assert ana.post(path, {"content": "more"}).status == 429

    assert (stored(), repeat(), long(), limited()) == (1, 1, 1, 2)


def test_requests_over_the_rate_are_counted(ana: Caller) -> None:
    limited = growth("rate_limited_total", action="request")
    with override_settings(DJANGO_CHAT={"REQUEST_BURST": 1, "REQUEST_RATE": 0.001}):
        assert [ana.get("config/").status for _ in range(3)] == [200, 429, 429]

    assert limited() == 2
