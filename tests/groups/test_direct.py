"""Two people and their one direct conversation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth import get_user_model

from django_chat import api
from django_chat.exceptions import ChatError
from django_chat.feed.history import history_page
from django_chat.feed.inbox import conversation_for_reader, inbox
from django_chat.groups.services import members, settings
from django_chat.groups.services.opening import direct_key, open_direct
from django_chat.people.services import block_user
from django_chat.timeline.models import Conversation
from tests.factories import actor, direct, people, person, send
from tests.listening import hearing

pytestmark = pytest.mark.django_db


def test_both_sides_open_the_same_conversation() -> None:
    ana, ben = people("ana", "ben")

    opened, is_new = open_direct(actor=actor(ana), target=ben)
    found, is_new_again = open_direct(actor=actor(ben), target=ana)

    assert (is_new, is_new_again) == (True, False)
    assert opened == found
    assert opened.member_count == 2
    assert {p.role for p in opened.participants.all()} == {"member"}


def test_every_pair_has_its_own() -> None:
    ana, ben, cem = people("ana", "ben", "cem")

    assert len({direct(ana, ben).pk, direct(ana, cem).pk, direct(ben, cem).pk}) == 3


def test_keys_that_read_the_same_when_joined_are_kept_apart() -> None:
    assert direct_key("1", "23") != direct_key("12", "3")
    assert direct_key(1, 2) == direct_key("2", "1")


def test_the_same_two_have_another_conversation_in_another_tenant() -> None:
    ana, ben = people("ana", "ben")

    north, south = direct(ana, ben, tenant="north"), direct(ana, ben, tenant="south")

    assert north != south
    assert [north.tenant, south.tenant] == ["north", "south"]
    assert direct(ben, ana, tenant="north") == north


def test_nobody_opens_one_with_himself() -> None:
    ana = person("ana")

    with pytest.raises(ChatError) as refused:
        open_direct(actor=actor(ana), target=ana)

    assert refused.value.code == "self_target"
    assert not Conversation.objects.exists()


@pytest.mark.parametrize("blocker", ["ana", "ben"])
def test_a_block_on_either_side_prevents_a_new_conversation(blocker: str) -> None:
    ana, ben = people("ana", "ben")
    one, other = (ana, ben) if blocker == "ana" else (ben, ana)
    block_user(actor=actor(one), target=other)

    with pytest.raises(ChatError) as refused:
        open_direct(actor=actor(ana), target=ben)

    assert refused.value.code == "unavailable"
    assert refused.value.detail == {"user_ids": [str(ben.pk)]}
    assert not Conversation.objects.exists()


def test_a_block_in_one_tenant_does_not_reach_into_another() -> None:
    ana, ben = people("ana", "ben")
    block_user(actor=actor(ben, "north"), target=ana)

    assert direct(ana, ben, tenant="south").tenant == "south"


def test_an_earlier_conversation_survives_a_block_but_nobody_can_write() -> None:
    ana, ben = people("ana", "ben")
    conversation = direct(ana, ben)
    send(ana, conversation, "Before")
    block_user(actor=actor(ben), target=ana)

    assert direct(ana, ben) == conversation
    for user in (ana, ben):
        with pytest.raises(ChatError, match="unavailable"):
            api.send(user, conversation, "After")
        shown = conversation_for_reader(actor(user), conversation.pk)
        assert shown["send_disabled_reason"] == "unavailable"
        assert shown["permissions"]["send"] is False
        page = history_page(actor=actor(user), conversation_id=conversation.pk)
        assert [row["seq"] for row in page.results] == [1]


def test_nobody_can_write_to_somebody_who_was_deactivated() -> None:
    ana, ben = people("ana", "ben")
    conversation = direct(ana, ben)
    get_user_model().objects.filter(pk=ben.pk).update(is_active=False)

    with pytest.raises(ChatError, match="unavailable"):
        api.send(ana, conversation, "Are you there?")

    shown = conversation_for_reader(actor(ana), conversation.pk)
    assert shown["send_disabled_reason"] == "unavailable"


def test_a_blocked_and_a_deactivated_partner_look_the_same() -> None:
    ana, blocker, gone = people("ana", "blocker", "gone")
    seen = []
    for partner in (blocker, gone):
        conversation = direct(ana, partner)
        send(ana, conversation, "Hello")
        if partner is blocker:
            block_user(actor=actor(blocker), target=ana)
        else:
            get_user_model().objects.filter(pk=gone.pk).update(is_active=False)
        with pytest.raises(ChatError) as refused:
            api.send(ana, conversation, "Again")
        shown = conversation_for_reader(actor(ana), conversation.pk)
        seen.append(
            (
                refused.value.as_dict(),
                shown["permissions"],
                shown["send_disabled_reason"],
                shown["status"],
            )
        )

    assert seen[0] == seen[1]


def test_the_other_side_hears_of_it_with_the_first_message() -> None:
    ana, ben = people("ana", "ben")
    with hearing() as heard:
        conversation = direct(ana, ben)
    assert not heard
    assert [row.conversation for row in inbox(actor(ana))] == [conversation]
    assert not inbox(actor(ben))

    with hearing() as heard:
        send(ana, conversation)

    assert heard.types == ["message"]
    joins = {(event.user_id, event.data) for event in heard.controls}
    assert joins == {(str(user.pk), str(conversation.pk)) for user in (ana, ben)}
    assert [row.conversation for row in inbox(actor(ben))] == [conversation]


@pytest.mark.parametrize("verb", ["leave", "remove", "add", "rename", "role", "status"])
def test_a_direct_conversation_cannot_be_changed_like_a_group(verb: str) -> None:
    ana, ben, cem = people("ana", "ben", "cem")
    key = direct(ana, ben).pk
    acting = actor(ana)
    attempts: dict[str, Callable[[], Any]] = {
        "leave": lambda: members.leave(actor=acting, conversation_id=key),
        "remove": lambda: members.remove_member(
            actor=acting, conversation_id=key, user_id=str(ben.pk)
        ),
        "add": lambda: members.add_members(
            actor=acting, conversation_id=key, users=[cem]
        ),
        "rename": lambda: settings.update_conversation(
            actor=acting, conversation_id=key, title="Us"
        ),
        "role": lambda: members.set_role(
            actor=acting, conversation_id=key, user_id=str(ben.pk), role="admin"
        ),
        "status": lambda: settings.update_conversation(
            actor=acting, conversation_id=key, status="closed"
        ),
    }

    with pytest.raises(ChatError) as refused:
        attempts[verb]()

    assert refused.value.code == "forbidden"


def test_nobody_deletes_a_direct_conversation_for_both() -> None:
    ana, ben = people("ana", "ben")
    conversation = direct(ana, ben)

    with pytest.raises(ChatError) as refused:
        settings.delete_conversation(actor=actor(ana), conversation_id=conversation.pk)

    assert refused.value.code == "forbidden"
