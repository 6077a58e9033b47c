"""Who is there, and who types."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from django_chat.people.services import block_user
from django_chat.presence.services import touch_polling
from django_chat.timeline.models import Conversation
from tests.factories import actor
from tests.listening import hearing
from tests.rest.caller import Caller

pytestmark = pytest.mark.django_db

OWN = {"user_id", "name", "status", "last_seen", "text", "until"}


def test_who_has_chosen_nothing_appears_online(ana: Caller) -> None:
    shown = ana.get("status/me/")

    assert shown.status == 200
    assert set(shown.json) == OWN
    assert (shown["user_id"], shown["name"]) == (ana.id, "Ana Alba")
    assert (shown["status"], shown["text"], shown["until"]) == ("online", "", None)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "status/update_status/"),
        ("PATCH", "status/update_status/"),
        ("PATCH", "status/me/"),
    ],
)
def test_ana_chooses_how_to_appear(ana: Caller, method: str, path: str) -> None:
    until = "2099-01-31T10:00:00+01:00"
    chosen = ana.call(method, path, {"status": "dnd", "text": "Busy", "until": until})

    assert chosen.status == 200
    assert set(chosen.json) == OWN
    assert (chosen["status"], chosen["text"]) == ("dnd", "Busy")
    assert chosen["until"] == "2099-01-31T09:00:00.000Z"
    assert ana.get("status/me/").json == chosen.json
    emptied = ana.call(method, path, {"status": "away"})
    assert (emptied["text"], emptied["until"]) == ("", None)


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        ({}, "invalid_payload", "status"),
        ({"status": "offline"}, "invalid_payload", "status"),
        ({"status": 1}, "invalid_payload", "status"),
        ({"status": "dnd", "text": "x" * 101}, "too_long", "text"),
        ({"status": "dnd", "text": 5}, "invalid_payload", "text"),
        ({"status": "dnd", "until": "tomorrow"}, "invalid_payload", "until"),
        ({"status": "dnd", "until": 1_700_000_000}, "invalid_payload", "until"),
        ({"status": "dnd", "until": "2030-01-01T00:00:00"}, "invalid_payload", "until"),
        ({"status": "dnd", "until": "2030-13-01T00:00Z"}, "invalid_payload", "until"),
        (
            {"status": "dnd", "until": "9999-12-31T23:59:59-12:00"},
            "invalid_payload",
            "until",
        ),
    ],
)
def test_a_status_that_makes_no_sense_is_refused(
    ana: Caller, body: dict[str, Any], code: str, field: str
) -> None:
    refused = ana.post("status/update_status/", body)

    assert refused.code == (400, code)
    assert refused["field"] == field
    assert ana.get("status/me/")["status"] == "online"


def test_ana_sees_who_is_there_of_those_she_talks_with(
    ana: Caller, ben: Caller, cleo: Caller, dora: Caller, climbing: Conversation
) -> None:
    touch_polling(actor(ben.user))
    touch_polling(actor(dora.user))

    everybody = ana.get("status/contact_statuses/")
    asked = ana.get(
        "status/contact_statuses/", user_ids=f"{ben.id},{dora.id},x,,{'9' * 40}"
    )

    assert {row["user_id"]: row["status"] for row in everybody.json} == {
        ben.id: "online",
        cleo.id: "offline",
    }
    assert asked.json == [{"user_id": ben.id, "status": "online", "last_seen": None}]


def test_whom_a_block_separates_from_ana_is_left_out(
    ana: Caller, ben: Caller, cleo: Caller, climbing: Conversation
) -> None:
    block_user(actor=actor(ana.user), target=ben.user)
    block_user(actor=actor(cleo.user), target=ana.user)

    assert ana.get("status/contact_statuses/").json == []


def test_at_most_a_hundred_people_are_looked_for_at_once(ana: Caller) -> None:
    few = ",".join(map(str, range(100)))

    assert ana.get("status/contact_statuses/", user_ids=few).status == 200
    refused = ana.get("status/contact_statuses/", user_ids=f"{few},100")
    assert refused.code == (400, "invalid_payload")
    assert refused["field"] == "user_ids"


def test_the_others_are_shown_that_ana_types(
    ana: Caller, letters: Conversation
) -> None:
    with hearing() as heard:
        answer = ana.post(
            f"conversations/{letters.pk}/typing/",
            {"is_typing": True, "activity": "voice"},
        )

    assert (answer.status, answer.json) == (204, None)
    (event,) = heard.of_conversations
    assert event.frame["user_id"] == ana.id
    assert (event.frame["is_typing"], event.frame["activity"]) == (True, "voice")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "is_typing"),
        ({"is_typing": 1}, "is_typing"),
        ({"is_typing": "true"}, "is_typing"),
        ({"is_typing": True, "activity": "dance"}, "activity"),
    ],
)
def test_typing_that_is_not_described_is_refused(
    ana: Caller, letters: Conversation, body: dict[str, Any], field: str
) -> None:
    refused = ana.post(f"conversations/{letters.pk}/typing/", body)

    assert refused.code == (400, "invalid_payload")
    assert refused["field"] == field


def test_nobody_is_shown_typing_where_he_cannot_write(
    ana: Caller, ben: Caller, letters: Conversation, climbing: Conversation
) -> None:
    block_user(actor=actor(ana.user), target=ben.user)
    ana.patch(f"conversations/{climbing.pk}/", {"status": "closed"})
    body = {"is_typing": True}

    with hearing() as heard:
        in_letters = ben.post(f"conversations/{letters.pk}/typing/", body)
        in_climbing = ben.post(f"conversations/{climbing.pk}/typing/", body)

    assert in_letters.code == (403, "unavailable")
    assert in_climbing.code == (403, "read_only")
    assert not heard


def test_a_status_ends_when_it_was_meant_to(ana: Caller) -> None:
    past = (timezone.now() - timedelta(minutes=1)).isoformat()
    ana.post("status/update_status/", {"status": "dnd", "text": "Busy", "until": past})

    shown = ana.get("status/me/")

    assert (shown["status"], shown["text"]) == ("online", "")
