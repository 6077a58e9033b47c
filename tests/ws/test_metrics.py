"""What sockets leave in the metrics."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from prometheus_client import REGISTRY

from django_chat.exceptions import REGISTRY as ERRORS
from django_chat.timeline.models import Conversation
from django_chat.ws import room as rooms
from django_chat.ws.hub import hub
from tests.counting import counted, growth
from tests.factories import fill, send
from tests.ws.clients import Crowd, quiet, run, until
from tests.ws.post import intercepted

pytestmark = [pytest.mark.asyncio]


# Connections


async def test_a_connection_is_counted_from_its_welcome_to_its_end(
    ana: Any, bob: Any, duo: Conversation, crowd: Crowd
) -> None:
    opened, is_open = growth("connections_opened_total"), growth("connections_open")
    closed = growth("connections_closed_total", code="1000")

    everything, one = await crowd.join(ana), await crowd.join(bob, duo)
    assert (opened(), is_open(), closed()) == (2, 2, 0)
    await everything.disconnect()
    await one.disconnect()

    assert (opened(), is_open(), closed()) == (2, 0, 2)


async def test_a_close_of_ours_is_counted_by_our_code(
    ana: Any, duo: Conversation, crowd: Crowd
) -> None:
    closed, is_open = (
        growth("connections_closed_total", code="4008"),
        growth("connections_open"),
    )
    peer = await crowd.join(ana, duo)
    for _ in range(10):
        await peer.send_text("{")
    assert await peer.closed() == 4008
    await peer.disconnect()

    assert (closed(), is_open()) == (1, 0)


@pytest.mark.parametrize("code", [3000, 4999, 17])
async def test_numbers_that_clients_make_up_are_one_series(
    ana: Any, crowd: Crowd, code: int
) -> None:
    other = growth("connections_closed_total", code="other")
    peer = await crowd.join(ana)
    await peer.disconnect(code)

    assert other() == 1
    assert (
        REGISTRY.get_sample_value(
            "django_chat_connections_closed_total", {"code": str(code)}
        )
        is None
    )


async def test_who_is_turned_away_is_counted_by_the_reason(
    chat_settings: Any, ana: Any, mallory: Any, duo: Conversation, crowd: Crowd
) -> None:
    chat_settings(MAX_CONNECTIONS_PER_USER=1)
    codes = ("not_authenticated", "not_participant", "too_many_connections")
    refused = {code: growth("connections_refused_total", code=code) for code in codes}
    opened, is_open = growth("connections_opened_total"), growth("connections_open")

    nobody = await crowd.dial()
    assert await nobody.closed() == 4001
    with pytest.raises(AssertionError, match="welcome"):
        await crowd.join(mallory, duo)
    await crowd.join(ana)
    with pytest.raises(AssertionError, match="welcome"):
        await crowd.join(ana)
    for one in crowd.everybody:
        await one.disconnect()

    assert {code: by() for code, by in refused.items()} == dict.fromkeys(codes, 1)
    assert (opened(), is_open()) == (1, 0)


# Delivery


async def test_a_fan_out_is_counted_by_the_sockets_that_it_reached(
    ana: Any, bob: Any, cleo: Any, crew: Conversation, crowd: Crowd
) -> None:
    writer = await crowd.join(ana, crew)
    readers = [await crowd.join(bob, crew), await crowd.subscribe(cleo, crew)]
    sent, timed = growth("deliveries_total"), growth("delivery_seconds_count")
    seconds = growth("delivery_seconds_sum")

    await writer.send("typing", is_typing=True)
    for reader in readers:
        await reader.receive("typing")

    # Whoever types is not told.
    assert (sent(), timed()) == (2, 1)
    assert 0 <= seconds() < 10


async def test_a_message_is_counted_once_and_every_delivery_of_it(
    ana: Any, bob: Any, duo: Conversation, crowd: Crowd
) -> None:
    writer, reader = await crowd.join(ana, duo), await crowd.join(bob, duo)
    stored = growth("sends_total", result="stored")
    refused = growth("sends_total", result="empty_message")
    sent, timed = growth("deliveries_total"), growth("delivery_seconds_count")

    await writer.ask("send_message", content="Hello")
    await writer.ask("send_message", content="")
    await reader.receive("message")
    await writer.receive("message")

    assert (stored(), refused(), sent(), timed()) == (1, 1, 2, 1)


# What was missed


async def test_a_hole_that_fills_itself_is_counted(
    ana: Any, bob: Any, duo: Conversation, crowd: Crowd
) -> None:
    by = {name: growth("gaps_healed_total", by=name) for name in ("waiting", "replay")}
    peer = await crowd.join(ana, duo)
    with intercepted() as post:
        await run(fill, duo, bob, 3)
        first, second, third = post.durable
        post.deliver([third, second])
        post.deliver([first])
    await peer.receive("message", content="3")

    assert (by["waiting"](), by["replay"]()) == (1, 0)


async def test_a_hole_that_the_database_fills_is_counted(
    ana: Any, bob: Any, duo: Conversation, crowd: Crowd
) -> None:
    by = {name: growth("gaps_healed_total", by=name) for name in ("waiting", "replay")}
    timed = growth("delivery_seconds_count")
    peer = await crowd.join(ana, duo)
    with intercepted() as post:
        await run(fill, duo, bob, 3)
        post.lose()
    await hub().heart.check_heads()
    await peer.receive("message", content="3")
    await quiet()

    assert (by["waiting"](), by["replay"]()) == (0, 1)
    # What is read again was published by nobody, and tells nothing of delays.
    assert timed() == 0


async def test_a_hole_that_is_too_large_is_counted(
    ana: Any, bob: Any, duo: Conversation, crowd: Crowd, monkeypatch: pytest.MonkeyPatch
) -> None:
    reset = growth("gaps_healed_total", by="reset")
    monkeypatch.setattr(rooms, "GAP", 2)
    peer = await crowd.join(ana, duo)
    with intercepted() as post:
        await run(fill, duo, bob, 3)
        post.lose()
    await hub().heart.check_heads()
    await peer.receive("reset")

    assert reset() == 1


async def test_who_comes_back_is_counted_by_what_he_missed(
    ana: Any, bob: Any, duo: Conversation, crowd: Crowd
) -> None:
    missed = {
        name: growth("resumes_total", missed=name)
        for name in ("nothing", "some", "too_much")
    }
    await run(send, bob, duo, "Hello")
    await run(duo.refresh_from_db)

    await crowd.join(ana, duo)
    await crowd.join(ana, duo, after=duo.rev)
    await crowd.join(ana, duo, after=duo.rev - 1)
    await crowd.join(ana, duo, after=duo.rev + 5)

    assert {name: by() for name, by in missed.items()} == {
        "nothing": 1,
        "some": 1,
        "too_much": 1,
    }


# Queues and rates


async def test_what_waits_for_a_slow_reader_can_be_seen_and_is_gone_with_him(
    ana: Any, bob: Any, duo: Conversation, crowd: Crowd
) -> None:
    slow, quick = await crowd.join(bob, duo), await crowd.join(ana, duo)
    slow.stop_reading()
    await run(fill, duo, ana, 50)
    await quick.receive("message", content="50")

    await hub().heart.measure_queues()
    assert counted("write_queue_longest_frames") >= 49
    assert counted("write_queue_frames") == counted("write_queue_longest_frames")
    assert slow.reading is not None
    slow.reading.set()
    await slow.receive("message", content="50")
    await crowd.close()

    assert counted("write_queue_frames") == counted("write_queue_longest_frames") == 0


async def test_events_that_wait_for_their_turn_can_be_seen(
    ana: Any, bob: Any, duo: Conversation, crowd: Crowd
) -> None:
    peer = await crowd.join(ana, duo)
    with intercepted() as post:
        await run(fill, duo, bob, 3)
        post.deliver(post.durable[1:])
        await hub().heart.measure_queues()
        assert counted("events_held_back") == 2
    await peer.receive("message", content="3")
    await quiet()
    await hub().heart.measure_queues()

    assert counted("events_held_back") == 0


async def test_queues_are_measured_by_the_clock(
    chat_settings: Any, ana: Any, duo: Conversation, crowd: Crowd
) -> None:
    chat_settings(HEAD_CHECK_SECONDS=0.01)
    slow = await crowd.join(ana, duo)
    slow.stop_reading()
    await run(fill, duo, ana, 5)

    await until(lambda: counted("write_queue_frames") >= 4)


async def test_refused_frames_are_counted(
    chat_settings: Any, ana: Any, crowd: Crowd
) -> None:
    chat_settings(FRAME_BURST=1, FRAME_RATE=0.001)
    limited = growth("rate_limited_total", action="frame")
    peer = await crowd.join(ana)

    await asyncio.gather(*[peer.ask("no_such_thing") for _ in range(4)])

    assert limited() == 3


async def test_no_series_names_a_person_or_a_conversation(
    ana: Any, bob: Any, duo: Conversation, crowd: Crowd
) -> None:
    writer = await crowd.join(ana, duo)
    await crowd.subscribe(bob, duo)
    await writer.ask("send_message", content="Hello")
    await crowd.close()

    values = {
        value
        for metric in REGISTRY.collect()
        if metric.name.startswith("django_chat_")
        for sample in metric.samples
        for name, value in sample.labels.items()
        if name != "le"
    }
    words = "left other nothing some too_much news waiting replay reset stored repeat"
    words += " failed full send request frame"
    others = values - set(words.split()) - set(ERRORS)
    assert "stored" in values
    assert "1000" in others
    assert all(len(value) == 4 and value.isdigit() for value in others)
