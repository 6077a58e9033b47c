"""From where on a member sees the history, by every door."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import override_settings

from django_chat import api
from django_chat.exceptions import ChatError
from django_chat.feed.changes import changes_since
from django_chat.feed.history import history_page, message_for_reader
from django_chat.feed.inbox import conversation_for_reader
from django_chat.feed.snapshot import snapshot
from django_chat.feed.sync import sync
from django_chat.feed.variants import Reader, Variant, variant_for
from django_chat.receipts.querysets import readers_of
from django_chat.timeline.models import Conversation, Message
from tests.factories import actor, fill, group, people, seat, send

pytestmark = pytest.mark.django_db


def seen(user: Any, place: Conversation) -> list[int]:
    """Return the numbers of the messages that `user` finds in the history."""
    page = history_page(actor=actor(user), conversation_id=place.pk, limit=100)
    assert page.has_older is False
    return [row["seq"] for row in page.results]


def all_that_is_told(user: Any, place: Conversation) -> str:
    """Return everything that the reading doors say to somebody, as one text."""
    acting = actor(user)
    told: list[Any] = [
        history_page(actor=acting, conversation_id=place.pk, before_seq=3),
        history_page(actor=acting, conversation_id=place.pk, after_seq=0),
        history_page(actor=acting, conversation_id=place.pk, around_seq=2),
        sync(actor=acting, cursors={place.pk: 0}, etag=None, token="0"),
        sync(actor=acting, cursors={}, etag=None, token=None),
        conversation_for_reader(acting, place.pk),
        [row.content for row in api.messages_for(user)],
    ]
    return str(told)


def test_a_newcomer_sees_what_follows_and_no_byte_of_what_was() -> None:
    ana, ben, cem, dan = people("ana", "ben", "cem", "dan")
    place = group(ana, ben, cem)
    secret = send(ana, place, "secret")
    send(ben, place, "more secret", reply_to=secret.pk)
    api.add_members(ana, place, [dan])
    api.edit_message(ana, secret, "secret, edited")
    api.react(ben, secret, "👍")
    send(ben, place, "Answer", reply_to=secret.pk)

    assert seen(dan, place) == [4, 5]
    assert "secret" not in all_that_is_told(dan, place)
    assert "secret" in all_that_is_told(ben, place)
    with pytest.raises(ChatError, match="not_found"):
        message_for_reader(actor(dan), secret.pk)
    assert conversation_for_reader(actor(dan), place.pk)["history_from_seq"] == 4


def test_a_change_below_the_horizon_moves_the_cursor_and_says_nothing() -> None:
    ana, ben, cem, dan = people("ana", "ben", "cem", "dan")
    place = group(ana, ben, cem)
    secret = send(ana, place, "secret")
    api.add_members(ana, place, [dan])
    place.refresh_from_db()
    after = place.rev
    api.edit_message(ana, secret, "secret, edited")

    place.refresh_from_db()
    (event,) = changes_since(place, after).events
    reader = Reader(str(dan.pk), seat(dan, place).visible_from)
    assert variant_for(event, reader) is Variant.SKIP
    polled = sync(actor=actor(dan), cursors={place.pk: after}, etag=None, token=None)
    assert polled is not None
    assert polled.events == [
        {"type": "skip", "conversation_id": str(place.pk), "rev": place.rev}
    ]
    assert polled.cursors == {str(place.pk): place.rev}


def test_a_host_may_show_newcomers_everything() -> None:
    ana, ben, cem, dan = people("ana", "ben", "cem", "dan")
    place = group(ana, ben, cem)
    open_message = send(ana, place, "Open")
    with override_settings(DJANGO_CHAT={"GROUP_HISTORY": "all"}):
        api.add_members(ana, place, [dan])

    assert seen(dan, place) == [1, 2, 3]
    assert message_for_reader(actor(dan), open_message.pk)["content"] == "Open"
    assert api.unread_for(dan) == 0
    reply = send(dan, place, "About that", reply_to=open_message.pk)
    assert reply.reply_cut is False


def test_who_comes_back_does_not_see_what_he_saw_before() -> None:
    ana, ben, cem = people("ana", "ben", "cem")
    place = group(ana, ben, cem)
    mine = send(ben, place, "My own words")
    api.leave(ben, place)
    send(ana, place, "Without you")
    api.add_members(ana, place, [ben])
    send(ana, place, "Welcome")

    assert seen(ben, place) == [5, 6]
    with pytest.raises(ChatError, match="not_found"):
        message_for_reader(actor(ben), mine.pk)
    assert api.unread_for(ben) == 1


def test_a_former_member_keeps_nothing() -> None:
    ana, ben, cem = people("ana", "ben", "cem")
    place = group(ana, ben, cem)
    message = send(ben, place, "My own words")
    api.leave(ben, place)
    acting = actor(ben)

    for door in (
        lambda: history_page(actor=acting, conversation_id=place.pk),
        lambda: conversation_for_reader(acting, place.pk),
        lambda: snapshot(actor=acting, conversation_id=place.pk, after=0),
    ):
        with pytest.raises(ChatError, match="not_participant"):
            door()
    with pytest.raises(ChatError, match="not_found"):
        message_for_reader(acting, message.pk)
    polled = sync(actor=acting, cursors={place.pk: 0}, etag=None, token="0")
    assert polled is not None
    assert (polled.gone, polled.events, polled.list) == ([str(place.pk)], [], [])
    assert not api.messages_for(ben).exists()
    assert not api.conversations_for(ben).exists()
    assert api.unread_for(ben) == 0


def test_a_newcomer_is_no_reader_of_what_was_before_him() -> None:
    ana, ben, cem, dan = people("ana", "ben", "cem", "dan")
    place = group(ana, ben, cem)
    before = send(ana, place, "Before")
    api.add_members(ana, place, [dan])
    after = send(ana, place, "After")
    api.mark_read(dan, place)

    assert {row.user for row in readers_of(before)} == {ben, cem}
    assert {row.user for row in readers_of(after)} == {ben, cem, dan}


def test_a_newcomer_does_not_make_read_messages_unread() -> None:
    ana, ben, cem, dan = people("ana", "ben", "cem", "dan")
    place = group(ana, ben, cem)
    fill(place, ana, 1)
    for user in (ben, cem):
        api.mark_read(user, place)
    api.add_members(ana, place, [dan])

    page = history_page(actor=actor(ana), conversation_id=place.pk)
    assert [row["is_read"] for row in page.results if row["is_own_message"]] == [True]


@pytest.mark.parametrize("history", ["from_join", "all"])
def test_messages_hidden_or_not_numbers_stay_the_same_for_all(history: str) -> None:
    ana, ben, cem, dan = people("ana", "ben", "cem", "dan")
    place = group(ana, ben, cem)
    fill(place, ana, 3)
    with override_settings(DJANGO_CHAT={"GROUP_HISTORY": history}):
        api.add_members(ana, place, [dan])
    send(dan, place, "Hello")

    assert seen(ana, place) == list(range(1, 7))
    assert seen(dan, place) == (list(range(1, 7)) if history == "all" else [5, 6])
    assert Message.objects.filter(conversation=place).count() == 6
