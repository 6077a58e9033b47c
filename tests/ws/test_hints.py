"""The list of conversations stays alive without any of them being open."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from django_chat.groups.services.settings import hide_conversation
from django_chat.messages import services as messages
from django_chat.messages.sending import SILENT_AFTER
from django_chat.people.services import block_user, unblock_user
from django_chat.receipts.services import mark_read
from django_chat.timeline.models import Conversation
from django_chat.ws.hub import hub
from tests.factories import actor, direct, fill, send
from tests.ws.clients import Crowd, quiet, run

pytestmark = [pytest.mark.asyncio]


def silence(*conversations: Conversation) -> None:
    """Let nothing have been said in the conversations for longer than sockets listen."""
    long_ago = timezone.now() - SILENT_AFTER - timedelta(hours=2)
    keys = [conversation.pk for conversation in conversations]
    Conversation.objects.filter(pk__in=keys).update(last_activity=long_ago)


async def test_a_hint_shows_the_newest_message(
    ana: Any, bob: Any, crew: Conversation, crowd: Crowd
) -> None:
    phone = await crowd.join(bob)

    sent = await run(send, ana, crew, "x" * 1000)

    hint = await phone.receive("inbox")
    assert (hint["reason"], hint["mentions_me"]) == ("message", False)
    assert (hint["seq"], hint["rev"]) == (sent.seq, sent.rev)
    assert hint["last_message"] == {
        "id": str(sent.pk),
        "seq": sent.seq,
        "sender": "ana",
        "sender_id": str(ana.pk),
        "excerpt": "x" * 255,
        "timestamp": hint["last_message"]["timestamp"],
        "kind": "text",
        "is_own_message": False,
    }


async def test_a_hint_says_whether_one_is_addressed(
    ana: Any, bob: Any, cleo: Any, crew: Conversation, crowd: Crowd
) -> None:
    phones = [await crowd.join(user) for user in (ana, bob, cleo)]

    await run(send, ana, crew, "@bob look")
    await run(send, ana, crew, "@all look")

    seen = []
    for phone in phones:
        hints = [await phone.receive("inbox") for _ in range(2)]
        seen.append([hint["mentions_me"] for hint in hints])
    assert seen == [[False, False], [True, True], [False, True]]


async def test_one_s_own_message_is_a_hint_for_one_s_other_tabs(
    ana: Any, duo: Conversation, crowd: Crowd
) -> None:
    await run(send, ana, duo)
    tab = await crowd.join(ana)

    await run(send, ana, duo, "Hello")

    assert (await tab.receive("inbox"))["last_message"]["is_own_message"] is True


async def test_a_hint_shows_no_word_of_the_blocked(
    ana: Any, bob: Any, crew: Conversation, crowd: Crowd
) -> None:
    await run(block_user, actor=actor(bob), target=ana)
    phone = await crowd.join(bob)

    await run(send, ana, crew, "@bob secret")

    hint = await phone.receive("inbox")
    assert hint["last_message"]["excerpt"] == ""
    assert hint["mentions_me"] is False


async def test_hints_of_a_conversation_go_on_when_its_block_is_lifted(
    ana: Any, bob: Any, duo: Conversation, crowd: Crowd
) -> None:
    phone = await crowd.subscribe(bob, duo)

    await run(block_user, actor=actor(ana), target=bob)
    await phone.receive("unsubscribed", reason="unavailable")
    await run(unblock_user, actor=actor(ana), target=bob)
    await run(send, ana, duo, "Friends again?")

    hint = await phone.receive("inbox", reason="message")
    assert hint["last_message"]["excerpt"] == "Friends again?"
    assert not phone.received("message")


async def test_reading_on_one_device_is_told_to_the_others_only_one_s_own(
    ana: Any, bob: Any, duo: Conversation, crowd: Crowd
) -> None:
    await run(fill, duo, ana, 3)
    tab, other = await crowd.join(bob), await crowd.join(ana)

    await run(mark_read, actor=actor(bob), conversation_id=duo.pk, up_to_seq=2)

    hint = await tab.receive("inbox", reason="read")
    assert (hint["conversation_id"], hint["read_seq"]) == (str(duo.pk), 2)
    await other.settle()
    assert not other.received("inbox")


async def test_edits_and_reactions_are_no_hints(
    ana: Any, bob: Any, duo: Conversation, crowd: Crowd
) -> None:
    sent = await run(send, ana, duo)
    phone = await crowd.join(bob)

    await run(messages.edit_message, actor=actor(ana), message_id=sent.pk, content="x")
    await run(
        messages.react, actor=actor(ana), message_id=sent.pk, emoji="👍", op="add"
    )

    await phone.settle()
    assert not phone.received("inbox")


async def test_after_unsubscribing_hints_go_on(
    ana: Any, bob: Any, duo: Conversation, crowd: Crowd
) -> None:
    phone = await crowd.subscribe(bob, duo)

    await phone.ask("unsubscribe", conversations=[str(duo.pk)])
    left = await phone.receive("unsubscribed")
    await run(send, ana, duo)

    assert left["reason"] == "requested"
    await phone.receive("inbox")
    assert not phone.received("message")


async def test_the_first_words_of_a_new_conversation_arrive(
    ana: Any, mallory: Any, crowd: Crowd
) -> None:
    # Nobody is told that it was opened; the first message must not be lost with that.
    phone, tab = await crowd.join(mallory), await crowd.join(ana)
    opened = await run(direct, ana, mallory)
    await quiet()
    assert not phone.received("inbox")

    sent = await run(send, ana, opened, "Hello, we have not met")

    hint = await phone.receive("inbox")
    assert hint["last_message"]["id"] == str(sent.pk)
    assert hint["last_message"]["excerpt"] == "Hello, we have not met"
    assert (await tab.receive("inbox"))["last_message"]["is_own_message"] is True
    await run(send, ana, opened, "Are you there?")
    assert (await phone.receive("inbox"))["seq"] == 2
    await quiet()
    await phone.settle()
    assert len(phone.received("inbox")) == 2


async def test_a_message_wakes_a_conversation_that_was_long_silent(
    ana: Any, bob: Any, duo: Conversation, crew: Conversation, crowd: Crowd
) -> None:
    await run(send, ana, duo)
    await run(silence, duo, crew)
    phone = await crowd.join(bob)
    assert not hub().rooms

    sent = await run(send, ana, duo, "After all this time")

    hint = await phone.receive("inbox")
    assert (hint["seq"], hint["rev"]) == (sent.seq, sent.rev)
    await run(send, ana, duo, "And again")
    assert (await phone.receive("inbox"))["last_message"]["excerpt"] == "And again"


async def test_a_burst_that_wakes_a_conversation_ends_with_its_newest_message(
    ana: Any, bob: Any, duo: Conversation, crowd: Crowd
) -> None:
    await run(send, ana, duo)
    await run(silence, duo)
    phone = await crowd.join(bob)
    # Somebody else here has it open already: the room is there and counts.
    await crowd.join(ana, duo)

    for number in range(5):
        await run(send, ana, duo, f"message {number}")
    await quiet()

    await phone.settle()
    assert phone.received("inbox")[-1]["last_message"]["excerpt"] == "message 4"


async def test_a_conversation_deleted_for_oneself_comes_back_with_its_next_message(
    ana: Any, bob: Any, duo: Conversation, crowd: Crowd
) -> None:
    await run(send, ana, duo)
    await run(hide_conversation, actor=actor(bob), conversation_id=duo.pk)
    phone = await crowd.join(bob)

    await run(send, ana, duo, "Are you still there?")
    await quiet()

    hint = await phone.receive("inbox")
    assert hint["last_message"]["excerpt"] == "Are you still there?"


async def test_hints_come_for_conversations_one_left_open_elsewhere(
    ana: Any, bob: Any, crew: Conversation, crowd: Crowd
) -> None:
    phone = await crowd.join(bob)
    owner = await crowd.join(ana, crew)

    await owner.ask("remove_member", user_id=str(bob.pk))
    await quiet()
    removed = await phone.receive("inbox", reason="removed")
    before = len(phone.frames)
    await owner.ask("send_message", content="Now we are among ourselves")

    assert removed["conversation_id"] == str(crew.pk)
    assert len(await phone.settle()) == before + 1


async def test_the_ping_says_whether_the_list_has_changed(
    ana: Any, bob: Any, duo: Conversation, crew: Conversation, crowd: Crowd
) -> None:
    phone, single = await crowd.join(bob), await crowd.join(bob, duo)

    await hub().heart.beat()
    first = (await phone.receive("ping"))["inbox_rev"]
    await hub().heart.beat()
    same = (await phone.receive("ping"))["inbox_rev"]
    await run(send, ana, crew)
    await hub().heart.beat()
    changed = (await phone.receive("ping"))["inbox_rev"]

    assert first == same != changed
    assert "inbox_rev" not in await single.receive("ping")


async def test_the_ping_carries_the_heads_of_what_is_open(
    ana: Any, bob: Any, duo: Conversation, crew: Conversation, crowd: Crowd
) -> None:
    phone, single = await crowd.subscribe(bob, duo), await crowd.join(bob, crew)
    sent = await run(send, ana, duo)

    await hub().heart.beat()

    assert (await phone.receive("ping"))["heads"] == {str(duo.pk): sent.rev}
    assert (await single.receive("ping"))["heads"] == {str(crew.pk): crew.rev}
