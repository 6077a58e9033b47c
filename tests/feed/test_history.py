"""Pages of history, at every edge."""

from __future__ import annotations

from typing import Any

import pytest

from django_chat import api
from django_chat.exceptions import ChatError
from django_chat.feed.history import Page, history_page, message_for_reader
from django_chat.groups.services.settings import hide_conversation
from django_chat.ids import new_id
from django_chat.timeline.models import Conversation
from tests.factories import actor, direct, fill, group, people, person, send

pytestmark = pytest.mark.django_db


@pytest.fixture
def ana() -> Any:
    return person("ana")


@pytest.fixture
def ben() -> Any:
    return person("ben")


@pytest.fixture
def letters(ana: Any, ben: Any) -> Conversation:
    """Ten messages of Ana's."""
    made = direct(ana, ben)
    fill(made, ana, 10)
    return made


def page(user: Any, place: Conversation, **asked: Any) -> Page:
    """Return a page of history."""
    return history_page(actor=actor(user), conversation_id=place.pk, **asked)


def seqs(found: Page) -> list[int]:
    """Return the numbers on a page."""
    return [row["seq"] for row in found.results]


@pytest.mark.parametrize(
    ("asked", "found", "has_older", "has_newer"),
    [
        ({"limit": 50}, list(range(1, 11)), False, False),
        ({"limit": 10}, list(range(1, 11)), False, False),
        ({"limit": 9}, list(range(2, 11)), True, False),
        ({"limit": 1}, [10], True, False),
        ({"limit": 3, "before_seq": 11}, [8, 9, 10], True, False),
        ({"limit": 3, "before_seq": 99}, [8, 9, 10], True, False),
        ({"limit": 3, "before_seq": 8}, [5, 6, 7], True, True),
        ({"limit": 3, "before_seq": 4}, [1, 2, 3], False, True),
        ({"limit": 3, "before_seq": 3}, [1, 2], False, True),
        ({"limit": 3, "before_seq": 1}, [], False, True),
        ({"limit": 3, "before_seq": 0}, [], False, True),
        ({"limit": 3, "before_seq": -5}, [], False, True),
        ({"limit": 3, "after_seq": 0}, [1, 2, 3], False, True),
        ({"limit": 3, "after_seq": -5}, [1, 2, 3], False, True),
        ({"limit": 3, "after_seq": 5}, [6, 7, 8], True, True),
        ({"limit": 3, "after_seq": 7}, [8, 9, 10], True, False),
        ({"limit": 3, "after_seq": 9}, [10], True, False),
        ({"limit": 3, "after_seq": 10}, [], True, False),
        ({"limit": 3, "after_seq": 99}, [], True, False),
        ({"limit": 4, "around_seq": 5}, [3, 4, 5, 6], True, True),
        ({"limit": 5, "around_seq": 5}, [3, 4, 5, 6, 7], True, True),
        ({"limit": 1, "around_seq": 5}, [5], True, True),
        ({"limit": 4, "around_seq": 1}, [1, 2], False, True),
        ({"limit": 4, "around_seq": 10}, [8, 9, 10], True, False),
        ({"limit": 4, "around_seq": 99}, [9, 10], True, False),
        ({"limit": 4, "around_seq": -9}, [1, 2], False, True),
        ({"limit": 40, "around_seq": 5}, list(range(1, 11)), False, False),
    ],
)
def test_pages_and_what_lies_on_either_side(
    ben: Any,
    letters: Conversation,
    asked: dict[str, int],
    found: list[int],
    has_older: bool,
    has_newer: bool,
) -> None:
    answer = page(ben, letters, **asked)

    assert seqs(answer) == found
    assert (answer.has_older, answer.has_newer) == (has_older, has_newer)
    assert (answer.rev, answer.seq, answer.history_from_seq) == (10, 10, 1)


@pytest.mark.parametrize(
    "asked",
    [
        {"before_seq": 1, "after_seq": 1},
        {"before_seq": 1, "around_seq": 1},
        {"after_seq": 0, "around_seq": 0},
    ],
)
def test_one_place_at_a_time(
    ben: Any, letters: Conversation, asked: dict[str, int]
) -> None:
    with pytest.raises(ChatError, match="invalid_payload"):
        page(ben, letters, **asked)


@pytest.mark.parametrize(
    "asked",
    [{}, {"before_seq": 1}, {"before_seq": 5}, {"after_seq": 0}, {"around_seq": 3}],
)
def test_where_nothing_is_to_be_seen_nothing_lies_beyond(
    ana: Any, ben: Any, asked: dict[str, int]
) -> None:
    empty = direct(ana, ben)
    answer = page(ana, empty, **asked)
    assert (seqs(answer), answer.has_older, answer.has_newer) == ([], False, False)

    fill(empty, ana, 3)
    hide_conversation(actor=actor(ben), conversation_id=empty.pk)
    answer = page(ben, empty, **asked)
    assert (seqs(answer), answer.has_older, answer.has_newer) == ([], False, False)


@pytest.mark.parametrize(
    ("asked", "found", "has_older", "has_newer"),
    [
        ({}, [6, 7, 8], False, False),
        ({"before_seq": 6}, [], False, True),
        ({"before_seq": 2}, [], False, True),
        ({"before_seq": 8}, [6, 7], False, True),
        ({"after_seq": 0}, [6, 7, 8], False, False),
        ({"around_seq": 2}, [6, 7, 8], False, False),
        ({"around_seq": 7}, [6, 7, 8], False, False),
        ({"limit": 1}, [8], True, False),
    ],
)
def test_a_horizon_is_the_end_of_history(
    ana: Any,
    ben: Any,
    asked: dict[str, int],
    found: list[int],
    has_older: bool,
    has_newer: bool,
) -> None:
    letters = direct(ana, ben)
    fill(letters, ana, 5)
    hide_conversation(actor=actor(ben), conversation_id=letters.pk)
    fill(letters, ana, 3)

    answer = page(ben, letters, **asked)

    assert seqs(answer) == found
    assert (answer.has_older, answer.has_newer) == (has_older, has_newer)
    assert answer.history_from_seq == 6


def test_walking_up_and_down_brings_every_message_once(
    ben: Any, letters: Conversation
) -> None:
    up: list[int] = []
    place: int | None = None
    while True:
        found = page(ben, letters, limit=3, before_seq=place)
        up = seqs(found) + up
        if not found.has_older:
            break
        place = up[0]
    down: list[int] = []
    after = 0
    while True:
        found = page(ben, letters, limit=3, after_seq=after)
        down += seqs(found)
        if not found.has_newer:
            break
        after = down[-1]

    assert up == down == list(range(1, 11))


def test_ones_own_messages_are_read_when_all_others_have_read_them() -> None:
    ana, ben, cem = people("ana", "ben", "cem")
    place = group(ana, ben, cem)
    fill(place, ana, 3)
    api.mark_read(ben, place)
    api.mark_read(cem, place, up_to_seq=2)

    def read(user: Any) -> list[bool]:
        rows = page(user, place).results
        return [row["is_read"] for row in rows if row["kind"] == "text"]

    assert read(ana) == [True, False, False]
    assert read(ben) == [True, True, True]
    assert read(cem) == [True, False, False]


def test_with_nobody_left_nothing_was_read() -> None:
    ana, ben = people("ana", "ben")
    letters = direct(ana, ben)
    send(ana, letters)
    ben.delete()

    assert page(ana, letters).results[0]["is_read"] is False


def test_everybody_sees_which_reaction_is_his() -> None:
    ana, ben, cem = people("ana", "ben", "cem")
    place = group(ana, ben, cem)
    message = send(ana, place)
    api.react(ben, message, "👍")
    api.react(cem, message, "👍")
    api.react(cem, message, "🎉")

    def mine(user: Any) -> list[tuple[str, int, bool]]:
        row = page(user, place).results[-1]
        return [(r["emoji"], r["count"], r["me"]) for r in row["reactions"]]

    assert mine(ana) == [("👍", 2, False), ("🎉", 1, False)]
    assert mine(ben) == [("👍", 2, True), ("🎉", 1, False)]
    assert mine(cem) == [("👍", 2, True), ("🎉", 1, True)]


def test_even_the_eleventh_sees_his_own_reaction() -> None:
    members = people(*(f"p{n}" for n in range(12)))
    place = group(*members)
    message = send(members[0], place)
    for user in members:
        api.react(user, message, "👍")

    for user in members:
        (reaction,) = page(user, place).results[-1]["reactions"]
        assert (reaction["count"], reaction["me"]) == (12, True)
        assert len(reaction["user_ids"]) == 10


def test_only_the_author_sees_his_key(ana: Any, ben: Any) -> None:
    letters = direct(ana, ben)
    send(ana, letters, client_id="k")

    (mine,) = page(ana, letters).results
    (theirs,) = page(ben, letters).results
    assert (mine["client_id"], mine["is_own_message"]) == ("k", True)
    assert (theirs["client_id"], theirs["is_own_message"]) == (None, False)


def test_one_message_is_shown_as_on_its_page(ana: Any, ben: Any) -> None:
    letters = direct(ana, ben)
    target = send(ana, letters, "One")
    message = send(ben, letters, "Two @ana", reply_to=target.pk, extra={"a": 1})
    api.react(ana, message, "👍")

    for user in (ana, ben):
        alone = message_for_reader(actor(user), message.pk)
        assert alone == page(user, letters).results[1]


def test_a_message_that_is_not_there_and_one_that_is_not_ones_own(
    letters: Conversation,
) -> None:
    eve = person("eve")
    theirs = letters.messages.get(seq=1)
    answers = []
    for key in (theirs.pk, new_id()):
        for reveal in (False, True):
            with pytest.raises(ChatError) as refused:
                message_for_reader(actor(eve), key, reveal=reveal)
            answers.append(refused.value.as_dict())

    assert all(answer == answers[0] for answer in answers)


def test_times_are_in_utc_to_the_millisecond(ana: Any, letters: Conversation) -> None:
    stamp = page(ana, letters).results[0]["timestamp"]

    assert len(stamp) == len("2026-01-31T09:30:00.123Z")
    assert stamp.endswith("Z")
