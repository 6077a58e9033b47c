"""Showing that one types: live, never stored, never left hanging."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from django_chat.timeline.models import Conversation
from django_chat.ws.hub import hub
from tests.factories import send
from tests.ws.clients import Crowd, run

pytestmark = [pytest.mark.asyncio]


async def test_the_others_see_it_and_oneself_does_not(
    ana: Any, bob: Any, cleo: Any, crew: Conversation, crowd: Crowd
) -> None:
    typist, tab = await crowd.join(ana, crew), await crowd.subscribe(ana, crew)
    others = [await crowd.join(bob, crew), await crowd.subscribe(cleo, crew)]

    await typist.send("typing", is_typing=True, activity="voice")
    await typist.settle()

    for other in others:
        typing = await other.receive("typing")
        assert typing["user_id"] == str(ana.pk)
        assert typing["is_typing"] is True
        assert typing["activity"] == "voice"
        assert typing["expires_in_ms"] == 8000
    await tab.settle()
    assert not typist.received("typing")
    assert not tab.received("typing")


async def test_the_same_state_again_within_a_second_is_dropped_silently(
    ana: Any, bob: Any, duo: Conversation, crowd: Crowd
) -> None:
    typist, other = await crowd.join(ana, duo), await crowd.join(bob, duo)

    for is_typing in (True, True, True, False, False, True):
        await typist.send("typing", is_typing=is_typing)
    await typist.settle()
    await other.settle()

    states = [frame["is_typing"] for frame in other.received("typing")]
    assert states == [True, False, True]
    assert not typist.received("error")


async def test_the_same_state_is_shown_again_after_a_second(
    ana: Any, bob: Any, duo: Conversation, crowd: Crowd, monkeypatch: Any
) -> None:
    typist, other = await crowd.join(ana, duo), await crowd.join(bob, duo)
    await typist.send("typing", is_typing=True)
    await typist.settle()
    await other.receive("typing")
    (socket,) = hub().people["", str(ana.pk)]
    state, since = socket._typing[str(duo.pk)]
    socket._typing[str(duo.pk)] = state, since - 1.01  # a second ago

    await typist.send("typing", is_typing=True)

    await other.receive("typing")


async def test_each_conversation_has_its_own_state(
    ana: Any, bob: Any, duo: Conversation, crew: Conversation, crowd: Crowd
) -> None:
    typist, other = await crowd.join(ana), await crowd.subscribe(bob, duo, crew)

    for conversation in (duo, crew):
        await typist.send(
            "typing", conversation_id=str(conversation.pk), is_typing=True
        )

    for conversation in (duo, crew):
        await other.receive("typing", conversation_id=str(conversation.pk))


async def test_who_vanishes_while_typing_no_longer_types(
    ana: Any, bob: Any, duo: Conversation, crew: Conversation, crowd: Crowd
) -> None:
    typist, other = await crowd.join(ana), await crowd.subscribe(bob, duo, crew)
    await typist.send("typing", conversation_id=str(duo.pk), is_typing=True)
    await typist.send("typing", conversation_id=str(crew.pk), is_typing=True)
    await typist.send("typing", conversation_id=str(crew.pk), is_typing=False)
    await other.receive("typing", conversation_id=str(crew.pk), is_typing=False)

    await typist.disconnect()

    stopped = await other.receive("typing", is_typing=False)
    assert stopped["conversation_id"] == str(duo.pk)
    await other.settle()
    assert len(other.received("typing")) == 4


async def test_who_comes_later_sees_who_types(
    ana: Any, bob: Any, cleo: Any, crew: Conversation, crowd: Crowd
) -> None:
    typist, first = await crowd.join(ana, crew), await crowd.join(bob, crew)
    await typist.send("typing", is_typing=True)
    await first.receive("typing")

    later = await crowd.join(cleo, crew)
    assert later.received("subscribed")[0]["typing"] == [str(ana.pk)]

    await typist.ask("send_message", content="Done")
    last = await crowd.join(cleo, crew)
    assert last.received("subscribed")[0]["typing"] == []


async def test_a_conversation_that_is_not_one_s_own_leaves_no_trace(
    mallory: Any, duo: Conversation, crowd: Crowd
) -> None:
    # A memory for each id that is named would be there to be filled.
    stranger = await crowd.join(mallory)

    for key in (str(duo.pk), *(str(uuid4()) for _ in range(10))):
        answer = await stranger.ask("typing", conversation_id=key, is_typing=True)
        assert answer["code"] == "not_found"

    (socket,) = hub().sockets
    assert not socket.shown_typing()
    assert not socket._typing


@pytest.mark.parametrize(
    "fields",
    [
        {"is_typing": "yes"},
        {"is_typing": 1},
        {"is_typing": None},
        {},
        {"is_typing": True, "activity": "dance"},
        {"is_typing": True, "activity": 5},
    ],
)
async def test_a_state_that_is_none_is_refused(
    ana: Any, bob: Any, duo: Conversation, crowd: Crowd, fields: dict[str, Any]
) -> None:
    typist, other = await crowd.join(ana, duo), await crowd.join(bob, duo)

    answer = await typist.ask("typing", **fields)

    assert answer["code"] == "invalid_payload"
    await other.settle()
    assert not other.received("typing")


async def test_in_a_read_only_group_members_do_not_type(
    ana: Any, bob: Any, crew: Conversation, crowd: Crowd
) -> None:
    owner, member = await crowd.join(ana, crew), await crowd.join(bob, crew)
    await owner.ask("update_group", settings={"status": "read_only"})

    assert (await member.ask("typing", is_typing=True))["code"] == "read_only"

    await owner.send("typing", is_typing=True)
    await member.receive("typing")


async def test_typing_is_no_news_for_a_list(
    ana: Any, bob: Any, duo: Conversation, crowd: Crowd
) -> None:
    await run(send, ana, duo)
    typist, away = await crowd.join(ana, duo), await crowd.join(bob)

    await typist.send("typing", is_typing=True)
    await typist.settle()

    await away.settle()
    assert not away.received("typing")
    assert not away.received("inbox")
