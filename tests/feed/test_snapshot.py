"""What a client gets when it begins to listen, and the heads that wake it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from django_chat import api
from django_chat.exceptions import ChatError
from django_chat.feed.changes import GAP
from django_chat.feed.heads import Head, active_conversations, heads_of, members_of
from django_chat.feed.snapshot import Snapshot, reachable, snapshot
from django_chat.groups.services.settings import hide_conversation
from django_chat.ids import new_id
from django_chat.people.services import block_user
from django_chat.receipts.services import mark_delivered
from django_chat.timeline.models import Conversation
from tests.factories import actor, direct, fill, group, people, person, seat

pytestmark = pytest.mark.django_db


@pytest.fixture
def friends() -> list[Any]:
    return people("ana", "ben", "cem")


@pytest.fixture
def climbing(friends: list[Any]) -> Conversation:
    return group(*friends)


def begin(user: Any, place: Conversation, after: int | None = None) -> Snapshot:
    """Let somebody begin to listen."""
    return snapshot(actor=actor(user), conversation_id=place.pk, after=after)


def test_the_frame_says_where_things_stand(
    friends: list[Any], climbing: Conversation
) -> None:
    ana, ben, cem = friends
    fill(climbing, ana, 3)
    api.mark_read(ben, climbing, up_to_seq=2)
    mark_delivered(actor=actor(cem), conversation_id=climbing.pk, up_to_seq=4)

    frame = begin(ana, climbing, after=3).frame(epoch="e", typing=[str(ben.pk)])

    assert frame == {
        "type": "subscribed",
        "conversation_id": str(climbing.pk),
        "epoch": "e",
        "after": 3,
        "rev": 5,
        "seq": 4,
        "replay": 2,
        "gap": False,
        "members_read": [
            {"user_id": str(ana.pk), "read_seq": 4, "delivered_seq": 0},
            {"user_id": str(ben.pk), "read_seq": 2, "delivered_seq": 0},
            {"user_id": str(cem.pk), "read_seq": 0, "delivered_seq": 4},
        ],
        "hidden": [],
        "history_from_seq": 1,
        "typing": [str(ben.pk)],
        "online": [],
    }


def test_without_a_cursor_nothing_is_replayed(
    friends: list[Any], climbing: Conversation
) -> None:
    fill(climbing, friends[0], 3)
    found = begin(friends[1], climbing)

    assert (found.events, found.gap, found.ahead, found.after) == (
        [],
        False,
        False,
        None,
    )


def test_what_follows_the_cursor_is_replayed(
    friends: list[Any], climbing: Conversation
) -> None:
    fill(climbing, friends[0], 3)

    revs = {
        after: [event.rev for event in begin(friends[1], climbing, after).events]
        for after in (0, 2, 4, 5)
    }
    assert revs == {0: [1, 2, 3, 4, 5], 2: [3, 4, 5], 4: [5], 5: []}


def test_too_far_behind_and_ahead(friends: list[Any], climbing: Conversation) -> None:
    fill(climbing, friends[0], GAP + 1)
    climbing.refresh_from_db()
    assert climbing.rev == GAP + 3

    def stands(after: int) -> tuple[bool, bool, int]:
        found = begin(friends[1], climbing, after)
        return found.gap, found.ahead, len(found.events)

    assert stands(2) == (True, False, 0)
    assert stands(3) == (False, False, GAP)
    assert stands(climbing.rev) == (False, False, 0)
    assert stands(climbing.rev + 1) == (False, True, 0)


def test_what_decides_the_variants_is_the_readers_own(
    friends: list[Any], climbing: Conversation
) -> None:
    ana, ben, cem = friends
    fill(climbing, ana, 2)
    block_user(actor=actor(ben), target=cem)
    api.leave(ben, climbing)
    api.add_members(ana, climbing, [ben])

    reader = begin(ben, climbing).reader
    assert (reader.user_id, reader.visible_from) == (str(ben.pk), 5)
    assert reader.blocked == {str(cem.pk)}
    assert begin(ana, climbing).reader.blocked == frozenset()


def test_members_who_have_read_are_listed_up_to_a_hundred() -> None:
    members = people(*(f"p{n}" for n in range(103)))

    assert len(begin(members[0], group(*members)).members_read) == 100


def test_strangers_and_former_members_do_not_begin(
    friends: list[Any], climbing: Conversation
) -> None:
    api.leave(friends[1], climbing)

    with pytest.raises(ChatError, match="not_participant"):
        begin(friends[1], climbing)
    with pytest.raises(ChatError, match="not_found"):
        begin(person("eve"), climbing)
    with pytest.raises(ChatError, match="not_found"):
        snapshot(actor=actor(friends[0]), conversation_id=new_id(), after=None)


def test_a_block_makes_a_partner_unreachable_for_both() -> None:
    ana, ben, cem = people("ana", "ben", "cem")
    letters, club = direct(ana, ben), group(ana, ben, cem)
    both = [letters.pk, club.pk]
    assert begin(ana, letters).reachable
    assert reachable(actor(ana), both) == {str(key) for key in both}

    block_user(actor=actor(ben), target=ana)

    for user in (ana, ben):
        assert not begin(user, letters).reachable
        assert begin(user, club).reachable
        assert reachable(actor(user), both) == {str(club.pk)}
    assert reachable(actor(cem), both) == {str(club.pk)}


# --- heads ------------------------------------------------------------------


def test_heads_are_of_those_that_exist(
    friends: list[Any], climbing: Conversation, django_assert_num_queries: Any
) -> None:
    ana, ben, _ = friends
    letters = direct(ana, ben)
    fill(letters, ana, 2)
    api.rename(ana, climbing, "Cycling")
    asked = [climbing.pk, letters.pk, new_id()]

    with django_assert_num_queries(1):
        assert heads_of(asked) == {
            str(climbing.pk): Head(4, 4),
            str(letters.pk): Head(2, 0),
        }


def test_members_are_known_with_their_horizons(
    friends: list[Any], climbing: Conversation, django_assert_num_queries: Any
) -> None:
    ana, ben, cem = friends
    (dan,) = people("dan")
    fill(climbing, ana, 2)
    api.leave(ben, climbing)
    api.add_members(ana, climbing, [dan])
    hide_conversation(actor=actor(cem), conversation_id=climbing.pk)
    everybody = [user.pk for user in (ana, ben, cem, dan)]

    with django_assert_num_queries(2):
        found = members_of([climbing.pk, new_id()], everybody)

    climbing.refresh_from_db()
    (membership,) = found.values()
    assert membership.meta_rev == climbing.meta_rev
    assert membership.visible_from == {
        str(ana.pk): 1,
        str(cem.pk): 6,
        str(dan.pk): 5,
    }
    assert seat(dan, climbing).visible_from == 5


def test_a_socket_listens_to_what_was_active_lately(
    friends: list[Any], climbing: Conversation, django_assert_num_queries: Any
) -> None:
    ana, ben, cem = friends
    silent, loud = direct(ana, ben), direct(ana, cem)
    fill(silent, ana, 1)
    fill(loud, ana, 1)
    week_ago = timezone.now() - timedelta(days=7)
    Conversation.objects.filter(pk=silent.pk).update(last_activity=week_ago)
    since = timezone.now() - timedelta(days=6)

    with django_assert_num_queries(1):
        found = active_conversations(actor(ana), since=since, limit=10)

    assert [row.conversation_id for row in found] == [str(loud.pk), str(climbing.pk)]
    assert found[0].head == Head(1, 0)
    assert len(active_conversations(actor(ana), since=since, limit=1)) == 1
    api.leave(ana, climbing)
    found = active_conversations(actor(ana), since=since, limit=10)
    assert [row.conversation_id for row in found] == [str(loud.pk)]
