"""A client that heard no answer sends again: once is once, for ever."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.contrib.auth import get_user_model

from django_chat import api
from django_chat.exceptions import ChatError
from django_chat.messages.drafts import Draft
from django_chat.messages.sending import Sent, send_messages
from django_chat.messages.services import send_message
from django_chat.people.services import block_user
from django_chat.timeline.models import Conversation, Message, ReadMark
from tests.factories import actor, direct, draft, group, people, send
from tests.listening import hearing

pytestmark = pytest.mark.django_db


@pytest.fixture
def friends() -> list[Any]:
    return people("ana", "ben", "cem")


@pytest.fixture
def climbing(friends: list[Any]) -> Conversation:
    return group(*friends)


def facts(sent: Sent) -> tuple[object, ...]:
    """Return what a client is told of a stored message."""
    return (
        sent.id,
        sent.conversation_id,
        sent.seq,
        sent.rev,
        sent.created_at,
        sent.client_id,
    )


def repeat(asked: Draft) -> Sent:
    """Send the same once more: nothing may be stored, and nobody told."""
    tables = (Message, ReadMark)
    before = [list(model.objects.order_by("pk").values()) for model in tables]
    head = Conversation.objects.values().get(pk=asked.conversation_id)
    with hearing() as heard:
        sent = send_message(asked)
    assert not heard
    assert [list(model.objects.order_by("pk").values()) for model in tables] == before
    assert Conversation.objects.values().get(pk=asked.conversation_id) == head
    return sent


def edited(message: Any, climbing: Conversation) -> None:
    api.edit_message(message.sender, message, "Changed")


def deleted(message: Any, climbing: Conversation) -> None:
    api.delete_message(message.sender, message)


def reacted_to(message: Any, climbing: Conversation) -> None:
    api.react(message.sender, message, "👍")


def answered(message: Any, climbing: Conversation) -> None:
    send(message.sender, climbing, "More", reply_to=message.pk)


def sender_removed(message: Any, climbing: Conversation) -> None:
    api.leave(message.sender, climbing)


def closed(message: Any, climbing: Conversation) -> None:
    Conversation.objects.filter(pk=climbing.pk).update(status="closed")


def sender_deactivated(message: Any, climbing: Conversation) -> None:
    get_user_model().objects.filter(pk=message.sender_id).update(is_active=False)


WHATEVER_HAPPENED = [
    edited,
    deleted,
    reacted_to,
    answered,
    sender_removed,
    closed,
    sender_deactivated,
]


def test_the_repeat_gets_the_answer_of_the_first(
    friends: list[Any], climbing: Conversation
) -> None:
    asked = draft(friends[1], climbing, "Hello")
    first = send_message(asked)

    second = repeat(replace(asked))

    assert not first.duplicate
    assert second.duplicate
    assert facts(second) == facts(first)
    assert api.send(friends[1], climbing, "Hello", client_id=asked.client_id) == (
        first.message
    )


@pytest.mark.parametrize("happened", WHATEVER_HAPPENED, ids=lambda f: f.__name__)
def test_the_answer_is_the_same_whatever_has_happened_since(
    friends: list[Any],
    climbing: Conversation,
    happened: Callable[[Any, Conversation], None],
) -> None:
    asked = draft(friends[1], climbing, "Hello", extra={"order": 7})
    first = send_message(asked)

    happened(first.message, climbing)

    second = repeat(replace(asked))
    assert second.duplicate
    assert facts(second) == facts(first)


@pytest.mark.parametrize("happened", WHATEVER_HAPPENED, ids=lambda f: f.__name__)
def test_another_text_under_the_same_key_is_a_conflict_whatever_has_happened(
    friends: list[Any],
    climbing: Conversation,
    happened: Callable[[Any, Conversation], None],
) -> None:
    asked = draft(friends[1], climbing, "Hello")
    first = send_message(asked)

    happened(first.message, climbing)

    # Not even the text that the message has now is what was asked for.
    for content in ("Other", "Changed"):
        with pytest.raises(ChatError) as refused:
            send_message(replace(asked, content=content))
        assert refused.value.code == "idempotency_conflict"
        assert refused.value.field == "client_id"


def test_everything_that_was_asked_for_counts(
    friends: list[Any], climbing: Conversation
) -> None:
    ana, ben, _ = friends
    target, other = send(ana, climbing, "Target"), send(ana, climbing, "Other")
    given = [{"kind": "user", "user_id": str(ana.pk), "offset": 0, "length": 2}]
    asked = draft(
        ben, climbing, "Hello", reply_to=target.pk, extra={"a": 1}, mentions=given
    )
    send_message(asked)

    changes: list[dict[str, Any]] = [
        {"content": "Hello "},
        {"reply_to": None},
        {"reply_to": other.pk},
        {"extra": {}},
        {"extra": {"a": 2}},
        {"mentions": None},
        {"mentions": []},
        {"conversation_id": direct(ana, ben).pk},
    ]
    for change in changes:
        with pytest.raises(ChatError, match="idempotency_conflict"):
            send_message(replace(asked, **change))
    assert send_message(replace(asked, extra={"a": 1})).duplicate


def test_a_key_used_in_another_conversation_is_a_conflict(
    friends: list[Any], climbing: Conversation
) -> None:
    ana, ben, _ = friends
    letters = direct(ana, ben)
    send(ana, climbing, "Hello", client_id="k")

    with pytest.raises(ChatError, match="idempotency_conflict"):
        send(ana, letters, "Hello", client_id="k")

    assert not Message.objects.filter(conversation=letters).exists()


def test_a_key_used_in_another_tenant_is_a_conflict(friends: list[Any]) -> None:
    ana, ben, _ = friends
    north, south = direct(ana, ben, tenant="north"), direct(ana, ben, tenant="south")
    send(ana, north, "Hello", client_id="k")

    with pytest.raises(ChatError, match="idempotency_conflict"):
        send(ana, south, "Hello", client_id="k")


def test_two_people_may_use_the_same_key(
    friends: list[Any], climbing: Conversation
) -> None:
    one, other = (send(user, climbing, "Hi", client_id="k") for user in friends[:2])

    assert one != other


def test_a_key_is_not_used_up_by_a_refusal(
    friends: list[Any], climbing: Conversation
) -> None:
    ana = friends[0]
    for content in ("", "x" * 10_001):
        with pytest.raises(ChatError):
            send(ana, climbing, content, client_id="k")

    assert send(ana, climbing, "At last", client_id="k").seq == 2


def test_a_blocked_sender_still_gets_the_answer_of_the_first(
    friends: list[Any],
) -> None:
    ana, ben, _ = friends
    asked = draft(ana, direct(ana, ben), "Hello")
    first = send_message(asked)
    block_user(actor=actor(ben), target=ana)

    assert facts(repeat(asked)) == facts(first)


def test_twice_in_one_batch_is_stored_once(
    friends: list[Any], climbing: Conversation
) -> None:
    ana = friends[0]
    asked = draft(ana, climbing, "Hello", client_id="k")

    with hearing() as heard:
        first, other, second = send_messages(
            [asked, draft(ana, climbing, "Between"), replace(asked)]
        )

    assert isinstance(first, Sent)
    assert isinstance(second, Sent)
    assert isinstance(other, Sent)
    assert facts(second) == facts(first)
    assert (first.duplicate, second.duplicate) == (False, True)
    assert other.seq == first.seq + 1
    assert heard.types == ["message", "message"]


def test_one_key_for_two_texts_in_one_batch_stores_the_first(
    friends: list[Any], climbing: Conversation
) -> None:
    ana = friends[0]

    first, second = send_messages(
        [draft(ana, climbing, text, client_id="k") for text in ("One", "Two")]
    )

    assert isinstance(first, Sent)
    assert isinstance(second, ChatError)
    assert second.code == "idempotency_conflict"
    assert Message.objects.filter(client_id="k").count() == 1


def test_one_key_for_two_conversations_in_one_batch_stores_the_first(
    friends: list[Any], climbing: Conversation
) -> None:
    ana, ben, _ = friends
    letters = direct(ana, ben)

    first, second = send_messages(
        [draft(ana, place, "Hi", client_id="k") for place in (letters, climbing)]
    )

    assert isinstance(first, Sent)
    assert first.conversation_id == letters.pk
    assert isinstance(second, ChatError)
    assert second.code == "idempotency_conflict"


def test_a_message_that_is_gone_frees_its_key(
    friends: list[Any], climbing: Conversation
) -> None:
    ana = friends[0]
    send(ana, climbing, "Purged", client_id="k").delete()

    assert send(ana, climbing, "New", client_id="k").content == "New"
