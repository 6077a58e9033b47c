"""Emoji on messages."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest
from django.test import override_settings

from django_chat.timeline.models import Conversation, Message
from tests.factories import send
from tests.rest.caller import Caller

pytestmark = pytest.mark.django_db

THUMB, HEART, FLAG = "👍", "❤️", "🇩🇪"


@pytest.fixture
def message(ana: Caller, climbing: Conversation) -> Message:
    return send(ana.user, climbing, "Saturday?")


def at(message: Message, emoji: str = "") -> str:
    path = f"messages/{message.pk}/reactions/"
    return f"{path}{quote(emoji)}/" if emoji else path


@pytest.mark.parametrize("emoji", [THUMB, HEART, FLAG, "👩‍👩‍👧‍👦", "#️⃣", "👍🏽"])
def test_ben_reacts_and_takes_it_back(
    ben: Caller, message: Message, emoji: str
) -> None:
    put = ben.put(at(message, emoji))
    again = ben.put(at(message, emoji))
    taken = ben.delete(at(message, emoji))

    assert put.status == 200
    assert put["reactions"] == [
        {"emoji": emoji, "count": 1, "user_ids": [ben.id], "me": True}
    ]
    assert again.json == put.json
    assert taken["reactions"] == []
    assert taken["rev"] == put["rev"] + 1
    assert ben.delete(at(message, emoji)).json == taken.json


def test_the_other_door_adds_and_removes(ben: Caller, message: Message) -> None:
    added = ben.post(at(message), {"emoji": THUMB})
    removed = ben.post(at(message), {"emoji": THUMB, "op": "remove"})

    assert [row["count"] for row in added["reactions"]] == [1]
    assert removed["reactions"] == []


def test_everybody_sees_whether_he_is_among_them(
    ana: Caller, ben: Caller, cleo: Caller, message: Message
) -> None:
    ben.put(at(message, THUMB))
    cleo.put(at(message, THUMB))

    seen = {
        name: caller.get(f"messages/{message.pk}/")["reactions"][0]["me"]
        for name, caller in (("ana", ana), ("ben", ben))
    }

    assert seen == {"ana": False, "ben": True}


def test_who_reacted_is_listed(
    ana: Caller, ben: Caller, cleo: Caller, message: Message
) -> None:
    ben.put(at(message, THUMB))
    cleo.put(at(message, THUMB))
    ben.put(at(message, HEART))

    def told(answer: Any) -> list[tuple[str, str]]:
        return [(row["emoji"], row["user_id"]) for row in answer["results"]]

    everything = ana.get(at(message))
    assert told(everything) == [(THUMB, ben.id), (THUMB, cleo.id), (HEART, ben.id)]
    assert everything["results"][0]["name"] == "Ben Berg"
    assert told(ana.get(at(message), emoji=HEART)) == [(HEART, ben.id)]
    first = ana.get(at(message), limit=2)
    assert told(ana.follow(first["next"])) == [(HEART, ben.id)]


@pytest.mark.parametrize(
    "emoji", ["x", "ok", "👍👍", "<b>", "\x00", "👍" + "\u200d" * 70]
)
def test_what_is_not_one_emoji_is_refused(
    ben: Caller, message: Message, emoji: str
) -> None:
    assert ben.put(at(message, emoji)).code == (400, "invalid_emoji")


@pytest.mark.parametrize(
    ("body", "field"),
    [({}, "emoji"), ({"emoji": 1}, "emoji"), ({"emoji": THUMB, "op": "set"}, "op")],
)
def test_a_reaction_that_is_not_described_is_refused(
    ben: Caller, message: Message, body: dict[str, Any], field: str
) -> None:
    refused = ben.post(at(message), body)

    assert refused.code == (400, "invalid_payload")
    assert refused["field"] == field


def test_there_is_room_for_so_many_kinds(
    ana: Caller, ben: Caller, message: Message
) -> None:
    with override_settings(DJANGO_CHAT={"REACTIONS_PER_MESSAGE": 1}):
        ben.put(at(message, THUMB))
        refused = ben.put(at(message, HEART))
        joined = ana.put(at(message, THUMB))

    assert refused.code == (422, "limit_reached")
    assert refused["detail"] == {"max": 1}
    assert joined["reactions"][0]["count"] == 2


def test_nobody_reacts_to_what_is_deleted(
    ana: Caller, ben: Caller, message: Message
) -> None:
    ana.delete(f"messages/{message.pk}/")

    assert ben.put(at(message, THUMB)).code == (409, "already_deleted")
