"""The change feed: short, in order, and enough to catch up."""

from __future__ import annotations

from typing import Any

import pytest

from django_chat import api
from django_chat.exceptions import ChatError
from django_chat.feed.changes import changes_for_reader, changes_since
from django_chat.feed.epoch import current_epoch, renew_epoch
from django_chat.groups.services.settings import update_conversation
from django_chat.messages.services import hide_message
from django_chat.people.services import block_user
from django_chat.timeline.models import Conversation
from tests.factories import actor, direct, fill, group, people, send

pytestmark = pytest.mark.django_db


@pytest.fixture
def friends() -> list[Any]:
    return people("ana", "ben", "cem")


@pytest.fixture
def climbing(friends: list[Any]) -> Conversation:
    return group(*friends)


def changes(place: Conversation, after: int, **more: int) -> list[tuple[int, str, Any]]:
    """Return rev, type and reason of what follows a rev."""
    place.refresh_from_db()
    page = changes_since(place, after, **more)
    return [
        (event.rev or 0, event.frame["type"], event.frame.get("reason"))
        for event in page.events
    ]


def test_a_message_appears_once_at_its_latest_change(
    friends: list[Any], climbing: Conversation
) -> None:
    ana, ben, _ = friends
    first = send(ana, climbing, "One")
    send(ben, climbing, "Two")
    api.edit_message(ana, first, "One!")
    api.react(ben, first, "👍")
    api.react(ben, first, "👍", op="remove")

    # Line 1, change 2, then messages 3 and 4, and 5 to 7 are all of the first.
    assert changes(climbing, 0) == [
        (1, "message", None),
        (2, "conversation_updated", None),
        (4, "message", None),
        (7, "message", None),
    ]


def test_what_one_has_comes_as_a_change_and_what_one_lacks_as_a_message(
    friends: list[Any], climbing: Conversation
) -> None:
    ana, ben, _ = friends
    first, second = send(ana, climbing, "One"), send(ben, climbing, "Two")
    third = send(ana, climbing, "Three")
    api.edit_message(ana, first, "One!")
    api.react(ben, second, "👍")
    api.delete_message(ana, third)

    assert changes(climbing, 5) == [
        (6, "message_updated", "edit"),
        (7, "message_updated", "reaction"),
        (8, "message_updated", "delete"),
    ]
    assert changes(climbing, 3) == [
        (6, "message_updated", "edit"),
        (7, "message", None),
        (8, "message", None),
    ]


def test_changes_of_the_conversation_come_in_their_place_with_all_facts(
    friends: list[Any], climbing: Conversation
) -> None:
    ana, _ben, _ = friends
    send(ana, climbing, "One")
    api.rename(ana, climbing, "Cycling")
    update_conversation(
        actor=actor(ana), conversation_id=climbing.pk, status="read_only"
    )
    send(ana, climbing, "Two")

    assert [row[:2] for row in changes(climbing, 3)] == [
        (4, "message"),
        (6, "message"),
        (7, "conversation_updated"),
        (8, "message"),
    ]
    page = changes_since(climbing, 3)
    facts = page.events[2].frame
    assert facts["changes"] == {"title": "Cycling", "status": "read_only"}
    assert facts["members_changed"] is True
    assert facts["member_count"] == 3
    assert changes(climbing, 7) == [(8, "message", None)]


def test_pages_follow_one_another_without_hole_or_repeat(
    friends: list[Any], climbing: Conversation
) -> None:
    ana, ben, _ = friends
    rows = fill(climbing, ana, 20)
    for row in rows[::3]:
        api.react(ben, row, "👍")
    api.rename(ana, climbing, "Cycling")
    climbing.refresh_from_db()
    whole = [event.rev for event in changes_since(climbing, 0).events]

    for limit in (1, 2, 7, 22, 500):
        seen: list[Any] = []
        after = 0
        for _ in range(40):
            page = changes_since(climbing, after, limit=limit)
            assert page.head == climbing.rev
            seen += [event.rev for event in page.events]
            assert page.next_after >= after
            after = page.next_after
            if not page.has_more:
                break
        assert seen == whole
        assert after == climbing.rev


def test_the_cursor_moves_over_what_left_no_row(
    friends: list[Any], climbing: Conversation
) -> None:
    ana, ben, _ = friends
    message = send(ana, climbing, "One")
    for _ in range(5):
        api.react(ben, message, "👍")
        api.react(ben, message, "👍", op="remove")
    climbing.refresh_from_db()

    page = changes_since(climbing, 3)
    assert [event.rev for event in page.events] == [13]
    assert page.next_after == 13
    assert changes_since(climbing, 13).events == []


def test_the_feed_says_nothing_newer_than_the_head_it_was_asked_at(
    friends: list[Any], climbing: Conversation
) -> None:
    ana, _ben, _ = friends
    message = send(ana, climbing, "One")
    climbing.refresh_from_db()
    # Read as it was, changed since: the row is of the next page now.
    api.edit_message(ana, message, "Two")

    page = changes_since(climbing, 2)
    assert page.events == []
    assert page.next_after == page.head == 3


# --- as one reader gets it --------------------------------------------------


def read(user: Any, place: Conversation, after: int | None, limit: int = 200) -> Any:
    """Return the answer to somebody who asks for what follows a rev."""
    return changes_for_reader(
        actor=actor(user), conversation_id=place.pk, after=after, limit=limit
    )


def test_each_gets_what_is_his(friends: list[Any], climbing: Conversation) -> None:
    ana, ben, cem = friends
    target = send(ana, climbing, "Quoted")
    message = send(
        ben, climbing, "Secret", client_id="k", reply_to=target.pk, extra={"a": 1}
    )
    block_user(actor=actor(cem), target=ben)
    hide_message(actor=actor(ana), message_id=message.pk)

    by_user = {user: read(user, climbing, 3)["events"] for user in friends}

    assert by_user[ben][0]["client_id"] == "k"
    assert by_user[ben][0]["is_own_message"] is True
    assert by_user[cem][0]["hidden"] == "blocked"
    assert by_user[cem][0]["content"] == ""
    assert by_user[ana] == [
        {
            "type": "message",
            "conversation_id": str(climbing.pk),
            "id": str(message.pk),
            "seq": 3,
            "rev": 4,
            "hidden": "me",
        }
    ]


def test_even_the_eleventh_learns_which_reaction_is_his() -> None:
    members = people(*(f"p{n}" for n in range(13)))
    place = group(*members)
    message = send(members[0], place)
    for user in members[:12]:
        api.react(user, message, "👍")

    for user in members:
        frame = read(user, place, 3)["events"][0]
        (reaction,) = frame["reactions"]
        assert (reaction["count"], len(reaction["user_ids"])) == (12, 10)
        assert reaction["me"] is (user in members[:12])


def test_without_a_cursor_one_learns_where_it_ends(
    friends: list[Any], climbing: Conversation
) -> None:
    fill(climbing, friends[0], 3)

    for after in (None, 5):
        assert read(friends[1], climbing, after) == {
            "events": [],
            "next_after": 5,
            "rev": 5,
            "has_more": False,
            "gap": False,
            "epoch": current_epoch(),
        }


def test_a_cursor_ahead_of_the_conversation_is_of_another_life(
    friends: list[Any], climbing: Conversation
) -> None:
    answer = read(friends[0], climbing, 99)

    assert (answer["gap"], answer["reason"], answer["next_after"]) == (True, "epoch", 2)
    assert answer["events"] == []


def test_a_client_far_behind_gets_it_page_by_page(friends: list[Any]) -> None:
    ana, ben, _ = friends
    letters = direct(ana, ben)
    fill(letters, ana, 30)
    first = read(ben, letters, 0, limit=20)
    second = read(ben, letters, first["next_after"], limit=20)

    assert (first["has_more"], second["has_more"]) == (True, False)
    assert [e["seq"] for e in first["events"] + second["events"]] == list(range(1, 31))
    assert second["next_after"] == first["rev"] == 30


def test_former_members_and_strangers_get_nothing(
    friends: list[Any], climbing: Conversation
) -> None:
    _ana, ben, _ = friends
    api.leave(ben, climbing)
    (eve,) = people("eve")

    with pytest.raises(ChatError, match="not_participant"):
        read(ben, climbing, 0)
    with pytest.raises(ChatError, match="not_found"):
        read(eve, climbing, 0)


def test_an_epoch_lasts_until_it_is_renewed() -> None:
    first = current_epoch()
    assert current_epoch() == first
    second = renew_epoch()
    assert second != first
    assert current_epoch() == second
