"""Blocking: one hears nothing more, and the other is never told."""

from __future__ import annotations

from typing import Any

import pytest

from django_chat import api
from django_chat.exceptions import ChatError
from django_chat.feed.history import history_page, message_for_reader
from django_chat.feed.inbox import conversation_for_reader
from django_chat.people.models import Block
from django_chat.people.querysets import blocked_by, blocks_of, is_blocked
from django_chat.people.services import block_user, unblock_user
from django_chat.signals import user_blocked, user_unblocked
from tests.factories import actor, direct, group, people, person, send
from tests.listening import hearing

pytestmark = pytest.mark.django_db


def test_only_the_one_who_blocks_is_told() -> None:
    ana, ben = people("ana", "ben")
    with hearing() as heard:
        assert block_user(actor=actor(ana), target=ben) is True

    assert heard.of_user(ana) == [
        {"type": "contact_updated", "event": "blocked", "user_id": str(ben.pk)}
    ]
    assert heard.of_user(ben) == []
    # The sockets of both must look again at what they may hear.
    controls = [(event.user_id, event.action) for event in heard.controls]
    assert controls == [(str(ana.pk), "blocks"), (str(ben.pk), "blocks")]
    assert not heard.of_conversations


def test_blocking_and_unblocking_twice_is_once() -> None:
    ana, ben = people("ana", "ben")
    block_user(actor=actor(ana), target=ben)
    with hearing() as heard:
        assert block_user(actor=actor(ana), target=ben) is False
    assert not heard
    assert Block.objects.count() == 1

    with hearing() as heard:
        assert unblock_user(actor=actor(ana), target=ben) is True
    assert heard.of_user(ana)[0]["event"] == "unblocked"
    assert heard.of_user(ben) == []
    with hearing() as heard:
        assert unblock_user(actor=actor(ana), target=ben) is False
    assert not heard


def test_nobody_blocks_himself() -> None:
    ana = person("ana")
    with pytest.raises(ChatError, match="self_target"):
        block_user(actor=actor(ana), target=ana)


def test_a_block_is_of_one_direction_and_one_tenant() -> None:
    ana, ben = people("ana", "ben")
    block_user(actor=actor(ana, "north"), target=ben)

    assert blocked_by(actor(ana, "north")) == {str(ben.pk)}
    assert blocked_by(actor(ben, "north")) == frozenset()
    assert blocked_by(actor(ana, "south")) == frozenset()
    made, met = blocks_of(actor(ben, "north"))
    assert not made
    assert met == {str(ana.pk)}
    assert is_blocked("north", ben.pk, ana.pk)
    assert not is_blocked("south", ana.pk, ben.pk)
    assert not unblock_user(actor=actor(ben, "north"), target=ana)
    assert not unblock_user(actor=actor(ana, "south"), target=ben)


def test_lifting_ones_own_block_does_not_lift_the_others() -> None:
    ana, ben = people("ana", "ben")
    letters = direct(ana, ben)
    block_user(actor=actor(ana), target=ben)
    block_user(actor=actor(ben), target=ana)
    unblock_user(actor=actor(ana), target=ben)

    with pytest.raises(ChatError, match="unavailable"):
        send(ana, letters)
    unblock_user(actor=actor(ben), target=ana)
    assert send(ana, letters).seq == 1


def test_in_a_group_the_words_of_a_blocked_person_are_gone_for_one() -> None:
    ana, ben, cem = people("ana", "ben", "cem")
    place = group(ana, ben, cem)
    message = send(ben, place, "Rude @ana", extra={"a": 1})
    api.react(cem, message, "👍")
    block_user(actor=actor(ana), target=ben)

    def row(user: Any) -> Any:
        page = history_page(actor=actor(user), conversation_id=place.pk)
        return page.results[-1]

    mine, theirs = row(ana), row(cem)
    assert (mine["seq"], mine["rev"]) == (theirs["seq"], theirs["rev"])
    assert mine["hidden"] == "blocked"
    assert (mine["content"], mine["mentions"], mine["reactions"]) == ("", [], [])
    assert (mine["extra"], mine["reply_to"]) == ({}, None)
    assert theirs["content"] == "Rude @ana"
    assert "hidden" not in theirs
    assert (
        conversation_for_reader(actor(ana), place.pk)["last_message"]["excerpt"] == ""
    )
    shown = conversation_for_reader(actor(cem), place.pk)["last_message"]
    assert shown["excerpt"] == "Rude @ana"


def test_one_may_look_once_at_what_somebody_blocked_says() -> None:
    ana, ben, cem = people("ana", "ben", "cem")
    message = send(ben, group(ana, ben, cem), "Rude")
    block_user(actor=actor(ana), target=ben)

    assert message_for_reader(actor(ana), message.pk)["content"] == ""
    shown = message_for_reader(actor(ana), message.pk, reveal=True)
    assert shown["content"] == "Rude"


def test_in_a_group_both_still_write_and_the_blocked_sees_no_difference() -> None:
    ana, ben, cem = people("ana", "ben", "cem")
    place = group(ana, ben, cem)
    before = conversation_for_reader(actor(ben), place.pk)
    block_user(actor=actor(ana), target=ben)

    assert conversation_for_reader(actor(ben), place.pk) == before
    send(ben, place, "From Ben")
    send(ana, place, "From Ana")
    page = history_page(actor=actor(ben), conversation_id=place.pk)
    assert [r["content"] for r in page.results if r["kind"] == "text"] == [
        "From Ben",
        "From Ana",
    ]


def test_the_host_hears_of_blocks() -> None:
    ana, ben = people("ana", "ben")
    heard = []

    def note(*, signal: Any, blocker: Any, blocked: Any, tenant: str, **_: Any) -> None:
        heard.append((signal is user_blocked, blocker, blocked, tenant))

    for signal in (user_blocked, user_unblocked):
        signal.connect(note)
    try:
        with hearing():
            api.block(ana, ben, tenant="north")
            api.unblock(ana, ben, tenant="north")
    finally:
        for signal in (user_blocked, user_unblocked):
            signal.disconnect(note)

    assert heard == [(True, ana, ben, "north"), (False, ana, ben, "north")]
