"""Sends that come together are stored together, and none of them suffers for it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from typing import Any

import pytest
from django.db import OperationalError

from django_chat.exceptions import ChatError
from django_chat.messages.drafts import Draft
from django_chat.messages.sending import Outcome
from django_chat.timeline.models import Conversation, Message
from django_chat.ws import collector as collectors
from django_chat.ws.collector import BATCH_MAX, Collector
from tests.factories import direct, draft, people, send
from tests.ws.clients import Crowd, run

pytestmark = [pytest.mark.asyncio]


class Store:
    """The send path, watched, and held up where the test says so."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.real = collectors.send_messages
        self.batches: list[list[str]] = []
        self.slow: set[Any] = set()
        self.started, self.opened = threading.Event(), threading.Event()
        self.second_began = threading.Event()
        monkeypatch.setattr(collectors, "send_messages", self)

    def __call__(self, drafts: Sequence[Draft]) -> Any:
        self.batches.append([one.content for one in drafts])
        self.started.set()
        if len(self.batches) == 2:
            self.second_began.set()
        if self.slow & {one.conversation_id for one in drafts}:
            assert self.opened.wait(10)
        return self.real(drafts)

    async def first_batch(self) -> None:
        """Wait until a batch is on its way."""
        assert await asyncio.to_thread(self.started.wait, 10)

    def hold(self, conversation: Conversation) -> None:
        """Let sends to a conversation wait, as for a lock that somebody holds."""
        self.slow.add(conversation.pk)

    async def held(self, collector: Collector, one: Draft) -> asyncio.Task[Outcome]:
        """Send a draft, and return while it is being stored and held up."""
        self.slow.add(one.conversation_id)
        sending = await queued(collector, one)
        await self.first_batch()
        return sending


async def queued(collector: Collector, one: Draft) -> asyncio.Task[Outcome]:
    """Send a draft, and return once the collector has it."""
    has_it = asyncio.Event()

    async def send() -> Outcome:
        # Who waits for this goes on after the next step, and that hands the draft over.
        has_it.set()
        return await collector.send(one)

    sending = asyncio.create_task(send())
    await has_it.wait()
    return sending


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Store:
    return Store(monkeypatch)


@pytest.fixture
def chats(ana: Any) -> list[Conversation]:
    return [direct(ana, other) for other in people("b", "c", "d", "e")]


async def test_one_alone_waits_for_nobody(
    ana: Any, duo: Conversation, store: Store
) -> None:
    collector = Collector()

    sent = await collector.send(draft(ana, duo, "alone"))

    assert store.batches == [["alone"]]
    assert not isinstance(sent, ChatError)
    assert sent.seq == 1


async def test_those_that_come_meanwhile_share_the_next_batch(
    ana: Any, bob: Any, chats: list[Conversation], duo: Conversation, store: Store
) -> None:
    collector = Collector()
    first = await store.held(collector, draft(ana, duo, "first"))
    others = [
        await queued(collector, draft(ana, chat, f"{number}"))
        for number, chat in enumerate(chats)
    ]
    store.opened.set()

    outcomes = await asyncio.gather(first, *others)

    assert store.batches == [["first"], ["0", "1", "2", "3"]]
    assert all(not isinstance(one, ChatError) for one in outcomes)


async def test_the_next_batch_does_not_wait_for_a_busy_loop(
    ana: Any, chats: list[Conversation], duo: Conversation, store: Store
) -> None:
    collector = Collector()
    first = await store.held(collector, draft(ana, duo, "first"))
    second = await queued(collector, draft(ana, chats[0], "second"))

    store.opened.set()
    # Nothing is awaited here: the loop stands still, as while it delivers to thousands.
    assert store.second_began.wait(10)

    assert not first.done()
    outcomes = await asyncio.gather(first, second)
    assert all(not isinstance(one, ChatError) for one in outcomes)


async def test_what_fails_in_one_batch_is_told_and_the_next_goes_on(
    ana: Any, chats: list[Conversation], duo: Conversation, store: Store
) -> None:
    collector = Collector()
    real = store.real

    def fail_for_duo(drafts: Sequence[Draft]) -> Any:
        if any(one.conversation_id == duo.pk for one in drafts):
            raise OperationalError("the database went away")
        return real(drafts)

    store.real = fail_for_duo
    first = await store.held(collector, draft(ana, duo, "first"))
    second = await queued(collector, draft(ana, chats[0], "second"))
    store.opened.set()

    refused = await first
    assert isinstance(refused, ChatError)
    assert refused.code == "overloaded"
    assert not isinstance(await second, ChatError)


async def test_many_at_once_are_stored_in_the_order_of_each_conversation(
    ana: Any, chats: list[Conversation], store: Store
) -> None:
    collector = Collector()
    drafts = [draft(ana, chats[n % 4], str(n)) for n in range(3 * BATCH_MAX)]

    outcomes = await asyncio.gather(*map(collector.send, drafts))

    assert all(not isinstance(one, ChatError) for one in outcomes)
    assert max(map(len, store.batches)) <= BATCH_MAX
    assert len(store.batches) <= 6
    for place, chat in enumerate(chats):
        rows = Message.objects.filter(conversation=chat).order_by("seq")
        contents = await run(list, rows.values_list("content", flat=True))
        assert contents == [str(n) for n in range(place, 3 * BATCH_MAX, 4)]


async def test_a_slow_conversation_does_not_stop_the_others(
    ana: Any, duo: Conversation, chats: list[Conversation], store: Store
) -> None:
    collector = Collector()
    store.hold(duo)
    stuck = [
        asyncio.ensure_future(collector.send(draft(ana, duo, f"stuck {n}")))
        for n in range(3)
    ]
    await store.first_batch()

    free = [await collector.send(draft(ana, chat, "free")) for chat in chats]

    assert all(not isinstance(one, ChatError) for one in free)
    assert not any(task.done() for task in stuck)
    store.opened.set()
    seqs = [(await task).seq for task in stuck]  # type: ignore[union-attr]
    assert seqs == [1, 2, 3]


async def test_order_holds_while_a_conversation_is_slow(
    ana: Any, duo: Conversation, chats: list[Conversation], store: Store
) -> None:
    collector = Collector()
    drafts = [draft(ana, duo, f"duo {n}") for n in range(6)]
    first = await store.held(collector, drafts[0])
    # These come while the conversation is under way, with free ones in between.
    later = []
    for one in drafts[1:]:
        later.append(asyncio.ensure_future(collector.send(one)))
        await collector.send(draft(ana, chats[0], "free"))
    store.opened.set()

    await asyncio.gather(first, *later)

    rows = Message.objects.filter(conversation=duo).order_by("seq")
    contents = await run(list, rows.values_list("content", flat=True))
    assert contents == [f"duo {n}" for n in range(6)]


async def test_each_gets_the_error_that_is_his(
    ana: Any, bob: Any, mallory: Any, duo: Conversation, store: Store
) -> None:
    collector = Collector()
    drafts = [
        draft(ana, duo, "good", client_id="k1"),
        draft(mallory, duo, "a stranger's"),
        draft(bob, duo, " "),
        draft(bob, duo, "x" * 10_001),
        draft(ana, duo, "other words", client_id="k1"),
        draft(bob, duo, "good too"),
    ]

    outcomes = await asyncio.gather(*map(collector.send, drafts))

    codes = [one.code if isinstance(one, ChatError) else one.seq for one in outcomes]
    assert codes == [
        *(1, "not_found", "empty_message", "too_long", "idempotency_conflict", 2),
    ]
    assert len(store.batches) == 1


async def test_a_database_that_fails_is_told_to_each_and_nothing_is_lost_on_resending(
    ana: Any, bob: Any, duo: Conversation, crowd: Crowd, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: Sequence[Draft]) -> Any:
        raise OperationalError("the server closed the connection unexpectedly")

    one, two = await crowd.join(ana, duo), await crowd.join(bob, duo)
    with monkeypatch.context() as patch:
        patch.setattr(collectors, "send_messages", fail)
        answers = await asyncio.gather(
            one.ask("send_message", content="from ana", client_id="a"),
            two.ask("send_message", content="from bob", client_id="b"),
        )
    for answer in answers:
        assert (answer["code"], answer["temporary"]) == ("overloaded", True)
        assert answer["retry_after_ms"] > 0

    again = await asyncio.gather(
        one.ask("send_message", content="from ana", client_id="a"),
        two.ask("send_message", content="from bob", client_id="b"),
    )

    assert [answer["type"] for answer in again] == ["ack", "ack"]
    assert await run(Message.objects.filter(conversation=duo).count) == 2


async def test_a_commit_whose_answer_was_lost_is_told_as_a_repeat(
    ana: Any, bob: Any, duo: Conversation, crowd: Crowd, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = collectors.send_messages

    def stored_but_unanswered(drafts: Sequence[Draft]) -> Any:
        real(drafts)
        raise OperationalError("the connection broke after the commit")

    one, two = await crowd.join(ana, duo), await crowd.join(bob, duo)
    with monkeypatch.context() as patch:
        patch.setattr(collectors, "send_messages", stored_but_unanswered)
        first = await one.ask("send_message", content="Hello", client_id="k1")
    again = await one.ask("send_message", content="Hello", client_id="k1")

    assert first["code"] == "overloaded"
    assert again["duplicate"] is True
    await two.settle()
    assert len(two.received("message")) == 1


async def test_an_error_that_nobody_expected_harms_only_its_batch(
    ana: Any,
    bob: Any,
    duo: Conversation,
    crowd: Crowd,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fail(_: Sequence[Draft]) -> Any:
        raise ZeroDivisionError

    peer = await crowd.join(ana, duo)
    with monkeypatch.context() as patch:
        patch.setattr(collectors, "send_messages", fail)
        error = await peer.ask("send_message", content="Hello", client_id="k1")
    assert error["code"] == "server_error"
    assert "ZeroDivision" not in str(error)
    assert len([record for record in caplog.records if record.exc_info]) == 1
    caplog.clear()

    assert (await peer.ask("send_message", content="Hello"))["type"] == "ack"


async def test_who_leaves_while_his_message_is_on_its_way_has_sent_it(
    ana: Any, bob: Any, duo: Conversation, crowd: Crowd, store: Store
) -> None:
    leaver, other = await crowd.join(ana, duo), await crowd.join(bob, duo)
    store.hold(duo)
    await leaver.send("send_message", content="on my way out")
    await store.first_batch()

    leaving = asyncio.ensure_future(leaver.disconnect())
    await asyncio.sleep(0)
    store.opened.set()
    await leaving

    assert (await other.receive("message"))["content"] == "on my way out"
    await run(send, bob, duo)
