"""Changing a conversation for everybody, and for oneself."""

from __future__ import annotations

from typing import Any

import pytest

from django_chat import api
from django_chat.exceptions import ChatError
from django_chat.feed.history import history_page, message_for_reader
from django_chat.feed.inbox import conversation_for_reader, inbox, inbox_totals
from django_chat.groups.services.settings import (
    delete_conversation,
    hide_conversation,
    update_conversation,
    update_own_settings,
)
from django_chat.receipts.querysets import readers_of
from django_chat.timeline.models import Conversation, Message, Participant, ReadMark
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
def climbing(ana: Any, ben: Any) -> Conversation:
    return group(ana, ben, person("cem"))


# --- for everybody ----------------------------------------------------------


def test_a_new_title_is_told_with_a_line(ana: Any, climbing: Conversation) -> None:
    with hearing() as heard:
        api.rename(ana, climbing, "Cycling")

    climbing.refresh_from_db()
    assert (climbing.title, climbing.seq, climbing.rev) == ("Cycling", 2, 4)
    line, change = heard.of_conversations
    assert line.frame["system"]["event"] == "title_changed"
    assert line.frame["system"]["data"] == {"title": "Cycling"}
    assert change.frame["changes"] == {"title": "Cycling"}
    assert change.frame["members_changed"] is False
    assert change.frame["actor_id"] == str(ana.pk)
    assert (line.rev, change.rev, climbing.meta_rev) == (3, 4, 4)


def test_title_and_status_change_together(ana: Any, climbing: Conversation) -> None:
    with hearing() as heard:
        update_conversation(
            actor=actor(ana),
            conversation_id=climbing.pk,
            title="Cycling",
            status="read_only",
        )

    assert heard.types == ["message", "message", "conversation_updated"]
    assert [event.rev for event in heard.of_conversations] == [3, 4, 5]
    assert heard.of_conversations[2].frame["changes"] == {
        "title": "Cycling",
        "status": "read_only",
    }


def test_what_it_is_already_is_no_change(ana: Any, climbing: Conversation) -> None:
    with hearing() as heard:
        update_conversation(
            actor=actor(ana),
            conversation_id=climbing.pk,
            title=climbing.title,
            status="open",
        )
        update_conversation(actor=actor(ana), conversation_id=climbing.pk)

    assert not heard
    assert Message.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"title": "x" * 256}, "too_long", "title"),
        ({"title": "a\x00"}, "invalid_payload", "title"),
        ({"title": "\ud800"}, "invalid_payload", "title"),
        ({"status": "gone"}, "invalid_payload", "status"),
        ({"status": ""}, "invalid_payload", "status"),
        ({"title": "Fine", "status": "gone"}, "invalid_payload", "status"),
    ],
)
def test_bad_values_change_nothing(
    ana: Any, climbing: Conversation, changes: dict[str, str], code: str, field: str
) -> None:
    with hearing() as heard, pytest.raises(ChatError) as refused:
        update_conversation(actor=actor(ana), conversation_id=climbing.pk, **changes)

    assert (refused.value.code, refused.value.field) == (code, field)
    assert not heard
    climbing.refresh_from_db()
    assert (climbing.title, climbing.status, climbing.rev) == ("Climbing", "open", 2)


def test_an_admin_who_may_rename_but_not_close_does_neither(ana: Any, ben: Any) -> None:
    place = group(ana, person("dan"), admins=(ben,))
    with pytest.raises(ChatError, match="forbidden"):
        update_conversation(
            actor=actor(ben), conversation_id=place.pk, title="New", status="closed"
        )

    place.refresh_from_db()
    assert place.title == "Climbing"


def test_a_closed_group_can_be_opened_again(ana: Any, climbing: Conversation) -> None:
    for status in ("closed", "open"):
        update_conversation(
            actor=actor(ana), conversation_id=climbing.pk, status=status
        )

    assert send(ana, climbing, "Again").seq == 4


@pytest.mark.parametrize(
    ("status", "reason"),
    [("read_only", "read_only"), ("closed", "closed"), ("archived", "archived")],
)
def test_members_are_told_why_they_cannot_write(
    ana: Any, ben: Any, climbing: Conversation, status: str, reason: str
) -> None:
    update_conversation(actor=actor(ana), conversation_id=climbing.pk, status=status)

    shown = conversation_for_reader(actor(ben), climbing.pk)
    assert shown["send_disabled_reason"] == reason
    assert shown["permissions"]["send"] is False
    assert shown["status"] == status


def test_deleting_a_group_takes_everything_and_tells_everybody(
    ana: Any, ben: Any, climbing: Conversation
) -> None:
    message = send(ana, climbing, "Gone @ben")
    api.react(ben, message, "👍")
    api.edit_message(ana, message, "Gone too @ben")
    api.mark_read(ben, climbing)
    with hearing() as heard:
        delete_conversation(actor=actor(ana), conversation_id=climbing.pk)

    for model in (Conversation, Message, Participant, ReadMark):
        assert not model.objects.exists()
    assert heard.types == ["conversation_updated"]
    assert heard.of_conversations[0].frame["changes"] == {"status": "deleted"}
    for user in (ana, ben):
        assert [frame["reason"] for frame in heard.of_user(user)] == ["removed"]
    with pytest.raises(ChatError, match="not_found"):
        send(ana, climbing)


# --- for oneself ------------------------------------------------------------


def listed(user: Any) -> list[Conversation]:
    """Return what `user` has in his list."""
    return [row.conversation for row in inbox(actor(user))]


def test_a_hidden_conversation_comes_back_with_its_next_message() -> None:
    ana, ben = people("ana", "ben")
    letters = direct(ana, ben)
    fill(letters, ana, 3)
    with hearing() as heard:
        hide_conversation(actor=actor(ben), conversation_id=letters.pk)

    assert heard.of_user(ben) == [
        {"type": "inbox", "conversation_id": str(letters.pk), "reason": "removed"}
    ]
    assert len(heard) == 1
    assert (listed(ben), listed(ana)) == ([], [letters])
    assert api.unread_for(ben) == 0

    send(ana, letters, "New")

    assert listed(ben) == [letters]
    assert api.unread_for(ben) == 1
    page = history_page(actor=actor(ben), conversation_id=letters.pk)
    assert [row["seq"] for row in page.results] == [4]
    assert page.history_from_seq == 4
    assert page.has_older is False
    assert conversation_for_reader(actor(ben), letters.pk)["history_from_seq"] == 4
    page = history_page(actor=actor(ana), conversation_id=letters.pk)
    assert [row["seq"] for row in page.results] == [1, 2, 3, 4]


def test_nothing_of_a_hidden_conversation_is_shown_meanwhile() -> None:
    ana, ben = people("ana", "ben")
    letters = direct(ana, ben)
    send(ana, letters, "Secret @ben")
    hide_conversation(actor=actor(ben), conversation_id=letters.pk)

    shown = conversation_for_reader(actor(ben), letters.pk)
    assert shown["last_message"]["excerpt"] == ""
    assert (shown["unread_count"], shown["mention_count"]) == (0, 0)
    assert inbox_totals(actor(ben)) == {"unread": 0, "mentions": 0}
    assert not history_page(actor=actor(ben), conversation_id=letters.pk).results


def test_what_one_has_hidden_is_reached_by_no_door() -> None:
    ana, ben = people("ana", "ben")
    letters = direct(ana, ben)
    message = send(ana, letters, "Secret")
    hide_conversation(actor=actor(ben), conversation_id=letters.pk)
    later = send(ana, letters, "New")

    with pytest.raises(ChatError, match="not_found"):
        message_for_reader(actor(ben), message.pk)
    with pytest.raises(ChatError, match="not_found"):
        api.react(ben, message, "👍")
    assert list(api.messages_for(ben)) == [later]
    assert set(api.messages_for(ana)) == {message, later}


def test_hiding_is_not_reading() -> None:
    ana, ben = people("ana", "ben")
    letters = direct(ana, ben)
    message = send(ana, letters)
    hide_conversation(actor=actor(ben), conversation_id=letters.pk)

    (row,) = history_page(actor=actor(ana), conversation_id=letters.pk).results
    assert row["is_read"] is False
    (reader,) = readers_of(message)
    assert reader.read_at is None


def test_what_is_hidden_is_hidden_for_good_by_a_second_time() -> None:
    ana, ben = people("ana", "ben")
    letters = direct(ana, ben)
    for _ in range(2):
        send(ana, letters)
        hide_conversation(actor=actor(ben), conversation_id=letters.pk)

    assert listed(ben) == []
    assert seat(ben, letters).hidden_before == 2


def test_hiding_ends_marked_unread() -> None:
    ana, ben = people("ana", "ben")
    letters = direct(ana, ben)
    send(ana, letters)
    api.mark_unread(ben, letters)
    hide_conversation(actor=actor(ben), conversation_id=letters.pk)
    send(ana, letters)

    assert api.unread_for(ben) == 1
    assert conversation_for_reader(actor(ben), letters.pk)["marked_unread"] is False


def test_a_hidden_group_may_be_written_in_and_is_back() -> None:
    ana, ben, cem = people("ana", "ben", "cem")
    place = group(ana, ben, cem)
    hide_conversation(actor=actor(ben), conversation_id=place.pk)
    assert listed(ben) == []

    send(ben, place, "I am back")

    assert listed(ben) == [place]


def test_pins_and_archives_are_ones_own(
    ana: Any, ben: Any, climbing: Conversation
) -> None:
    with hearing() as heard:
        update_own_settings(
            actor=actor(ben), conversation_id=climbing.pk, pinned=True, archived=True
        )

    (frame,) = heard.of_user(ben)
    assert len(heard) == 1
    assert (frame["type"], frame["reason"], frame["pinned"]) == (
        "inbox",
        "settings",
        True,
    )
    mine = conversation_for_reader(actor(ben), climbing.pk)
    theirs = conversation_for_reader(actor(ana), climbing.pk)
    assert (mine["pinned"], mine["archived_by_me"]) == (True, True)
    assert (theirs["pinned"], theirs["archived_by_me"]) == (False, False)
    climbing.refresh_from_db()
    assert climbing.rev == 2


def test_only_what_is_given_changes(ben: Any, climbing: Conversation) -> None:
    acting = actor(ben)
    update_own_settings(actor=acting, conversation_id=climbing.pk, pinned=True)
    update_own_settings(actor=acting, conversation_id=climbing.pk, archived=True)
    with hearing() as heard:
        row = update_own_settings(actor=acting, conversation_id=climbing.pk)

    assert (row.pinned, row.archived_by_me) == (True, True)
    assert not heard


def test_what_is_archived_does_not_count(ana: Any, ben: Any) -> None:
    letters = direct(ana, ben)
    send(ana, letters, "@ben")
    update_own_settings(actor=actor(ben), conversation_id=letters.pk, archived=True)

    assert inbox_totals(actor(ben)) == {"unread": 0, "mentions": 0}
    assert conversation_for_reader(actor(ben), letters.pk)["unread_count"] == 1
