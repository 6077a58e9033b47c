"""Opening conversations on one socket: where they stand, what was missed, how many."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from django_chat.feed.offer import SUBSCRIPTIONS_MAX
from django_chat.messages import services as messages
from django_chat.receipts.services import mark_delivered, mark_read
from django_chat.timeline.models import Conversation
from django_chat.ws.hub import hub
from tests.factories import actor, direct, fill, group, people, send
from tests.ws.clients import Crowd, Peer, quiet, run, types
from tests.ws.post import check_order, intercepted

pytestmark = [pytest.mark.asyncio]


async def open_(peer: Peer, *items: Any) -> list[dict[str, Any]]:
    """Subscribe and return everything that came of it."""
    start = len(peer.frames)
    await peer.send("subscribe", ref="r", conversations=list(items))
    await peer.settle()
    return [f for f in peer.frames[start:] if f["type"] != "pong"]


def told(frames: list[dict[str, Any]]) -> list[tuple[str, str | None]]:
    """Return type and code of frames."""
    return [(frame["type"], frame.get("code")) for frame in frames]


async def test_the_snapshot_says_where_everything_stands(
    ana: Any, bob: Any, cleo: Any, crew: Conversation, crowd: Crowd
) -> None:
    rows = await run(fill, crew, ana, 3)
    await run(mark_read, actor=actor(bob), conversation_id=crew.pk, up_to_seq=3)
    await run(mark_delivered, actor=actor(cleo), conversation_id=crew.pk, up_to_seq=2)
    await run(messages.hide_message, actor=actor(bob), message_id=rows[0].pk)
    peer = await crowd.join(bob)

    ack, subscribed, caught_up = await open_(peer, {"id": str(crew.pk)})

    await run(crew.refresh_from_db)
    assert ack == {"type": "ack", "ref": "r"}
    assert subscribed["epoch"] == peer.frames[0]["epoch"]
    assert (subscribed["rev"], subscribed["seq"]) == (crew.rev, 4)
    assert (subscribed["after"], subscribed["gap"]) == (None, False)
    assert subscribed["history_from_seq"] == 1
    assert subscribed["hidden"] == [str(rows[0].pk)]
    marks = {
        one["user_id"]: (one["read_seq"], one["delivered_seq"])
        for one in subscribed["members_read"]
    }
    assert marks[str(bob.pk)][0] == 3
    assert marks[str(cleo.pk)] == (0, 2)
    assert caught_up["rev"] == crew.rev


async def test_what_was_missed_comes_as_it_is_now(
    ana: Any, bob: Any, duo: Conversation, crowd: Crowd
) -> None:
    one, two, three = await run(fill, duo, ana, 3)
    await run(messages.edit_message, actor=actor(ana), message_id=one.pk, content="1!")
    await run(messages.delete_message, actor=actor(ana), message_id=three.pk)
    peer = await crowd.join(bob)

    frames = await open_(peer, {"id": str(duo.pk), "after": 1})

    replayed = frames[2:-1]
    assert [(f["type"], f["seq"], f["rev"]) for f in replayed] == [
        ("message", two.seq, 2),
        ("message_updated", one.seq, 4),
        ("message", three.seq, 5),
    ]
    assert replayed[1]["content"] == "1!"
    assert replayed[2]["content"] == ""
    assert frames[1]["replay"] == 3
    assert frames[-1]["rev"] == 5


async def test_who_missed_nothing_is_told_so(
    ana: Any, bob: Any, duo: Conversation, crowd: Crowd
) -> None:
    await run(fill, duo, ana, 3)
    peer = await crowd.join(bob)

    frames = await open_(peer, {"id": str(duo.pk), "after": 3})

    assert types(frames) == ["ack", "subscribed", "caught_up"]
    assert (frames[1]["replay"], frames[2]["rev"]) == (0, 3)


async def test_500_changes_are_replayed_and_501_are_a_gap(
    ana: Any, bob: Any, duo: Conversation, crowd: Crowd
) -> None:
    await run(fill, duo, ana, 501)
    peer = await crowd.join(bob)

    replayed = await open_(peer, {"id": str(duo.pk), "after": 1})
    too_many = await open_(peer, {"id": str(duo.pk), "after": 0})

    assert types(replayed).count("message") == 500
    assert replayed[1]["gap"] is False
    assert types(too_many) == ["ack", "subscribed", "caught_up"]
    assert too_many[1]["gap"] is True
    assert too_many[2]["rev"] == 501
    await run(send, ana, duo, "live")
    assert (await peer.receive("message", content="live"))["rev"] == 502


async def test_who_misses_too_much_live_is_told_to_load_anew(
    ana: Any, bob: Any, duo: Conversation, crowd: Crowd
) -> None:
    single, multi = await crowd.join(bob, duo), await crowd.subscribe(bob, duo)
    with intercepted():
        await run(fill, duo, ana, 501)
        await hub().heart.check_heads()
        await quiet()

    await run(send, ana, duo, "live")
    for peer in (single, multi):
        assert (await peer.receive("reset"))["reason"] == "horizon"
        assert (await peer.receive("message"))["rev"] == 502
        assert len(peer.received("message")) == 1


async def test_a_cursor_ahead_of_the_database_is_of_another_life_of_it(
    ana: Any, bob: Any, duo: Conversation, crowd: Crowd
) -> None:
    await run(fill, duo, ana, 3)
    peer, single = await crowd.join(bob), await crowd.join(bob, duo, after=99)

    frames = await open_(peer, {"id": str(duo.pk), "after": 4})

    assert types(frames) == ["ack", "subscribed", "reset", "caught_up"]
    assert frames[2]["reason"] == "epoch"
    assert types(single.frames) == ["welcome", "subscribed", "reset", "caught_up"]
    await run(send, ana, duo, "live")
    for one in (peer, single):
        assert (await one.receive("message"))["rev"] == 4


async def test_subscribing_again_replays_from_the_new_cursor(
    ana: Any, bob: Any, duo: Conversation, crowd: Crowd
) -> None:
    await run(fill, duo, ana, 3)
    peer = await crowd.subscribe(bob, duo)

    for item, revs in (({"after": 0}, [1, 2, 3]), ({"after": 2}, [3]), ({}, [])):
        frames = await open_(peer, {"id": str(duo.pk), **item})
        assert [f["rev"] for f in frames if f["type"] == "message"] == revs
    await run(send, ana, duo, "live")
    await peer.settle()
    assert len(peer.received("message", content="live")) == 1


async def test_a_bad_one_in_the_list_harms_no_other(
    ana: Any,
    bob: Any,
    mallory: Any,
    duo: Conversation,
    crew: Conversation,
    crowd: Crowd,
) -> None:
    foreign = await run(direct, ana, mallory)
    unknown = str(uuid4())
    peer = await crowd.join(bob)

    frames = await open_(
        peer,
        {"id": str(foreign.pk)},
        {"id": str(duo.pk)},
        {"id": unknown, "after": 0},
        {"id": "rubbish"},
        {"id": 5},
        {},
        "rubbish",
        {"id": str(crew.pk), "after": -1},
        {"id": str(crew.pk), "after": 0},
    )

    live = [("subscribed", None), ("caught_up", None)]
    replayed = ("message", "conversation_updated")
    assert told([f for f in frames if f["type"] not in replayed]) == [
        ("ack", None),
        ("error", "not_found"),
        *live,
        ("error", "not_found"),
        ("error", "not_found"),
        *[("error", "invalid_payload")] * 4,
        *live,
    ]
    errors = [frame for frame in frames if frame["type"] == "error"]
    assert all(error["ref"] == "r" for error in errors)
    assert errors[0]["conversation_id"] == str(foreign.pk)
    # A stranger's and an unknown conversation are not to be told apart.
    first, second = ({**e, "conversation_id": ""} for e in errors[:2])
    assert first == second


@pytest.mark.parametrize("value", ["x", 5, {"id": "x"}, [{}] * 201])
async def test_a_list_that_is_none_is_refused(
    ana: Any, crowd: Crowd, value: Any
) -> None:
    peer = await crowd.join(ana)

    answer = await peer.ask("subscribe", conversations=value)

    assert (answer["code"], answer["field"]) == ("invalid_payload", "conversations")


async def test_twenty_conversations_are_open_at_once_and_no_more(
    ana: Any, crowd: Crowd
) -> None:
    def many() -> list[Conversation]:
        others = people(*(f"friend{n}" for n in range(SUBSCRIPTIONS_MAX + 2)))
        return [direct(ana, other) for other in others]

    chats = await run(many)
    peer = await crowd.join(ana)

    frames = await open_(peer, *({"id": str(chat.pk)} for chat in chats))

    assert types(frames).count("subscribed") == 20
    errors = [frame for frame in frames if frame["type"] == "error"]
    assert [error["conversation_id"] for error in errors] == [
        str(chat.pk) for chat in chats[20:]
    ]
    assert {error["code"] for error in errors} == {"too_many_subscriptions"}

    # One that is open may be opened again; one that was closed makes room.
    assert types(await open_(peer, {"id": str(chats[0].pk)}))[1] == "subscribed"
    await peer.ask("unsubscribe", conversations=[str(chats[0].pk)])
    assert types(await open_(peer, {"id": str(chats[20].pk)}))[1] == "subscribed"


async def test_unsubscribing_ends_the_frames(
    ana: Any, bob: Any, duo: Conversation, crew: Conversation, crowd: Crowd
) -> None:
    peer = await crowd.subscribe(bob, duo, crew)

    await peer.ask("unsubscribe", conversations=[str(duo.pk), "rubbish"])
    await run(send, ana, duo, "unheard")
    await run(send, ana, crew, "heard")

    assert (await peer.receive("message"))["content"] == "heard"
    await peer.settle()
    assert len(peer.received("message")) == 1


@pytest.mark.parametrize("value", [None, "x", [5], [["x"]], ["x" * 256]])
async def test_unsubscribing_from_what_is_no_list_is_refused(
    ana: Any, crowd: Crowd, value: Any
) -> None:
    peer = await crowd.join(ana)

    answer = await peer.ask("unsubscribe", conversations=value)

    assert (answer["code"], answer["field"]) == ("invalid_payload", "conversations")


async def test_a_dumb_client_resumes_with_the_largest_number_it_saw(
    ana: Any, bob: Any, duo: Conversation, crowd: Crowd
) -> None:
    texts: list[str] = []
    seen: set[str] = set()
    largest = 0
    for round_ in range(4):
        peer = await crowd.join(bob, duo, after=largest, subprotocols=[])
        await run(send, ana, duo, f"live {round_}")
        await peer.receive("message", content=f"live {round_}")
        for frame in peer.received("message"):
            largest = max(largest, frame["rev"])
            if frame["id"] not in seen:
                seen.add(frame["id"])
                texts.append(frame["content"])
        await peer.disconnect()
        await run(send, ana, duo, f"missed {round_}")

    assert (
        texts == [text for n in range(4) for text in (f"live {n}", f"missed {n}")][:-1]
    )


async def test_a_large_group_tells_how_far_a_hundred_have_read(
    ana: Any, crowd: Crowd
) -> None:
    large = await run(lambda: group(ana, *people(*(f"member{n}" for n in range(120)))))

    peer = await crowd.join(ana, large)

    assert len(peer.received("subscribed")[0]["members_read"]) == 100
    assert check_order(peer.frames, large) == large.rev
