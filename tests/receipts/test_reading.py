"""Reading: watermarks go forward, and one's own words are never unread."""

from __future__ import annotations

from typing import Any

import pytest

from django_chat import api
from django_chat.exceptions import ChatError
from django_chat.feed.history import history_page
from django_chat.feed.inbox import conversation_for_reader
from django_chat.groups.services.settings import hide_conversation
from django_chat.ids import new_id
from django_chat.people.services import block_user
from django_chat.receipts.services import mark_delivered, mark_read, mark_unread
from django_chat.signals import conversation_read
from django_chat.timeline.models import Conversation, Message, ReadMark
from tests.factories import actor, direct, fill, group, people, person, seat, send
from tests.listening import hearing

pytestmark = pytest.mark.django_db


@pytest.fixture
def ana() -> Any:
    return person("ana")


@pytest.fixture
def ben() -> Any:
    return person("ben")


@pytest.fixture
def letters(ana: Any, ben: Any) -> Conversation:
    """Ana has written five messages to Ben, who has read none."""
    made = direct(ana, ben)
    fill(made, ana, 5)
    return made


def read(user: Any, place: Conversation, **up_to: Any) -> tuple[int, int, int]:
    """Read, and return the watermark, what is left, and how many were read now."""
    state = mark_read(actor=actor(user), conversation_id=place.pk, **up_to)
    return state.read_seq, state.unread_count, state.marked


def test_reading_up_to_a_number(ben: Any, letters: Conversation) -> None:
    assert api.unread_for(ben) == 5
    assert read(ben, letters, up_to_seq=2) == (2, 3, 2)
    assert api.unread_for(ben) == 3
    row = seat(ben, letters)
    assert (row.read_seq, row.read_ordinal) == (2, 2)


def test_reading_everything(ben: Any, letters: Conversation) -> None:
    assert read(ben, letters) == (5, 0, 5)
    assert api.unread_for(ben) == 0


def test_reading_up_to_a_message(ben: Any, letters: Conversation) -> None:
    third = Message.objects.get(conversation=letters, seq=3)

    assert read(ben, letters, message_id=third.pk) == (3, 2, 3)


def test_a_number_beyond_the_newest_means_the_newest(
    ben: Any, letters: Conversation
) -> None:
    assert read(ben, letters, up_to_seq=10**12) == (5, 0, 5)


@pytest.mark.parametrize("number", [0, -1, -(10**12)])
def test_a_number_before_the_first_reads_nothing(
    ben: Any, letters: Conversation, number: int
) -> None:
    with hearing() as heard:
        assert read(ben, letters, up_to_seq=number) == (0, 5, 0)

    assert not heard


def test_the_watermark_never_goes_back(ben: Any, letters: Conversation) -> None:
    read(ben, letters, up_to_seq=4)
    with hearing() as heard:
        assert read(ben, letters, up_to_seq=2) == (4, 1, 0)
        assert read(ben, letters, up_to_seq=4) == (4, 1, 0)

    assert not heard
    assert ReadMark.objects.filter(user=ben).count() == 1


def test_a_message_elsewhere_or_nowhere_is_not_found(
    ana: Any, ben: Any, letters: Conversation
) -> None:
    elsewhere = send(ana, direct(ana, person("cem")))

    for key in (elsewhere.pk, new_id()):
        with pytest.raises(ChatError) as refused:
            read(ben, letters, message_id=key)
        assert (refused.value.code, refused.value.field) == ("not_found", "message_id")
    assert seat(ben, letters).read_seq == 0


def test_everybody_is_told_how_far_somebody_has_read(
    ben: Any, letters: Conversation
) -> None:
    with hearing() as heard:
        read(ben, letters, up_to_seq=3)

    (event,) = heard.of_conversations
    third = Message.objects.get(conversation=letters, seq=3)
    mark = ReadMark.objects.get(user=ben)
    assert event.rev is None
    assert event.author_id == str(ben.pk)
    assert event.frame["type"] == "read"
    assert event.frame["user_id"] == str(ben.pk)
    assert event.frame["user"] == "ben"
    assert event.frame["up_to_seq"] == mark.seq == 3
    assert event.frame["message_id"] == str(third.pk)
    letters.refresh_from_db()
    assert letters.rev == 5


def test_reading_stops_nobody_who_writes(ben: Any, letters: Conversation) -> None:
    before = Conversation.objects.values().get(pk=letters.pk)
    read(ben, letters)

    assert Conversation.objects.values().get(pk=letters.pk) == before


def test_in_a_large_group_only_ones_own_devices_are_told() -> None:
    members = people(*(f"p{n}" for n in range(101)))
    crowd = group(*members)
    send(members[0], crowd)
    with hearing() as heard:
        read(members[1], crowd)
        mark_delivered(actor=actor(members[1]), conversation_id=crowd.pk, up_to_seq=2)

    assert not heard.of_conversations
    assert [frame["type"] for frame in heard.of_user(members[1])] == ["read"]
    (row,) = (
        row
        for row in history_page(
            actor=actor(members[0]), conversation_id=crowd.pk
        ).results
        if row["is_own_message"]
    )
    assert row["is_read"] is False


@pytest.mark.parametrize("blocker", ["ana", "ben"])
def test_after_a_block_reading_is_not_shown(
    ana: Any, ben: Any, letters: Conversation, blocker: str
) -> None:
    one, other = (ana, ben) if blocker == "ana" else (ben, ana)
    block_user(actor=actor(one), target=other)
    with hearing() as heard:
        read(ben, letters)
        mark_delivered(actor=actor(ben), conversation_id=letters.pk, up_to_seq=5)

    assert not heard.of_conversations
    assert [frame["type"] for frame in heard.of_user(ben)] == ["read"]


def test_the_host_hears_of_reading(ben: Any, letters: Conversation) -> None:
    heard = []

    def note(**arguments: Any) -> None:
        heard.append((arguments["up_to_seq"], arguments["actor"]))

    conversation_read.connect(note)
    try:
        with hearing():
            read(ben, letters, up_to_seq=2)
            read(ben, letters, up_to_seq=1)
    finally:
        conversation_read.disconnect(note)

    assert heard == [(2, ben)]


# --- marked unread ----------------------------------------------------------


def unread(user: Any, place: Conversation, seq: int | None = None) -> tuple[int, int]:
    """Flag as unread, and return the watermark and what counts as unread."""
    state = mark_unread(actor=actor(user), conversation_id=place.pk, seq=seq)
    return state.read_seq, state.unread_count


def test_marking_unread_is_private_and_leaves_the_watermark(
    ana: Any, ben: Any, letters: Conversation
) -> None:
    read(ben, letters)
    with hearing() as heard:
        assert unread(ben, letters, 4) == (5, 2)

    assert not heard.of_conversations
    assert heard.of_user(ben) == [
        {
            "type": "inbox",
            "conversation_id": str(letters.pk),
            "reason": "read",
            "marked_unread": True,
        }
    ]
    shown = conversation_for_reader(actor(ben), letters.pk)
    assert (shown["unread_count"], shown["marked_unread"], shown["read_seq"]) == (
        2,
        True,
        5,
    )
    page = history_page(actor=actor(ana), conversation_id=letters.pk)
    assert all(row["is_read"] for row in page.results)


def test_by_default_the_newest_is_unread(ben: Any, letters: Conversation) -> None:
    read(ben, letters)

    assert unread(ben, letters) == (5, 1)
    assert unread(ben, letters, 99) == (5, 1)
    assert unread(ben, letters, 0) == (5, 5)
    assert unread(ben, letters, -3) == (5, 5)


def test_the_next_read_ends_it_even_where_it_moves_nothing(
    ben: Any, letters: Conversation
) -> None:
    for up_to in (5, 1, 0, None):
        read(ben, letters)
        unread(ben, letters, 2)

        assert read(ben, letters, up_to_seq=up_to)[:2] == (5, 0)
        shown = conversation_for_reader(actor(ben), letters.pk)
        assert (shown["unread_count"], shown["marked_unread"]) == (0, False)


def test_ones_other_devices_learn_that_it_has_ended(
    ben: Any, letters: Conversation
) -> None:
    read(ben, letters)
    unread(ben, letters, 2)
    with hearing() as heard:
        read(ben, letters)
        read(ben, letters)

    (frame,) = heard.of_user(ben)
    assert (frame["reason"], frame["marked_unread"]) == ("read", False)


def test_a_flag_below_the_watermark_ends_with_what_is_really_unread(
    ben: Any, letters: Conversation
) -> None:
    read(ben, letters, up_to_seq=3)
    unread(ben, letters, 1)

    assert read(ben, letters, up_to_seq=1) == (3, 2, 0)
    assert api.unread_for(ben) == 2


def test_own_messages_do_not_count_after_marking_unread(
    ana: Any, ben: Any, letters: Conversation
) -> None:
    fill(letters, ben, 3)
    send(ana, letters)

    assert unread(ben, letters, 1) == (8, 6)
    assert unread(ben, letters, 6) == (8, 1)


def test_sending_ends_marked_unread(ben: Any, letters: Conversation) -> None:
    read(ben, letters)
    unread(ben, letters, 2)
    send(ben, letters)

    assert api.unread_for(ben) == 0
    assert seat(ben, letters).marked_unread is False


def test_very_many_unread_are_counted_to_a_hundred_when_flagged(
    ana: Any, ben: Any
) -> None:
    letters = direct(ana, ben)
    fill(letters, ana, 120)

    assert api.unread_for(ben) == 120
    assert unread(ben, letters, 1) == (0, 100)
    assert read(ben, letters)[1] == 0


def test_nothing_can_be_unread_where_nothing_was_written() -> None:
    ana, ben = people("ana", "ben")
    letters = direct(ana, ben)

    assert unread(ana, letters) == (0, 0)
    assert read(ana, letters) == (0, 0, 0)
    assert not ReadMark.objects.exists()


# --- own messages -----------------------------------------------------------


def test_a_bots_own_messages_are_never_unread(
    ana: Any, ben: Any, letters: Conversation
) -> None:
    read(ben, letters, up_to_seq=2)
    for _ in range(3):
        send(ben, letters, marks_read=False)
    send(ana, letters)

    # Three, four and five of Ana's, and her newest.
    assert api.unread_for(ben) == 4
    assert read(ben, letters, up_to_seq=4) == (4, 2, 2)
    assert api.unread_for(ben) == 2
    assert read(ben, letters, up_to_seq=6) == (6, 1, 2)
    assert read(ben, letters)[:2] == (9, 0)
    send(ana, letters)
    assert api.unread_for(ben) == 1


def test_a_bot_in_a_conversation_that_it_had_hidden_counts_from_there(
    ana: Any, ben: Any, letters: Conversation
) -> None:
    hide_conversation(actor=actor(ben), conversation_id=letters.pk)
    send(ben, letters, marks_read=False)
    assert api.unread_for(ben) == 0
    send(ana, letters)

    assert api.unread_for(ben) == 1


def test_system_lines_are_never_unread() -> None:
    ana, ben, cem, dan = people("ana", "ben", "cem", "dan")
    place = group(ana, ben, cem)
    send(ana, place)
    api.add_members(ana, place, [dan])
    api.rename(ana, place, "Cycling")
    send(ana, place)

    assert [api.unread_for(user) for user in (ana, ben, dan)] == [0, 2, 1]
    assert unread(ben, place, 1) == (0, 2)


# --- delivered --------------------------------------------------------------


def test_delivered_goes_forward_too(ben: Any, letters: Conversation) -> None:
    with hearing() as heard:
        marks = [
            mark_delivered(actor=actor(ben), conversation_id=letters.pk, up_to_seq=n)
            for n in (3, 2, 99, -1, 5)
        ]

    assert marks == [3, 3, 5, 5, 5]
    assert [event.frame["up_to_seq"] for event in heard.of_conversations] == [3, 5]
    row = seat(ben, letters)
    assert (row.delivered_seq, row.read_seq) == (5, 0)
    assert not ReadMark.objects.filter(user=ben).exists()
