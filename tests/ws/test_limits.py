"""How much a client may send, and what becomes of one that does not read."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from django_chat.exceptions import ChatError
from django_chat.feed.offer import FRAME_MAX
from django_chat.limits import check_rate
from django_chat.timeline.models import Conversation, Message
from django_chat.ws import heart
from django_chat.ws import socket as sockets
from django_chat.ws.hub import hub
from tests.factories import actor, fill, send
from tests.ws.clients import Crowd, Peer, run, types, until

pytestmark = [pytest.mark.asyncio]


def one_of(user: Any) -> Any:
    """Return the one socket of a user, as the hub sees it."""
    (socket,) = hub().people["", str(user.pk)]
    return socket


# Frames


async def test_frames_over_the_rate_are_refused_one_by_one(
    chat_settings: Any, ana: Any, crowd: Crowd
) -> None:
    chat_settings(FRAME_BURST=5, FRAME_RATE=0.1)
    peer = await crowd.join(ana)

    codes = [(await peer.ask("no_such_thing"))["code"] for _ in range(7)]

    assert codes == ["unknown_type"] * 5 + ["rate_limited"] * 2
    last = peer.frames[-1]
    assert last["temporary"] is True
    assert 0 < last["retry_after_ms"] <= 10_001


async def test_a_refused_frame_may_be_sent_again_later(
    chat_settings: Any, ana: Any, duo: Conversation, crowd: Crowd
) -> None:
    chat_settings(FRAME_BURST=1, FRAME_RATE=20.0)
    peer = await crowd.join(ana, duo)

    sent = 0
    while sent < 3:
        answer = await peer.ask("send_message", content="Hello", client_id=f"k{sent}")
        if answer["type"] == "ack":
            sent += 1
        else:
            assert answer["code"] == "rate_limited"
            assert answer["client_id"] == f"k{sent}"
            await asyncio.sleep(answer["retry_after_ms"] / 1000)

    assert await run(Message.objects.count) == 3


async def test_answering_pings_costs_nothing(
    chat_settings: Any, ana: Any, crowd: Crowd
) -> None:
    chat_settings(FRAME_BURST=1, FRAME_RATE=0.001)
    peer = await crowd.join(ana)

    for t in range(200):
        await peer.send("pong", t=t)

    await peer.settle()
    assert not peer.received("error")


async def test_who_goes_on_after_a_hundred_refusals_is_sent_away(
    chat_settings: Any, ana: Any, bob: Any, crowd: Crowd
) -> None:
    chat_settings(FRAME_BURST=1, FRAME_RATE=0.001)
    peer, neighbour = await crowd.join(ana), await crowd.join(bob)

    for _ in range(150):
        await peer.send("ping")

    assert await peer.closed() == 4008
    assert types(peer.frames).count("error") == 100 + 1
    assert peer.frames[-1]["code"] == "rate_limited"
    assert peer.frames[-1]["fatal"] is True
    await neighbour.settle()


async def test_the_buckets_of_two_sockets_are_two(
    chat_settings: Any, ana: Any, crowd: Crowd
) -> None:
    chat_settings(FRAME_BURST=3, FRAME_RATE=0.001)
    one, two = await crowd.join(ana), await crowd.join(ana)

    for _ in range(4):
        await one.ask("no_such_thing")

    assert (await two.ask("no_such_thing"))["code"] == "unknown_type"


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "5", '"x"', "null", "{}", '{"type": 5}', '{"type": null}', "NaN"],
)
async def test_rubbish_is_told_and_the_connection_stays(
    ana: Any, crowd: Crowd, text: str
) -> None:
    peer = await crowd.join(ana)

    await peer.send_text(text)

    error = await peer.receive("error")
    assert error["code"] == "invalid_payload"
    await peer.settle()


async def test_a_binary_frame_is_told_and_the_connection_stays(
    ana: Any, crowd: Crowd
) -> None:
    peer = await crowd.join(ana)

    await peer.send_bytes(b'{"type": "ping"}')

    assert (await peer.receive("error"))["code"] == "invalid_payload"
    await peer.settle()


async def test_who_sends_ten_times_rubbish_is_sent_away(ana: Any, crowd: Crowd) -> None:
    peer = await crowd.join(ana)

    for _ in range(9):
        await peer.send_text("{")
    await peer.settle()
    assert peer.close_code is None
    await peer.send_text("{")

    assert await peer.closed() == 4008


async def test_rubbish_of_an_hour_ago_is_forgotten(
    ana: Any, crowd: Crowd, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django_chat.ws import consumer

    monkeypatch.setattr(consumer, "_ABUSE_SECONDS", 0.0)
    peer = await crowd.join(ana)

    for _ in range(30):
        await peer.send_text("{")

    await peer.settle()
    assert len(peer.received("error")) == 30


async def test_a_frame_that_is_too_large_is_told_and_the_connection_stays(
    ana: Any, duo: Conversation, crowd: Crowd
) -> None:
    peer = await crowd.join(ana, duo)

    await peer.send("send_message", content="x" * FRAME_MAX)

    error = await peer.receive("error")
    assert (error["code"], error["detail"]) == ("frame_too_large", {"max": FRAME_MAX})
    assert (await peer.ask("send_message", content="small"))["type"] == "ack"


@pytest.mark.parametrize("letter", ["x", "é", "語", "🎉"])
@pytest.mark.parametrize("escaped", [True, False])
async def test_the_longest_message_fits_however_it_is_written(
    ana: Any, duo: Conversation, crowd: Crowd, letter: str, escaped: bool
) -> None:
    peer = await crowd.join(ana, duo)
    frame = {"type": "send_message", "content": letter * 10_000, "ref": "r"}

    await peer.send_text(json.dumps(frame, ensure_ascii=escaped))

    await peer.receive("ack", ref="r")
    assert peer.received("message")[0]["content"] == letter * 10_000


@pytest.mark.parametrize("content", ["\x00", "a\x00b", "\ud800", "a\udfffb"], ids=ascii)
async def test_text_that_cannot_be_stored_is_refused_by_its_name(
    ana: Any, duo: Conversation, crowd: Crowd, content: str
) -> None:
    # Without the names in the answer a client would send it again for ever.
    peer = await crowd.join(ana, duo)

    error = await peer.ask("send_message", content=content, client_id="k1")

    assert error["code"] == "invalid_payload"
    assert error["client_id"] == "k1"
    assert await run(Message.objects.count) == 0


# Sending


async def test_sending_is_limited_for_a_person_over_all_doors(
    chat_settings: Any, ana: Any, bob: Any, duo: Conversation, crowd: Crowd
) -> None:
    chat_settings(SEND_BURST=4, SEND_RATE=0.001)
    one, two = await crowd.join(ana, duo), await crowd.join(ana)
    other = await crowd.join(bob, duo)

    assert (await one.ask("send_message", content="1"))["type"] == "ack"
    in_duo = {"conversation_id": str(duo.pk), "content": "2"}
    assert (await two.ask("send_message", **in_duo))["type"] == "ack"
    check_rate("send", f"{actor(ana).tenant}:{ana.pk}")  # as the REST door asks
    assert (await one.ask("open_direct", user_id="@bob", content="4"))["type"] == "ack"

    for peer in (one, two):
        error = await peer.ask("send_message", **in_duo)
        assert (error["code"], error["temporary"]) == ("rate_limited", True)
    assert (await other.ask("send_message", content="5"))["type"] == "ack"


async def test_a_repeat_costs_as_much_as_the_first_time(
    chat_settings: Any, ana: Any, duo: Conversation, crowd: Crowd
) -> None:
    chat_settings(SEND_BURST=2, SEND_RATE=0.001)
    peer = await crowd.join(ana, duo)

    answers = [
        await peer.ask("send_message", content="Hello", client_id="k1")
        for _ in range(3)
    ]

    assert [a["type"] for a in answers] == ["ack", "ack", "error"]


# Readers


async def test_a_client_that_does_not_read_is_closed_and_no_neighbour_waits(
    ana: Any, bob: Any, cleo: Any, crew: Conversation, crowd: Crowd
) -> None:
    stuck, neighbour = await crowd.join(bob, crew), await crowd.join(cleo, crew)
    writer = await crowd.join(ana, crew)
    stuck.stop_reading()
    socket = one_of(bob)

    for _ in range(sockets.QUEUE_FRAMES // 200 + 1):
        await run(fill, crew, ana, 200)
        await writer.settle()

    assert await stuck.closed() == 4011
    await neighbour.settle()
    assert len(neighbour.received("message")) > sockets.QUEUE_FRAMES
    assert not socket._queue
    assert (await writer.ask("send_message", content="still here"))["type"] == "ack"


async def test_a_few_large_frames_fill_the_queue_as_well(
    ana: Any, bob: Any, duo: Conversation, crowd: Crowd
) -> None:
    stuck = await crowd.join(bob, duo)
    stuck.stop_reading()
    largest = 0

    for _ in range(120):
        await run(send, ana, duo, "x" * 10_000)
        if stuck.close_code is None:
            largest = max(largest, one_of(bob)._queued_chars)

    assert await stuck.closed() == 4011
    assert largest <= sockets.QUEUE_CHARS


async def test_who_reads_again_in_time_has_lost_nothing(
    ana: Any, bob: Any, duo: Conversation, crowd: Crowd
) -> None:
    slow = await crowd.join(bob, duo)
    slow.stop_reading()
    await run(fill, duo, ana, 400)
    assert slow.reading is not None
    slow.reading.set()

    await slow.receive("message", rev=400)

    revs = [frame["rev"] for frame in slow.received("message")]
    assert revs == list(range(1, 401))


async def test_where_servers_do_not_say_so_the_client_is_asked_whether_it_reads(
    ana: Any, bob: Any, duo: Conversation, crowd: Crowd, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sockets, "PONG_SECONDS", 1.0)
    monkeypatch.setattr(sockets, "FLOW_FRAMES", 20)
    silent, attentive = await crowd.join(bob, duo), await crowd.join(ana, duo)
    silent.answers_pings = False

    await run(fill, duo, ana, 20)

    assert await silent.closed() == 4011
    assert silent.received("ping")
    await attentive.settle()
    assert attentive.received("ping")
    assert attentive.close_code is None


async def test_a_dumb_client_is_not_asked(
    ana: Any, bob: Any, duo: Conversation, crowd: Crowd, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sockets, "PONG_SECONDS", 0.05)
    dumb = await crowd.join(bob, duo, subprotocols=[])
    one_of(bob).answers_pings = False  # the test's own way in offers the version
    dumb.answers_pings = False

    for _ in range(3):
        await run(fill, duo, ana, 500)
        await dumb.settle()

    assert len(dumb.received("message")) == 1500
    assert not dumb.received("ping")


async def test_who_leaves_two_pings_unanswered_is_sent_away(
    ana: Any, bob: Any, duo: Conversation, crowd: Crowd, chat_settings: Any
) -> None:
    chat_settings(PING_SECONDS=0.05)
    gone, there = await crowd.join(bob, duo), await crowd.join(ana, duo)
    gone.answers_pings = False
    answered = len(gone.received("ping"))

    assert await gone.closed() == 4012
    assert len(gone.received("ping")) - answered == 2
    await there.settle()
    assert there.close_code is None


async def test_whatever_a_client_says_is_a_sign_of_life(
    ana: Any, duo: Conversation, crowd: Crowd
) -> None:
    quiet_one = await crowd.join(ana, duo)
    quiet_one.answers_pings = False

    for _ in range(5):
        await hub().heart.beat()
        await quiet_one.send_text("{")
        await quiet_one.settle()

    assert quiet_one.close_code is None


async def test_a_client_that_never_learned_to_answer_is_left_alone(
    ana: Any, duo: Conversation, crowd: Crowd
) -> None:
    browser_like = Peer(ana, conversation=duo)
    crowd.everybody.append(browser_like)
    ticket = await run(browser_like._ticket)
    browser_like.scope["subprotocols"] = [f"ticket.{ticket}"]
    browser_like.answers_pings = False
    await browser_like.open()
    await browser_like.receive("caught_up")

    for _ in range(5):
        await hub().heart.beat()

    await browser_like.settle()
    assert browser_like.close_code is None

    # Once it has answered, it can be missed.
    await browser_like.send("pong", t=1)
    await browser_like.settle()
    for _ in range(3):
        await hub().heart.beat()
    assert await browser_like.closed() == 4012


async def test_the_error_is_written_before_the_close_however_slow_the_client(
    ana: Any, duo: Conversation, crowd: Crowd
) -> None:
    peer = await crowd.join(ana, duo)
    socket = one_of(ana)
    await until(lambda: socket._writing is None)
    peer.stop_reading()
    await peer.send("ping")
    await until(lambda: socket._writing is not None)
    from django_chat.exceptions import ChatError

    socket.fail(ChatError("not_authenticated"))
    await asyncio.sleep(0)
    assert peer.close_code is None
    assert peer.reading is not None
    peer.reading.set()

    assert await peer.closed() == 4001
    assert types(peer.frames)[-2:] == ["pong", "error"]


async def test_a_peer_that_is_gone_is_no_error(
    ana: Any, bob: Any, duo: Conversation, crowd: Crowd
) -> None:
    gone, there = await crowd.join(bob, duo), await crowd.join(ana, duo)

    async def broken(_: Any) -> None:
        raise ConnectionResetError

    one_of(bob)._send = broken
    for _ in range(3):
        await there.ask("send_message", content="Hello")

    assert len(there.received("message")) == 3
    await gone.disconnect()


@pytest.mark.parametrize("how", ["fails", "hangs"])
async def test_clients_are_pinged_while_the_database_is_away(
    ana: Any,
    duo: Conversation,
    crowd: Crowd,
    monkeypatch: pytest.MonkeyPatch,
    how: str,
) -> None:
    peer = await crowd.join(ana, duo)

    async def look(*_: Any) -> None:
        if how == "hangs":
            await asyncio.Event().wait()
        raise ChatError("overloaded")

    monkeypatch.setattr(heart, "_LOOK_SECONDS", 0.05)
    monkeypatch.setattr(heart.Heart, "_look_around", look)
    await hub().heart.beat()

    await peer.receive("ping")
    assert peer.close_code is None
