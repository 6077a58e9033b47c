"""Finding people, and blocking them."""

from __future__ import annotations

from typing import Any

import pytest

from django_chat.people.querysets import is_blocked
from django_chat.people.services import block_user
from django_chat.timeline.models import Conversation
from tests.factories import actor, person, send
from tests.rest.caller import Caller

pytestmark = pytest.mark.django_db


def names(answer: Any) -> list[str]:
    return [row["username"] for row in answer["results"]]


# --- the directory ----------------------------------------------------------


def test_ana_finds_whom_she_talks_with_by_part_of_a_name(
    ana: Caller, climbing: Conversation
) -> None:
    found = ana.get("users/", search="berg")

    assert found.status == 200
    assert names(found) == ["ben"]
    assert set(found["results"][0]) == {"id", "name", "username", "avatar_url"}
    assert found["results"][0]["name"] == "Ben Berg"


def test_ana_finds_a_stranger_by_his_whole_username_only(
    ana: Caller, dora: Caller, climbing: Conversation
) -> None:
    assert names(ana.get("users/", search="dora")) == ["dora"]
    assert names(ana.get("users/", search="@dora")) == ["dora"]
    assert names(ana.get("users/", search="dor")) == []


def test_nobody_finds_himself_or_who_is_gone(
    ana: Caller, ben: Caller, climbing: Conversation
) -> None:
    ben.user.is_active = False
    ben.user.save()

    assert names(ana.get("users/", search="ana")) == []
    assert names(ana.get("users/", search="ben")) == []


def test_people_come_in_pages(ana: Caller, ben: Caller, climbing: Conversation) -> None:
    first = ana.get("users/", search="e", limit=1)

    assert ana.get("users/", search="e").code == (400, "query_too_short")
    assert first["detail"] == {"min": 2}
    others = [person(f"elk{n}", first_name="Elk") for n in range(3)]
    ana.post(
        f"conversations/{climbing.pk}/participants/",
        {"user_ids": [f"@elk{n}" for n in range(3)]},
    )
    page = ana.get("users/", search="elk", limit=2)
    seen = names(page) + names(ana.follow(page["next"]))
    assert seen == [user.username for user in others]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({}, "query_too_short"),
        ({"search": " a "}, "query_too_short"),
        ({"search": "x" * 201}, "too_long"),
        ({"search": "ab\x00"}, "invalid_payload"),
    ],
)
def test_a_search_that_says_nothing_is_refused(
    ana: Caller, query: dict[str, str], code: str
) -> None:
    refused = ana.get("users/", **query)

    assert refused.code == (400, code)
    assert refused["field"] == "search"


# --- blocking ---------------------------------------------------------------


@pytest.mark.parametrize("door", ["blocked/", "blocked/block/"])
def test_ana_blocks_ben_once(
    ana: Caller, ben: Caller, letters: Conversation, door: str
) -> None:
    blocked = ana.post(door, {"user_id": ben.id})
    again = ana.post(door, {"user_id": "@ben"})

    assert (blocked.status, again.status) == (201, 200)
    assert blocked.json == again.json
    assert blocked["user"]["id"] == ben.id
    listed = ana.get("blocked/")
    assert listed["results"] == [blocked.json]
    assert ben.get("blocked/")["results"] == []


@pytest.mark.parametrize("door", ["verb", "noun"])
def test_ana_lifts_a_block_and_lifting_none_is_no_error(
    ana: Caller, ben: Caller, letters: Conversation, door: str
) -> None:
    ana.post("blocked/", {"user_id": ben.id})

    for _ in range(2):
        if door == "verb":
            lifted = ana.post("blocked/unblock/", {"user_id": ben.id})
        else:
            lifted = ana.delete(f"blocked/{ben.id}/")
        assert (lifted.status, lifted.json) == (204, None)
        assert not is_blocked("", ana.user.pk, ben.user.pk)


def test_asking_tells_only_whom_one_has_blocked_oneself(
    ana: Caller, ben: Caller, letters: Conversation
) -> None:
    block_user(actor=actor(person()), target=ana.user)
    ana.post("blocked/", {"user_id": ben.id})

    assert ana.get("blocked/check/", user_id=ben.id).json == {"blocked": True}
    assert ana.get("blocked/check/", user_id="@ben").json == {"blocked": True}
    assert ben.get("blocked/check/", user_id=ana.id).json == {"blocked": False}
    for nobody in ("0", "x", "@nobody", "9" * 40):
        assert ana.get("blocked/check/", user_id=nobody).json == {"blocked": False}
    assert ana.get("blocked/check/")["field"] == "user_id"


def test_a_blocked_person_may_block_back_and_learns_nothing(
    ana: Caller, ben: Caller, letters: Conversation
) -> None:
    block_user(actor=actor(ana.user), target=ben.user)

    assert ben.post("blocked/", {"user_id": ana.id}).status == 201


def test_ana_blocks_somebody_who_has_left_the_group(
    ana: Caller, ben: Caller, climbing: Conversation
) -> None:
    send(ben.user, climbing, "Bye")
    ben.post(f"conversations/{climbing.pk}/leave/")

    assert ana.post("blocked/", {"user_id": ben.id}).status == 201


def test_ids_of_strangers_cannot_be_told_from_ids_of_nobody(
    ana: Caller, dora: Caller
) -> None:
    asked = [dora.id, "0", "x", "@nobody", "9" * 40, "@"]
    answers = [ana.post("blocked/", {"user_id": address}) for address in asked]

    assert {answer.code for answer in answers} == {(403, "unavailable")}
    assert len({str(answer.json) for answer in answers}) == 1


def test_nobody_blocks_himself(ana: Caller) -> None:
    refused = ana.post("blocked/", {"user_id": ana.id})

    assert refused.code == (400, "self_target")
    assert refused["field"] == "user_id"


@pytest.mark.parametrize("user_id", [None, 5, "", ["1"]])
def test_nobody_named_is_refused(ana: Caller, user_id: Any) -> None:
    for path in ("blocked/", "blocked/unblock/"):
        refused = ana.post(path, {"user_id": user_id})
        assert refused.code == (400, "invalid_payload")
        assert refused["field"] == "user_id"
