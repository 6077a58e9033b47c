"""What is said reaches everybody it is for, once, in the form that is his."""

from __future__ import annotations

import json
from typing import Any

import pytest

from django_chat.groups.services.members import add_members
from django_chat.messages import services as messages
from django_chat.people.services import block_user, unblock_user
from django_chat.presence.services import show_typing
from django_chat.receipts.services import mark_delivered, mark_read
from django_chat.timeline.models import Conversation
from tests.factories import actor, direct, fill, group, people, person, send
from tests.ws.clients import Crowd, quiet, run, types

pytestmark = [pytest.mark.asyncio]


async def test_a_message_reaches_every_socket_of_every_member_once(
    ana: Any, bob: Any, cleo: Any, crew: Conversation, crowd: Crowd
) -> None:
    writer = await crowd.join(ana, crew)
    everywhere = [
        await crowd.join(ana, crew),
        await crowd.subscribe(ana, crew),
        await crowd.join(bob, crew),
        await crowd.subscribe(bob, crew),
        await crowd.subscribe(cleo, crew),
    ]

    ack = await writer.ask("send_message", content="Hello", client_id="k1")

    for peer in [writer, *everywhere]:
        await peer.settle()
        (message,) = peer.received("message")
        assert (message["id"], message["rev"]) == (ack["id"], ack["rev"])
        assert not peer.received("inbox")
        is_own = peer.user is ana
        assert message["is_own_message"] is is_own
        assert message["client_id"] == ("k1" if is_own else None)


async def test_who_is_in_the_conversation_but_not_subscribed_gets_a_hint_instead(
    ana: Any, bob: Any, duo: Conversation, crowd: Crowd
) -> None:
    await run(send, ana, duo)
    away = await crowd.join(bob)
    writer = await crowd.join(ana, duo)

    await writer.ask("send_message", content="Hello")

    await away.settle()
    (hint,) = away.received("inbox")
    assert not away.received("message")
    assert hint["conversation_id"] == str(duo.pk)
    assert hint["last_message"]["excerpt"] == "Hello"


async def test_strangers_hear_nothing(
    ana: Any, bob: Any, mallory: Any, duo: Conversation, crowd: Crowd
) -> None:
    other = await run(direct, mallory, bob)
    stranger = await crowd.subscribe(mallory, other)
    before = len(stranger.frames)

    await run(send, ana, duo, "for bob alone")
    await run(mark_read, actor=actor(bob), conversation_id=duo.pk)
    await run(show_typing, actor=actor(bob), conversation_id=duo.pk, is_typing=True)

    await stranger.settle()
    assert types(stranger.frames[before:]) == ["pong"]


async def test_changes_of_a_message_arrive_as_the_whole_message(
    ana: Any, bob: Any, duo: Conversation, crowd: Crowd
) -> None:
    reader = await crowd.join(bob, duo)
    sent = await run(send, ana, duo, "one")
    key = str(sent.pk)

    await run(
        messages.edit_message, actor=actor(ana), message_id=sent.pk, content="two"
    )
    await run(
        messages.react, actor=actor(bob), message_id=sent.pk, emoji="👍", op="add"
    )
    await run(messages.delete_message, actor=actor(ana), message_id=sent.pk)

    assert (await reader.receive("message"))["content"] == "one"
    edited = await reader.receive("message_updated")
    assert (edited["id"], edited["reason"], edited["content"]) == (key, "edit", "two")
    reacted = await reader.receive("message_updated")
    assert reacted["reactions"] == [
        {"emoji": "👍", "count": 1, "user_ids": [str(bob.pk)]}
    ]
    deleted = await reader.receive("message_updated")
    assert (deleted["content"], deleted["deleted_by"]) == ("", "author")
    assert [frame["rev"] for frame in (edited, reacted, deleted)] == [2, 3, 4]


async def test_who_blocked_the_author_sees_that_something_was_said(
    ana: Any, bob: Any, cleo: Any, crew: Conversation, crowd: Crowd
) -> None:
    await run(block_user, actor=actor(cleo), target=bob)
    blocker, friend = await crowd.join(cleo, crew), await crowd.join(ana, crew)

    await run(send, bob, crew, "@cleo listen", extra={"a": 1})

    redacted = await blocker.receive("message")
    whole = await friend.receive("message")
    assert redacted["rev"] == whole["rev"]
    assert redacted["hidden"] == "blocked"
    assert (redacted["content"], redacted["mentions"]) == ("", [])
    assert "listen" not in json.dumps(blocker.frames)
    assert whole["content"] == "@cleo listen"


async def test_a_quotation_of_the_blocked_is_hidden_as_well(
    ana: Any, bob: Any, cleo: Any, crew: Conversation, crowd: Crowd
) -> None:
    said = await run(send, bob, crew, "something rude")
    await run(block_user, actor=actor(cleo), target=bob)
    blocker, friend = await crowd.join(cleo, crew), await crowd.join(bob, crew)

    await run(send, ana, crew, "Not nice", reply_to=said.pk)

    hidden = await blocker.receive("message")
    assert hidden["content"] == "Not nice"
    assert hidden["reply_to"]["unavailable"] is True
    assert "rude" not in json.dumps(blocker.frames)
    assert (await friend.receive("message"))["reply_to"]["excerpt"] == "something rude"


async def test_blocking_and_unblocking_work_on_sockets_that_are_open(
    bob: Any, cleo: Any, crew: Conversation, crowd: Crowd
) -> None:
    reader = await crowd.join(cleo, crew)

    await run(block_user, actor=actor(cleo), target=bob)
    await quiet()
    await run(send, bob, crew, "one")
    await run(unblock_user, actor=actor(cleo), target=bob)
    await quiet()
    await run(send, bob, crew, "two")

    assert (await reader.receive("message"))["content"] == ""
    assert (await reader.receive("message"))["content"] == "two"


async def test_the_blocked_is_not_told(
    ana: Any, bob: Any, duo: Conversation, crew: Conversation, crowd: Crowd
) -> None:
    blocked = await crowd.subscribe(bob, crew)
    tab = await crowd.join(ana)
    before = len(blocked.frames)

    await run(block_user, actor=actor(ana), target=bob)
    await quiet()

    assert (await tab.receive("contact_updated"))["event"] == "blocked"
    await blocked.settle()
    assert types(blocked.frames[before:]) == ["pong"]


async def test_a_newcomer_gets_a_number_for_what_he_may_not_see(
    ana: Any, bob: Any, crew: Conversation, crowd: Crowd
) -> None:
    old = await run(send, ana, crew, "before dora")
    dora = await run(person, "dora")
    await run(add_members, actor=actor(ana), conversation_id=crew.pk, users=[dora])
    newcomer, veteran = await crowd.join(dora, crew), await crowd.join(bob, crew)

    await run(
        messages.edit_message, actor=actor(ana), message_id=old.pk, content="still"
    )

    updated = await veteran.receive("message_updated")
    skip = await newcomer.receive("skip")
    assert skip == {
        "type": "skip",
        "conversation_id": str(crew.pk),
        "rev": updated["rev"],
    }
    assert "still" not in json.dumps(newcomer.frames)


async def test_a_newcomer_gets_numbers_in_the_replay_too(
    ana: Any, crew: Conversation, crowd: Crowd
) -> None:
    old = await run(send, ana, crew, "before dora")
    dora = await run(person, "dora")
    added = await run(
        add_members, actor=actor(ana), conversation_id=crew.pk, users=[dora]
    )
    await run(
        messages.edit_message, actor=actor(ana), message_id=old.pk, content="still"
    )

    newcomer = await crowd.join(dora, crew, after=0)

    assert newcomer.received("skip", rev=added.rev + 1)
    assert "before dora" not in json.dumps(newcomer.frames)
    assert "still" not in json.dumps(newcomer.frames)


async def test_a_new_member_hears_of_the_conversation_and_then_in_it(
    ana: Any, crew: Conversation, crowd: Crowd
) -> None:
    dora = await run(person, "dora")
    newcomer = await crowd.join(dora)
    owner = await crowd.join(ana, crew)

    await owner.ask("add_members", members=["@dora"])
    created = await newcomer.receive("conversation_created")
    await quiet()
    await owner.ask("send_message", content="Welcome")

    assert created["conversation"]["id"] == str(crew.pk)
    hint = await newcomer.receive("inbox", seq=3)
    assert hint["last_message"]["excerpt"] == "Welcome"


async def test_a_new_group_is_heard_by_all_its_members(
    ana: Any, bob: Any, cleo: Any, crowd: Crowd
) -> None:
    founder, one, two = [await crowd.join(user) for user in (ana, bob, cleo)]

    ack = await founder.ask(
        "create_group", group_name="Trip", members=["@bob", "@cleo"]
    )
    key = ack["conversation"]["id"]

    for peer in (founder, one, two):
        created = await peer.receive("conversation_created")
        assert created["conversation"]["id"] == key
        role = "owner" if peer is founder else "member"
        assert created["conversation"]["my_role"] == role
    await quiet()
    await founder.ask("send_message", conversation_id=key, content="Off we go")
    assert await one.receive("inbox", conversation_id=key, seq=2)


async def test_the_title_and_the_members_change_for_everybody(
    ana: Any, bob: Any, cleo: Any, crew: Conversation, crowd: Crowd
) -> None:
    owner, member = await crowd.join(ana, crew), await crowd.join(bob, crew)

    await owner.ask("update_group", title="Bouldering")
    await owner.ask("set_role", user_id=str(cleo.pk), role="admin")
    await owner.ask("remove_member", user_id=str(cleo.pk))

    titled = await member.receive("conversation_updated")
    assert titled["changes"] == {"title": "Bouldering"}
    promoted = await member.receive("conversation_updated")
    assert promoted["roles"] == {str(cleo.pk): "admin"}
    removed = await member.receive("conversation_updated")
    assert removed["members_removed"] == [str(cleo.pk)]
    revs = [
        frame["rev"]
        for frame in member.frames
        if frame["type"] in ("message", "conversation_updated")
    ]
    assert revs == list(range(crew.rev + 1, crew.rev + 7))


# Read and delivered


async def test_reading_is_told_to_all_and_to_one_s_own_other_tabs(
    ana: Any, bob: Any, duo: Conversation, crowd: Crowd
) -> None:
    await run(fill, duo, ana, 3)
    writer = await crowd.join(ana, duo)
    reader, tab = await crowd.join(bob, duo), await crowd.subscribe(bob, duo)

    await reader.ask("read", up_to_seq=2)

    for peer in (writer, reader, tab):
        read = await peer.receive("read")
        assert (read["user_id"], read["up_to_seq"]) == (str(bob.pk), 2)
    await reader.ask("read", up_to_seq=2)
    await writer.settle()
    assert len(writer.received("read")) == 1


async def test_what_arrived_is_told_to_the_others(
    ana: Any, bob: Any, duo: Conversation, crowd: Crowd
) -> None:
    await run(fill, duo, ana, 3)
    writer, reader = await crowd.join(ana, duo), await crowd.join(bob, duo)

    await reader.send("delivered", up_to_seq=2)
    await reader.send("delivered", up_to_seq=2**40)

    first = await writer.receive("delivered")
    second = await writer.receive("delivered")
    assert (first["user_id"], first["up_to_seq"]) == (str(bob.pk), 2)
    assert second["up_to_seq"] == 3


async def test_who_has_blocked_somebody_does_not_see_him_read(
    ana: Any, bob: Any, cleo: Any, crew: Conversation, crowd: Crowd
) -> None:
    await run(fill, crew, ana, 3)
    await run(block_user, actor=actor(cleo), target=bob)
    blocker, friend = await crowd.join(cleo, crew), await crowd.join(ana, crew)

    await run(mark_read, actor=actor(bob), conversation_id=crew.pk)
    await run(mark_delivered, actor=actor(bob), conversation_id=crew.pk, up_to_seq=2)
    await run(show_typing, actor=actor(bob), conversation_id=crew.pk, is_typing=True)

    for kind in ("read", "delivered", "typing"):
        assert await friend.receive(kind, user_id=str(bob.pk))
    await blocker.settle()
    for kind in ("read", "delivered", "typing"):
        assert not blocker.received(kind)


async def test_in_a_large_group_reading_is_nobody_else_s_business(
    ana: Any, crowd: Crowd
) -> None:
    def crowded() -> Conversation:
        many = people(*(f"member{n}" for n in range(101)))
        return group(ana, *many)

    large = await run(crowded)
    bob = (await run(list, large.participants.exclude(user=ana)))[0]
    bob = await run(lambda: bob.user)
    await run(send, ana, large)
    writer = await crowd.join(ana, large)
    reader, tab = await crowd.join(bob, large), await crowd.join(bob)

    await reader.ask("read")
    await reader.send("typing", is_typing=True)
    await reader.send("delivered", up_to_seq=1)
    await reader.settle()

    for own in (reader, tab):
        assert (await own.receive("read"))["user_id"] == str(bob.pk)
    await writer.settle()
    assert not {"read", "typing", "delivered"} & set(types(writer.frames))
