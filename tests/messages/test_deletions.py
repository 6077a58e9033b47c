"""Deleting for everyone: a tombstone stays, and nothing of what was said."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection

from django_chat import api
from django_chat.exceptions import ChatError
from django_chat.feed.history import history_page
from django_chat.feed.inbox import conversation_for_reader
from django_chat.ids import new_id
from django_chat.messages.models import Mention, Reaction, Revision
from django_chat.messages.services import delete_message
from django_chat.people.services import block_user
from django_chat.signals import message_deleted
from django_chat.timeline.models import Conversation, Message
from tests.factories import actor, direct, fill, group, people, person, send
from tests.listening import hearing

pytestmark = pytest.mark.django_db


def refusal(user: Any, message: Message) -> ChatError:
    """Return the error that deleting meets, having deleted nothing."""
    before = Message.objects.values().get(pk=message.pk)
    with hearing() as heard, pytest.raises(ChatError) as refused:
        delete_message(actor=actor(user), message_id=message.pk)
    assert not heard
    assert Message.objects.values().get(pk=message.pk) == before
    return refused.value


def everything_stored() -> str:
    """Return all text in all tables of the chat."""
    found = []
    with connection.cursor() as cursor:
        tables = connection.introspection.table_names(cursor)
        for table in tables:
            if table.startswith("django_chat"):
                cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")  # noqa: S608
                found += [str(row) for row in cursor.fetchall()]
    return "\n".join(found)


def test_nothing_of_what_was_said_stays_anywhere() -> None:
    ana, ben, cem = people("ana", "ben", "cem")
    place = group(ana, ben, cem)
    message = send(ana, place, "first-secret @ben", extra={"order": "third-secret"})
    api.edit_message(ana, message, "second-secret @ben @cem")
    api.react(ben, message, "👍")
    send(ben, place, "About that", reply_to=message.pk)
    delete_reply = send(ben, place, "Last")
    api.delete_message(ben, delete_reply)
    assert "secret" in everything_stored()

    api.delete_message(ana, message)

    assert "secret" not in everything_stored()
    for model in (Revision, Reaction, Mention):
        assert not model.objects.exists()
    message.refresh_from_db()
    assert (message.content, message.mentions, message.extra) == ("", [], {})


def test_the_tombstone_keeps_its_place_and_says_who_deleted() -> None:
    ana, ben = people("ana", "ben")
    letters = direct(ana, ben)
    first, second, _ = fill(letters, ana, 3)
    answer = send(ben, letters, "Why?", reply_to=second.pk)

    with hearing() as heard:
        gone = api.delete_message(ana, second)

    assert (gone.seq, gone.rev, gone.ordinal, gone.deleted_by) == (2, 5, 2, "author")
    (event,) = heard.of_conversations
    frame = event.frame
    assert (frame["type"], frame["reason"]) == ("message_updated", "delete")
    assert (frame["content"], frame["deleted_by"]) == ("", "author")
    assert frame["deleted_at"] is not None
    rows = history_page(actor=actor(ben), conversation_id=letters.pk).results
    assert [row["seq"] for row in rows] == [1, 2, 3, 4]
    assert rows[1]["content"] == ""
    quoted = rows[3]["reply_to"]
    assert (quoted["id"], quoted["deleted"], quoted["excerpt"]) == (
        str(second.pk),
        True,
        "",
    )
    assert str(answer.pk) == rows[3]["id"]
    assert rows[0]["id"] == str(first.pk)


def test_the_list_shows_nothing_of_the_newest_message_after_its_deletion() -> None:
    ana, ben = people("ana", "ben")
    letters = direct(ana, ben)
    message = send(ana, letters, "Secret")
    api.delete_message(ana, message)

    letters.refresh_from_db()
    assert letters.last_excerpt == ""
    shown = conversation_for_reader(actor(ben), letters.pk)["last_message"]
    assert (shown["excerpt"], shown["seq"]) == ("", 1)


def test_deleting_twice_is_deleting_once() -> None:
    ana, ben = people("ana", "ben")
    letters = direct(ana, ben)
    message = send(ana, letters)
    first = api.delete_message(ana, message)

    with hearing() as heard:
        second = api.delete_message(ana, message)

    assert not heard
    assert (second.rev, second.deleted_at) == (first.rev, first.deleted_at)
    letters.refresh_from_db()
    assert letters.rev == first.rev


def test_deleting_changes_nobodys_unread_count() -> None:
    ana, ben = people("ana", "ben")
    letters = direct(ana, ben)
    first, _, third = fill(letters, ana, 3)
    api.mark_read(ben, letters, up_to_seq=1)

    api.delete_message(ana, first)
    api.delete_message(ana, third)

    assert api.unread_for(ben) == 2


@pytest.mark.parametrize("role", ["owner", "admin"])
def test_moderators_delete_what_others_wrote(role: str) -> None:
    owner, admin, member = people("owner", "admin", "member")
    place = group(owner, member, admins=(admin,))
    message = send(member, place, "Rude")
    moderator = owner if role == "owner" else admin

    gone = api.delete_message(moderator, message)

    assert gone.deleted_by == "moderator"
    assert gone.sender == member


def test_members_and_partners_delete_only_what_they_wrote() -> None:
    ana, ben, cem = people("ana", "ben", "cem")
    here, there = group(ana, ben, cem), direct(ana, ben)

    assert refusal(ben, send(ana, here, "Mine")).code == "forbidden"
    assert refusal(cem, send(ben, here, "Mine")).code == "forbidden"
    assert refusal(ben, send(ana, there, "Mine")).code == "forbidden"


def test_a_system_line_cannot_be_deleted() -> None:
    ana, ben, cem = people("ana", "ben", "cem")
    place = group(ana, ben, cem)

    assert refusal(ana, Message.objects.get(conversation=place)).code == "forbidden"


def test_a_stranger_cannot_tell_a_message_from_none() -> None:
    ana, ben, eve = people("ana", "ben", "eve")
    message = send(ana, direct(ana, ben), "Secret")

    there = refusal(eve, message).as_dict()
    with pytest.raises(ChatError) as refused:
        delete_message(actor=actor(eve), message_id=new_id())

    assert there == refused.value.as_dict()


def test_a_former_member_deletes_nothing_any_more() -> None:
    ana, ben, cem = people("ana", "ben", "cem")
    place = group(ana, ben, cem)
    message = send(ben, place, "Mine")
    api.leave(ben, place)

    assert refusal(ben, message).code == "not_participant"


@pytest.mark.parametrize("status", ["read_only", "closed", "archived"])
def test_taking_back_ones_words_is_possible_where_writing_is_not(status: str) -> None:
    ana, ben, cem = people("ana", "ben", "cem")
    place = group(ana, ben, cem)
    message = send(ben, place, "Sorry")
    Conversation.objects.filter(pk=place.pk).update(status=status)

    assert api.delete_message(ben, message).content == ""


def test_taking_back_ones_words_is_possible_after_a_block() -> None:
    ana, ben = people("ana", "ben")
    message = send(ana, direct(ana, ben), "Sorry")
    block_user(actor=actor(ben), target=ana)

    assert api.delete_message(ana, message).content == ""


def test_the_host_hears_of_deletions_without_the_text() -> None:
    ana, ben = people("ana", "ben")
    message = send(ana, direct(ana, ben), "Secret")
    heard = []

    def note(**arguments: Any) -> None:
        heard.append((arguments["message"].content, arguments["actor"]))

    message_deleted.connect(note)
    try:
        with hearing():
            api.delete_message(ana, message)
    finally:
        message_deleted.disconnect(note)

    assert heard == [("", ana)]


def test_an_old_message_can_always_be_deleted() -> None:
    ana = person("ana")
    place = group(ana, *people("ben", "cem"))
    message = send(ana, place, "Old")
    Message.objects.filter(pk=message.pk).update(created_at="2001-01-01T00:00:00Z")

    assert api.delete_message(ana, message).deleted_by == "author"
