"""A user is erased: the others keep what is theirs."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model

from django_chat import api
from django_chat.exceptions import ChatError
from django_chat.feed.history import history_page
from django_chat.feed.inbox import conversation_for_reader
from django_chat.timeline.models import Conversation, Message
from tests.factories import actor, direct, group, people, person, seat, send
from tests.listening import hearing

pytestmark = pytest.mark.django_db


def test_the_other_keeps_the_history_of_a_direct_conversation() -> None:
    ana, ben = people("ana", "ben")
    conversation = direct(ana, ben)
    send(ben, conversation, "From Ben")
    send(ana, conversation, "From Ana")

    ben.delete()

    page = history_page(actor=actor(ana), conversation_id=conversation.pk)
    assert [(row["sender"], row["content"]) for row in page.results] == [
        ("Deleted user", "From Ben"),
        ("ana", "From Ana"),
    ]
    assert page.results[0]["sender_id"] is None
    shown = conversation_for_reader(actor(ana), conversation.pk)
    assert shown["title"] == "Deleted user"
    assert shown["member_count"] == len(shown["members"]) == 1
    assert shown["send_disabled_reason"] == "unavailable"


def test_writing_to_a_deleted_user_says_no_more_than_unavailable() -> None:
    ana, ben = people("ana", "ben")
    conversation = direct(ana, ben)
    ben.delete()

    with pytest.raises(ChatError) as refused:
        api.send(ana, conversation, "Hello?")

    assert refused.value.code == "unavailable"


def test_the_key_of_the_pair_is_free_again() -> None:
    ana, ben = people("ana", "ben")
    conversation = direct(ana, ben)
    number = ben.pk
    ben.delete()

    conversation.refresh_from_db()
    assert conversation.direct_key is None
    # A database may hand out the number of a deleted row once more.
    namesake = person("ben", pk=number)
    assert direct(ana, namesake) != conversation


def test_whoever_listens_is_told_that_the_member_is_gone() -> None:
    ana, ben = people("ana", "ben")
    conversation = direct(ana, ben)
    send(ana, conversation)
    ben_id = str(ben.pk)

    with hearing() as heard:
        ben.delete()

    (event,) = heard.of_conversations
    assert event.frame["type"] == "conversation_updated"
    assert event.frame["members_removed"] == [ben_id]
    assert event.frame["member_count"] == 1
    conversation.refresh_from_db()
    assert event.rev == conversation.rev == conversation.meta_rev


def test_a_group_loses_a_member_and_finds_an_heir() -> None:
    ana, ben, cem = people("ana", "ben", "cem")
    conversation = group(ana, ben, cem)
    send(ana, conversation, "Written by the owner")

    ana.delete()

    conversation.refresh_from_db()
    assert conversation.member_count == 2
    assert seat(ben, conversation).role == "owner"
    page = history_page(actor=actor(ben), conversation_id=conversation.pk)
    assert [row["content"] for row in page.results if row["kind"] == "text"] == [
        "Written by the owner"
    ]


def test_the_last_member_takes_the_group_along() -> None:
    ana, ben, cem = people("ana", "ben", "cem")
    conversation = group(ana, ben, cem)
    api.leave(ben, conversation)
    api.leave(cem, conversation)

    ana.delete()

    assert not Conversation.objects.filter(pk=conversation.pk).exists()


def test_many_are_deleted_with_one_query_of_the_host() -> None:
    ana, ben, cem = people("ana", "ben", "cem")
    conversation = group(ana, ben, cem)
    letters = direct(ana, ben)
    send(ben, letters, "Kept")

    get_user_model().objects.filter(pk__in=[ben.pk, cem.pk]).delete()

    conversation.refresh_from_db()
    letters.refresh_from_db()
    assert (conversation.member_count, letters.member_count) == (1, 1)
    assert Message.objects.get(conversation=letters).content == "Kept"


def test_deleting_somebody_without_conversations_touches_nothing() -> None:
    ana, ben = people("ana", "ben")
    conversation = direct(ana, ben)
    before = Conversation.objects.values().get(pk=conversation.pk)

    person("nobody").delete()

    assert Conversation.objects.values().get(pk=conversation.pk) == before
