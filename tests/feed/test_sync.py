"""Polling: everything that a socket would have told, by asking."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from django_chat import api
from django_chat.feed.changes import GAP
from django_chat.feed.epoch import current_epoch
from django_chat.feed.sync import LISTED, PAGE, Sync, list_etag, sync
from django_chat.groups.services.settings import update_own_settings
from django_chat.ids import new_id
from django_chat.people.services import block_user
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
    made = direct(ana, ben)
    fill(made, ana, 3)
    return made


class Poller:
    """A client without a socket, which keeps what it is told to."""

    def __init__(self, user: Any, *places: Conversation) -> None:
        self.actor = actor(user)
        self.cursors = {place.pk: place.rev for place in places}
        self.etag: str | None = None
        self.token: str | None = None

    def poll(self) -> Sync | None:
        """Ask once, and remember."""
        answer = sync(
            actor=self.actor, cursors=self.cursors, etag=self.etag, token=self.token
        )
        if answer is not None:
            self.etag, self.token = answer.list_etag, answer.t
            for key in self.cursors:
                self.cursors[key] = answer.cursors.get(str(key), self.cursors[key])
        return answer


def polled(user: Any, *places: Conversation) -> Poller:
    """Return a client that has just asked."""
    for place in places:
        place.refresh_from_db()
    poller = Poller(user, *places)
    assert poller.poll() is not None
    return poller


def test_the_first_answer_is_the_list_with_every_cursor(
    ben: Any, letters: Conversation
) -> None:
    first = sync(actor=actor(ben), cursors={}, etag=None, token=None)

    assert first is not None
    assert first.list is not None
    assert [row["id"] for row in first.list] == [str(letters.pk)]
    assert first.cursors == {str(letters.pk): 3}
    assert first.events == []
    assert first.unread == {"total": 3, "mentions": 0}
    assert first.list_etag == list_etag(actor(ben))
    assert first.epoch == current_epoch()
    assert (first.more, first.gap, first.gone) == ([], [], [])


def test_nothing_new_is_nothing(ben: Any, letters: Conversation) -> None:
    poller = polled(ben, letters)

    assert poller.poll() is None
    assert poller.poll() is None


def test_without_an_etag_there_is_always_an_answer(
    ben: Any, letters: Conversation
) -> None:
    answer = sync(actor=actor(ben), cursors={letters.pk: 3}, etag=None, token=None)

    assert answer is not None
    assert answer.events == []


def test_every_kind_of_change_comes_once_and_in_order() -> None:
    ana, ben, cem = people("ana", "ben", "cem")
    place = group(ana, ben, cem)
    poller = polled(ben, place)

    message = send(ana, place, "One")
    api.rename(ana, place, "Cycling")
    api.react(cem, message, "👍")
    answer = poller.poll()

    assert answer is not None
    assert [(e["rev"], e["type"]) for e in answer.events] == [
        (4, "message"),
        (5, "conversation_updated"),
        (6, "message"),
    ]
    assert answer.cursors == {str(place.pk): 6}
    assert answer.list is not None
    assert answer.list[0]["title"] == "Cycling"
    assert poller.poll() is None


def test_the_list_comes_only_when_it_has_changed(
    ben: Any, letters: Conversation
) -> None:
    poller = polled(ben, letters)
    update_own_settings(actor=actor(ben), conversation_id=letters.pk, pinned=True)
    answer = poller.poll()
    assert answer is not None
    assert answer.list is not None
    assert (answer.list[0]["pinned"], answer.events) == (True, [])

    poller.cursors[letters.pk] = 1
    answer = poller.poll()
    assert answer is not None
    assert answer.list is None
    assert [event["seq"] for event in answer.events] == [2, 3]


def test_what_is_not_ones_own_is_gone_and_spoils_nothing(
    ana: Any, ben: Any, letters: Conversation
) -> None:
    cem = person("cem")
    foreign, left = direct(ana, cem), group(ana, ben, cem)
    api.leave(ben, left)
    missing = new_id()

    answer = sync(
        actor=actor(ben),
        cursors={foreign.pk: 0, letters.pk: 2, left.pk: 0, missing: 0},
        etag=None,
        token="0",
    )

    assert answer is not None
    assert set(answer.gone) == {str(foreign.pk), str(left.pk), str(missing)}
    assert [event["seq"] for event in answer.events if event["type"] == "message"] == [
        3
    ]
    assert answer.cursors == {str(letters.pk): 3}


def test_who_is_far_behind_is_told_so(ana: Any, ben: Any) -> None:
    letters = direct(ana, ben)
    fill(letters, ana, GAP + 2)
    letters.refresh_from_db()

    for after, is_gap in [(0, True), (1, True), (2, False), (letters.rev + 1, True)]:
        answer = sync(
            actor=actor(ben), cursors={letters.pk: after}, etag=None, token=None
        )
        assert answer is not None
        assert answer.gap == ([str(letters.pk)] if is_gap else [])
        if is_gap:
            assert answer.events == []
            assert answer.cursors == {str(letters.pk): letters.rev}


def test_much_comes_in_several_answers(ana: Any, ben: Any) -> None:
    letters = direct(ana, ben)
    fill(letters, ana, PAGE + 30)
    poller = Poller(ben, letters)

    first, second = poller.poll(), poller.poll()

    assert first is not None
    assert second is not None
    assert (first.more, second.more) == ([str(letters.pk)], [])
    seqs = [event["seq"] for event in first.events + second.events]
    assert seqs == list(range(1, PAGE + 31))


def test_several_conversations_each_in_their_own_order() -> None:
    ana, ben, cem = people("ana", "ben", "cem")
    here, there = direct(ana, ben), group(ana, ben, cem)
    poller = polled(ben, here, there)
    for n in range(4):
        send(ana, here, f"here {n}")
        send(ana, there, f"there {n}")

    answer = poller.poll()

    assert answer is not None
    for place in (here, there):
        revs = [
            e["rev"] for e in answer.events if e["conversation_id"] == str(place.pk)
        ]
        assert len(revs) == 4
        assert revs == sorted(revs)


def test_a_long_list_is_cut(ana: Any) -> None:
    for other in people(*(f"p{n}" for n in range(LISTED + 3))):
        send(ana, direct(ana, other))

    answer = sync(actor=actor(ana), cursors={}, etag=None, token=None)

    assert answer is not None
    assert answer.list is not None
    assert len(answer.list) == len(answer.cursors) == LISTED
    assert answer.list[0]["title"] == f"p{LISTED + 2}"


# --- who has read -----------------------------------------------------------


def reads(answer: Sync | None) -> list[tuple[str, int]]:
    """Return who has read how far, as an answer tells it."""
    events = answer.events if answer else []
    return [(e["user"], e["up_to_seq"]) for e in events if e["type"] == "read"]


def test_who_asks_again_learns_who_has_read_meanwhile(
    ana: Any, ben: Any, letters: Conversation
) -> None:
    poller = polled(ana, letters)
    assert reads(poller.poll()) == []
    api.mark_read(ben, letters, up_to_seq=2)

    answer = poller.poll()

    assert reads(answer) == [("ben", 2)]
    assert answer is not None
    frame = answer.events[0]
    assert frame["user_id"] == str(ben.pk)
    assert frame["conversation_id"] == str(letters.pk)


def test_ones_other_devices_learn_it_too(ben: Any, letters: Conversation) -> None:
    poller = polled(ben, letters)
    api.mark_read(ben, letters)

    answer = poller.poll()
    assert reads(answer) == [("ben", 3)]
    assert answer is not None
    assert answer.unread == {"total": 0, "mentions": 0}


def test_a_first_question_is_not_answered_with_the_past(
    ana: Any, ben: Any, letters: Conversation
) -> None:
    api.mark_read(ben, letters)

    assert reads(Poller(ana, letters).poll()) == []


def test_reading_long_ago_is_not_told_again(
    ana: Any, ben: Any, letters: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    poller = polled(ana, letters)
    api.mark_read(ben, letters)
    assert reads(poller.poll()) == [("ben", 3)]
    later = timezone.now() + timedelta(seconds=30)
    monkeypatch.setattr(timezone, "now", lambda: later)
    poller.poll()
    latest = later + timedelta(seconds=30)
    monkeypatch.setattr(timezone, "now", lambda: latest)

    assert poller.poll() is None


@pytest.mark.parametrize(
    "token",
    [
        "0",
        "x",
        "",
        "-1",
        "9" * 400,
        "9" * 15,
        "1e3",
        "٣",
        "\x00",
        str(int(datetime(2001, 1, 1, tzinfo=UTC).timestamp() * 1000)),
    ],
)
def test_a_token_that_is_none_of_ours_is_no_error(
    ana: Any, ben: Any, letters: Conversation, token: str
) -> None:
    api.mark_read(ben, letters)

    answer = sync(actor=actor(ana), cursors={letters.pk: 3}, etag=None, token=token)

    assert answer is not None
    assert reads(answer) == [("ben", 3)]


def test_in_a_group_the_reading_of_somebody_blocked_is_not_told() -> None:
    ana, ben, cem = people("ana", "ben", "cem")
    place = group(ana, ben, cem)
    send(ana, place)
    block_user(actor=actor(ana), target=ben)
    pollers = {user: polled(user, place) for user in (ana, cem)}
    api.mark_read(ben, place)

    assert reads(pollers[ana].poll()) == []
    assert reads(pollers[cem].poll()) == [("ben", 2)]


@pytest.mark.parametrize("blocker", ["ana", "ben"])
def test_between_two_with_a_block_reading_is_not_told(
    ana: Any, ben: Any, letters: Conversation, blocker: str
) -> None:
    one, other = (ana, ben) if blocker == "ana" else (ben, ana)
    block_user(actor=actor(one), target=other)
    poller = polled(ana, letters)
    api.mark_read(ben, letters)

    assert reads(poller.poll()) == []


def test_in_a_large_group_reading_is_not_told() -> None:
    members = people(*(f"p{n}" for n in range(101)))
    crowd = group(*members)
    send(members[0], crowd)
    poller = polled(members[0], crowd)
    api.mark_read(members[1], crowd)

    assert reads(poller.poll()) == []


def test_the_answer_is_json_as_it_stands(ben: Any, letters: Conversation) -> None:
    answer = sync(actor=actor(ben), cursors={letters.pk: 0}, etag=None, token="0")

    assert answer is not None
    body = json.loads(json.dumps(answer.as_dict()))
    assert body["next_poll_ms"] == 3_000
    assert set(body) >= {
        "events",
        "cursors",
        "more",
        "gap",
        "gone",
        "list",
        "list_etag",
        "unread",
        "t",
        "epoch",
    }
