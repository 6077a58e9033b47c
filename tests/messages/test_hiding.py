"""Deleting for oneself: the others see no difference."""

from __future__ import annotations

import pytest

from django_chat import api
from django_chat.exceptions import ChatError
from django_chat.feed.history import history_page, message_for_reader
from django_chat.feed.inbox import conversation_for_reader
from django_chat.feed.snapshot import snapshot
from django_chat.feed.sync import sync
from django_chat.ids import new_id
from django_chat.messages.models import HiddenMessage
from django_chat.messages.services import hide_message
from django_chat.timeline.models import Message
from tests.factories import actor, direct, fill, group, people, send
from tests.listening import hearing

pytestmark = pytest.mark.django_db


def test_only_ones_own_connections_are_told() -> None:
    ana, ben = people("ana", "ben")
    letters = direct(ana, ben)
    message = send(ana, letters)
    before = Message.objects.values().get(pk=message.pk)

    with hearing() as heard:
        hide_message(actor=actor(ben), message_id=message.pk)

    assert heard.of_user(ben) == [
        {
            "type": "message_hidden",
            "conversation_id": str(letters.pk),
            "message_id": str(message.pk),
        }
    ]
    assert len(heard) == 1
    assert Message.objects.values().get(pk=message.pk) == before
    letters.refresh_from_db()
    assert letters.rev == 1


def test_the_place_stays_and_the_words_are_gone() -> None:
    ana, ben = people("ana", "ben")
    letters = direct(ana, ben)
    first, second, third = fill(letters, ana, 3)
    hide_message(actor=actor(ben), message_id=second.pk)

    seen = history_page(actor=actor(ben), conversation_id=letters.pk).results
    assert [row["seq"] for row in seen] == [1, 2, 3]
    stub = {"id": str(second.pk), "seq": 2, "rev": 2, "hidden": "me"}
    assert seen[1] == stub
    assert message_for_reader(actor(ben), second.pk) == stub
    others = history_page(actor=actor(ana), conversation_id=letters.pk).results
    assert [row["content"] for row in others] == ["1", "2", "3"]
    assert {row["id"] for row in others} == {str(m.pk) for m in (first, second, third)}


def test_a_later_change_does_not_bring_the_words_back() -> None:
    ana, ben = people("ana", "ben")
    letters = direct(ana, ben)
    message = send(ana, letters, "Secret")
    hide_message(actor=actor(ben), message_id=message.pk)
    api.edit_message(ana, message, "Secret still")

    polled = sync(actor=actor(ben), cursors={letters.pk: 1}, etag=None, token=None)

    assert polled is not None
    (frame,) = polled.events
    assert "Secret" not in str(frame)
    assert frame == {
        "type": "message_updated",
        "conversation_id": str(letters.pk),
        "id": str(message.pk),
        "seq": 1,
        "rev": 2,
        "hidden": "me",
    }
    assert "Secret" not in str(polled.list)


def test_the_list_shows_nothing_of_a_newest_message_that_one_has_hidden() -> None:
    ana, ben = people("ana", "ben")
    letters = direct(ana, ben)
    message = send(ana, letters, "Secret")
    hide_message(actor=actor(ben), message_id=message.pk)

    mine = conversation_for_reader(actor(ben), letters.pk)["last_message"]
    theirs = conversation_for_reader(actor(ana), letters.pk)["last_message"]

    assert (mine["id"], mine["excerpt"]) == (str(message.pk), "")
    assert theirs["excerpt"] == "Secret"


def test_a_client_that_subscribes_learns_what_is_hidden() -> None:
    ana, ben = people("ana", "ben")
    letters = direct(ana, ben)
    first, second, _ = fill(letters, ana, 3)
    for message in (first, second):
        hide_message(actor=actor(ben), message_id=message.pk)

    def hidden(user: object) -> list[str]:
        return snapshot(
            actor=actor(user), conversation_id=letters.pk, after=None
        ).hidden

    assert hidden(ben) == [str(second.pk), str(first.pk)]
    assert hidden(ana) == []


def test_hiding_twice_is_hiding_once() -> None:
    ana, ben = people("ana", "ben")
    message = send(ana, direct(ana, ben))
    for _ in range(2):
        hide_message(actor=actor(ben), message_id=message.pk)

    assert HiddenMessage.objects.count() == 1


def test_nobody_hides_what_he_cannot_see() -> None:
    ana, ben, cem, eve = people("ana", "ben", "cem", "eve")
    place = group(ana, ben, cem)
    message = send(ana, place)
    api.leave(ben, place)
    api.add_members(ana, place, [ben])

    for user, key in [(eve, message.pk), (ben, message.pk), (ana, new_id())]:
        with pytest.raises(ChatError) as refused:
            hide_message(actor=actor(user), message_id=key)
        assert refused.value.as_dict() == {
            "code": "not_found",
            "message": "Not found",
            "temporary": False,
        }
    assert not HiddenMessage.objects.exists()
