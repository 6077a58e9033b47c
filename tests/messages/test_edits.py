"""Changing what one wrote."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import override_settings

from django_chat import api
from django_chat.exceptions import ChatError
from django_chat.ids import new_id
from django_chat.messages.models import Mention, Revision
from django_chat.messages.services import edit_message
from django_chat.people.services import block_user
from django_chat.signals import message_edited
from django_chat.timeline.models import Conversation, Message
from tests.factories import actor, direct, fill, group, people, person, send
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
    return direct(ana, ben)


def written_ago(message: Message, seconds: float) -> None:
    """Make a message older than it is."""
    created_at = message.created_at - timedelta(seconds=seconds)
    Message.objects.filter(pk=message.pk).update(created_at=created_at)


def refusal(
    user: Any, message: Message, content: str = "Other", **more: Any
) -> ChatError:
    """Return the error that an edit meets, having changed nothing."""
    before = Message.objects.values().get(pk=message.pk)
    head = Conversation.objects.values().get(pk=message.conversation_id)
    kept = Revision.objects.count()
    with hearing() as heard, pytest.raises(ChatError) as refused:
        edit_message(actor=actor(user), message_id=message.pk, content=content, **more)
    assert not heard
    assert Message.objects.values().get(pk=message.pk) == before
    assert Conversation.objects.values().get(pk=message.conversation_id) == head
    assert Revision.objects.count() == kept
    return refused.value


def test_an_edit_changes_text_and_version_but_not_the_place(
    ana: Any, letters: Conversation
) -> None:
    message = send(ana, letters, "Frist")
    send(ana, letters, "Second")

    with hearing() as heard:
        edited = api.edit_message(ana, message, "First")

    assert (edited.content, edited.version, edited.seq) == ("First", 2, 1)
    assert (edited.rev, edited.created_rev, edited.ordinal) == (3, 1, 1)
    assert edited.edited_at is not None
    letters.refresh_from_db()
    assert (letters.seq, letters.rev, letters.ordinal) == (2, 3, 2)
    assert letters.last_excerpt == "Second"
    (event,) = heard.of_conversations
    assert event.frame["type"] == "message_updated"
    assert event.frame["reason"] == "edit"
    assert (event.frame["content"], event.frame["version"]) == ("First", 2)
    assert (event.rev, event.seq) == (3, 1)


def test_the_list_shows_the_new_text_of_the_newest_message(
    ana: Any, letters: Conversation
) -> None:
    message = send(ana, letters, "Frist")
    api.edit_message(ana, message, "First")

    letters.refresh_from_db()
    assert letters.last_excerpt == "First"


def test_every_earlier_text_is_kept_with_its_time(
    ana: Any, letters: Conversation
) -> None:
    message = send(ana, letters, "One")
    second = api.edit_message(ana, message, "Two")
    api.edit_message(ana, message, "Three")

    kept = Revision.objects.filter(message=message).order_by("version")
    assert [(row.version, row.content, row.written_at) for row in kept] == [
        (1, "One", message.created_at),
        (2, "Two", second.edited_at),
    ]


def test_the_same_text_again_is_no_change(ana: Any, letters: Conversation) -> None:
    message = send(ana, letters, "Same")
    with hearing() as heard:
        again = api.edit_message(ana, message, "Same")

    assert (again.version, again.rev, again.edited_at) == (1, 1, None)
    assert not heard
    assert not Revision.objects.exists()


def test_an_edit_is_possible_until_the_window_closes(
    ana: Any, letters: Conversation
) -> None:
    message = send(ana, letters, "Old")
    written_ago(message, 299)
    api.edit_message(ana, message, "Just in time")

    written_ago(message, 301)
    assert refusal(ana, message).code == "edit_window_expired"


def test_an_edit_does_not_open_the_window_again(
    ana: Any, letters: Conversation
) -> None:
    message = send(ana, letters, "Old")
    written_ago(message, 299)
    api.edit_message(ana, message, "Newer")
    written_ago(message, 301)

    assert refusal(ana, message).code == "edit_window_expired"


def test_a_host_that_allows_no_seconds_allows_no_edit(
    ana: Any, letters: Conversation
) -> None:
    message = send(ana, letters, "For ever")
    with override_settings(DJANGO_CHAT={"EDIT_WINDOW_SECONDS": 0}):
        assert refusal(ana, message).code == "edit_window_expired"


def test_repeating_the_text_is_harmless_after_the_window(
    ana: Any, letters: Conversation
) -> None:
    message = send(ana, letters, "Old")
    written_ago(message, 3_600)

    assert api.edit_message(ana, message, "Old").version == 1


def test_who_edits_what_he_has_not_seen_is_told_what_is_there(
    ana: Any, letters: Conversation
) -> None:
    message = send(ana, letters, "One")
    edit_message(actor=actor(ana), message_id=message.pk, content="Two", base_version=1)

    error = refusal(ana, message, "Three", base_version=1)

    assert (error.code, error.field) == ("stale_revision", "base_version")
    assert error.detail == {"version": 2, "content": "Two"}


def test_a_reaction_is_no_new_version(
    ana: Any, ben: Any, letters: Conversation
) -> None:
    message = send(ana, letters, "One")
    api.react(ben, message, "👍")

    edited = edit_message(
        actor=actor(ana), message_id=message.pk, content="Two", base_version=1
    )

    assert edited.version == 2


@pytest.mark.parametrize("role", ["owner", "admin", "member", "partner"])
def test_nobody_edits_what_another_wrote(role: str) -> None:
    owner, admin, member, author = people("owner", "admin", "member", "author")
    if role == "partner":
        place, editor = direct(author, member), member
    else:
        place = group(owner, member, author, admins=(admin,))
        editor = {"owner": owner, "admin": admin, "member": member}[role]
    message = send(author, place, "Mine")

    assert refusal(editor, message).code == "forbidden"


def test_a_stranger_cannot_tell_a_message_from_none(
    ana: Any, letters: Conversation
) -> None:
    eve = person("eve")
    message = send(ana, letters, "Secret")

    there = refusal(eve, message).as_dict()
    with pytest.raises(ChatError) as refused:
        edit_message(actor=actor(eve), message_id=new_id(), content="Other")

    assert there == refused.value.as_dict()
    assert there["code"] == "not_found"


def test_a_former_member_changes_nothing_any_more() -> None:
    ana, ben, cem = people("ana", "ben", "cem")
    place = group(ana, ben, cem)
    message = send(ben, place, "Mine")
    api.leave(ben, place)

    assert refusal(ben, message).code == "not_participant"


def test_a_returning_member_does_not_reach_what_he_wrote_before() -> None:
    ana, ben, cem = people("ana", "ben", "cem")
    place = group(ana, ben, cem)
    message = send(ben, place, "Mine")
    api.leave(ben, place)
    api.add_members(ana, place, [ben])

    assert refusal(ben, message).code == "not_found"


def test_a_deleted_message_cannot_be_edited(ana: Any, letters: Conversation) -> None:
    message = send(ana, letters, "Gone")
    api.delete_message(ana, message)

    assert refusal(ana, message).code == "already_deleted"


def test_a_system_line_cannot_be_edited_by_anybody() -> None:
    ana, ben, cem = people("ana", "ben", "cem")
    place = group(ana, ben, cem)
    line = Message.objects.get(conversation=place)

    assert refusal(ana, line).code == "forbidden"


def test_a_block_ends_editing_for_both(
    ana: Any, ben: Any, letters: Conversation
) -> None:
    message = send(ana, letters, "Before")
    other = send(ben, letters, "Before too")
    block_user(actor=actor(ben), target=ana)

    assert refusal(ana, message).code == "unavailable"
    assert refusal(ben, other).code == "unavailable"


@pytest.mark.parametrize("status", ["read_only", "closed", "archived"])
def test_members_edit_nothing_where_they_may_not_write(status: str) -> None:
    ana, ben, cem = people("ana", "ben", "cem")
    place = group(ana, ben, cem)
    message = send(ben, place, "Before")
    Conversation.objects.filter(pk=place.pk).update(status=status)

    assert refusal(ben, message).code == "read_only"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("", "empty_message"),
        (" \n", "empty_message"),
        ("x" * 10_001, "too_long"),
        ("a\x00", "invalid_payload"),
        ("\ud800", "invalid_payload"),
    ],
    ids=["empty", "blank", "long", "NUL", "surrogate"],
)
def test_an_edit_obeys_the_rules_of_sending(
    ana: Any, letters: Conversation, content: str, code: str
) -> None:
    message = send(ana, letters, "Fine")

    assert refusal(ana, message, content).code == code


def test_an_edit_addresses_whom_the_new_text_names() -> None:
    ana, ben, cem = people("ana", "ben", "cem")
    place = group(ana, ben, cem)
    message = send(ana, place, "Hey @ben")

    edited = api.edit_message(ana, message, "Hey @cem, not @nobody")

    assert [m["user_id"] for m in edited.mentions] == [str(cem.pk)]
    assert [row.user for row in Mention.objects.filter(message=message)] == [cem]


def test_an_edit_may_bring_its_own_ranges() -> None:
    ana, ben, cem = people("ana", "ben", "cem")
    place = group(ana, ben, cem)
    message = send(ana, place, "Hey")
    given = [{"kind": "user", "user_id": str(ben.pk), "offset": 4, "length": 4}]

    edited = edit_message(
        actor=actor(ana), message_id=message.pk, content="Hey Benn", mentions=given
    )

    assert edited.mentions == given
    assert refusal(ana, message, "Hey", mentions=given).code == "invalid_mention"
    assert refusal(ana, message, "Hey", mentions=["x"]).code == "invalid_mention"


def test_an_edit_changes_nobodys_unread_count(ana: Any, ben: Any) -> None:
    letters = direct(ana, ben)
    first, *_ = fill(letters, ana, 3)
    api.mark_read(ben, letters, up_to_seq=2)

    api.edit_message(ana, first, "Changed")

    assert api.unread_for(ben) == 1
    assert api.unread_for(ana) == 0


def test_the_host_hears_of_edits(ana: Any, letters: Conversation) -> None:
    heard = []
    message = send(ana, letters, "One")

    def note(**arguments: Any) -> None:
        heard.append((arguments["message"].content, arguments["actor"]))

    message_edited.connect(note)
    try:
        with hearing():
            api.edit_message(ana, message, "Two")
    finally:
        message_edited.disconnect(note)

    assert heard == [("Two", ana)]
