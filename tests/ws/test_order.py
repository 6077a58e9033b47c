"""Whatever gets lost on the way, every socket hears every change once and in order."""

from __future__ import annotations

import asyncio
import random
import threading
from typing import Any

import pytest

from django_chat.exceptions import ChatError
from django_chat.feed.history import history_page
from django_chat.groups.services.members import add_members, leave, remove_member
from django_chat.groups.services.settings import (
    delete_conversation,
    update_conversation,
)
from django_chat.messages import services as messages
from django_chat.people.models import Block
from django_chat.people.services import block_user
from django_chat.presence.services import show_typing
from django_chat.realtime.bus import bus
from django_chat.receipts.services import mark_read
from django_chat.testing import ChatClient
from django_chat.timeline.models import Conversation
from django_chat.ws import room as rooms
from django_chat.ws.hub import hub
from tests.factories import actor, fill, person, send
from tests.ws.clients import Crowd, quiet, run, types
from tests.ws.post import DURABLE, check_order, intercepted

pytestmark = [pytest.mark.asyncio]


def many_changes(owner: Any, other: Any, conversation: Any) -> None:
    """Change a conversation in every way that takes a number, a dozen times."""
    first = send(owner, conversation, "one")
    second = send(other, conversation, "two")
    messages.edit_message(actor=actor(owner), message_id=first.pk, content="first")
    messages.react(actor=actor(other), message_id=first.pk, emoji="👍", op="add")
    update_conversation(
        actor=actor(owner), conversation_id=conversation.pk, title="Other"
    )
    third = send(owner, conversation, "three", reply_to=second.pk)
    messages.delete_message(actor=actor(other), message_id=second.pk)
    messages.react(actor=actor(other), message_id=first.pk, emoji="👍", op="remove")
    messages.edit_message(actor=actor(owner), message_id=third.pk, content="third")
    send(other, conversation, "four")


def contents(frames: list[dict[str, Any]]) -> dict[str, Any]:
    """Return what a client that upserts by id and number has in the end."""
    known: dict[str, dict[str, Any]] = {}
    for frame in frames:
        if frame["type"] not in ("message", "message_updated"):
            continue
        if frame["rev"] > known.get(frame["id"], {"rev": 0})["rev"]:
            known[frame["id"]] = frame
    return {
        key: (frame["seq"], frame["rev"], frame["content"], len(frame["reactions"]))
        for key, frame in known.items()
    }


def stored(user: Any, conversation: Any) -> dict[str, Any]:
    """Return the same of what history says."""
    page = history_page(actor=actor(user), conversation_id=conversation.pk, limit=100)
    return {
        row["id"]: (row["seq"], row["rev"], row["content"], len(row["reactions"]))
        for row in page.results
    }


@pytest.mark.parametrize("seed", range(12))
async def test_events_lost_doubled_and_shuffled_arrive_in_order(
    ana: Any, bob: Any, crew: Conversation, crowd: Crowd, seed: int
) -> None:
    chance = random.Random(seed)
    single, multi = await crowd.join(ana, crew), await crowd.subscribe(bob, crew)
    with intercepted() as post:
        await run(many_changes, ana, bob, crew)
        bag = [event for event in post for _ in range(chance.choice([0, 1, 1, 2]))]
        chance.shuffle(bag)
        for event in bag:
            post.deliver([event])
            if chance.random() < 0.2:
                await asyncio.sleep(0)
    await quiet()
    await hub().heart.check_heads()
    await quiet()

    await run(crew.refresh_from_db)
    for peer in (single, multi):
        frames = await peer.settle()
        assert check_order(frames, crew) == crew.rev
        # "The group was made" is older than the connection.
        wanted = await run(stored, peer.user, crew)
        assert contents(frames).items() <= wanted.items()
        assert len(wanted) - len(contents(frames)) == 1


async def test_events_in_order_are_delivered_without_asking_the_database(
    ana: Any, bob: Any, duo: Conversation, crowd: Crowd, monkeypatch: pytest.MonkeyPatch
) -> None:
    peer = await crowd.join(ana, duo)
    with intercepted() as post:
        await run(fill, duo, bob, 5)
        monkeypatch.setattr(rooms.Room, "_work", None)  # whoever asks, fails

        post.deliver()

    await peer.settle()
    assert [frame["rev"] for frame in peer.received("message")] == [1, 2, 3, 4, 5]
    assert len(peer.received("caught_up")) == 1


async def test_events_slightly_out_of_order_are_put_in_order_and_not_read_again(
    ana: Any, bob: Any, duo: Conversation, crowd: Crowd, monkeypatch: pytest.MonkeyPatch
) -> None:
    peer = await crowd.join(ana, duo)
    with intercepted() as post:
        await run(fill, duo, bob, 5)
        monkeypatch.setattr(rooms.Room, "_work", None)

        one, two, three, four, five = post.durable
        post.deliver([two, one, five, four, three])

    await peer.settle()
    assert [frame["rev"] for frame in peer.received("message")] == [1, 2, 3, 4, 5]
    await quiet()


async def test_an_event_that_came_early_waits_for_the_lost_one(
    ana: Any, bob: Any, duo: Conversation, crowd: Crowd
) -> None:
    peer = await crowd.join(ana, duo)
    with intercepted() as post:
        await run(fill, duo, bob, 3)
        one, _, three = post.durable
        post.deliver([one, three])

    await peer.receive("message", rev=1)
    await peer.settle()
    assert not peer.received("message", rev=3)
    await peer.receive("message", rev=2)
    await peer.receive("message", rev=3)
    assert (await peer.receive("caught_up"))["rev"] == 3


async def test_a_lost_message_is_found_by_the_head_check(
    ana: Any, bob: Any, duo: Conversation, crowd: Crowd, chat_settings: Any
) -> None:
    chat_settings(HEAD_CHECK_SECONDS=0.05)
    single, multi = await crowd.join(ana, duo), await crowd.subscribe(ana, duo)

    with intercepted():
        sent = await run(send, bob, duo, "lost")

        for peer in (single, multi):
            assert (await peer.receive("message"))["id"] == str(sent.pk)
            assert (await peer.receive("caught_up"))["rev"] == sent.rev


async def test_a_lost_message_is_found_for_the_list_too(
    ana: Any, bob: Any, duo: Conversation, crowd: Crowd
) -> None:
    await run(send, bob, duo)
    phone = await crowd.join(ana)

    with intercepted():
        await run(send, bob, duo, "lost")
        await hub().heart.check_heads()

    assert (await phone.receive("inbox"))["last_message"]["excerpt"] == "lost"


async def test_a_lost_change_of_members_or_title_is_found(
    ana: Any, bob: Any, crew: Conversation, crowd: Crowd
) -> None:
    peer = await crowd.join(bob, crew)

    with intercepted():
        await run(
            update_conversation,
            actor=actor(ana),
            conversation_id=crew.pk,
            title="Elsewhere",
        )
        await hub().heart.check_heads()
        changed = await peer.receive("conversation_updated")

    assert changed["changes"]["title"] == "Elsewhere"
    assert changed["members_changed"] is True
    check_order(peer.frames, crew)


async def test_a_conversation_that_is_gone_closes_its_sockets(
    ana: Any, bob: Any, crew: Conversation, crowd: Crowd
) -> None:
    single, multi = await crowd.join(bob, crew), await crowd.subscribe(bob, crew)

    with intercepted():
        await run(delete_conversation, actor=actor(ana), conversation_id=crew.pk)
        await hub().heart.check_heads()

    assert await single.closed() == 4003
    assert (await multi.receive("unsubscribed"))["reason"] == "closed"
    assert not hub().rooms


# Who is out hears nothing that came after


async def gets_out(peer: Any, crew: Conversation) -> None:
    """Wait until a connection is told that its member is out."""
    if peer.scope["path"] == "/ws/chat/":
        left = await peer.receive("unsubscribed", conversation_id=str(crew.pk))
        assert left["reason"] == "removed"
    else:
        assert await peer.closed() == 4003
        assert peer.frames[-1]["code"] == "not_participant"


@pytest.mark.parametrize("how", ["removed", "left"])
@pytest.mark.parametrize("single", [True, False])
async def test_who_is_out_hears_of_it_and_nothing_after(
    ana: Any, bob: Any, crew: Conversation, crowd: Crowd, how: str, single: bool
) -> None:
    peer = await (crowd.join(bob, crew) if single else crowd.subscribe(bob, crew))
    args: dict[str, Any] = {"conversation_id": crew.pk}
    if how == "left":
        await run(leave, actor=actor(bob), **args)
    else:
        await run(remove_member, actor=actor(ana), user_id=str(bob.pk), **args)
    await run(send, ana, crew, "about bob")

    await gets_out(peer, crew)
    await quiet()
    assert not peer.received("message")


@pytest.mark.parametrize("single", [True, False])
@pytest.mark.parametrize("news", ["message", "typing", "read", "head check"])
async def test_even_when_the_news_of_the_removal_is_lost(
    ana: Any, bob: Any, crew: Conversation, crowd: Crowd, single: bool, news: str
) -> None:
    await run(fill, crew, ana, 1)
    peer = await (crowd.join(bob, crew) if single else crowd.subscribe(bob, crew))
    before = len(peer.frames)
    with intercepted() as post:
        await run(
            remove_member,
            actor=actor(ana),
            conversation_id=crew.pk,
            user_id=str(bob.pk),
        )
        post.lose()
        match news:
            case "message":
                await run(send, ana, crew, "about bob")
            case "typing":
                args = {"conversation_id": crew.pk, "is_typing": True}
                await run(show_typing, actor=actor(ana), **args)
            case "read":
                # Cleo reads: nothing durable, so no number betrays the loss.
                cleo = await run(crew.participants.get, user__username="cleo")
                user = await run(lambda: cleo.user)
                await run(mark_read, actor=actor(user), conversation_id=crew.pk)
            case "head check":
                await hub().heart.check_heads()
        post.deliver()
        await quiet()

    await gets_out(peer, crew)
    kinds = types(peer.frames[before:])
    assert kinds == ["error" if single else "unsubscribed"]


async def test_who_was_out_for_a_while_is_not_told_what_was_said_meanwhile(
    ana: Any, bob: Any, crew: Conversation, crowd: Crowd
) -> None:
    single, multi = await crowd.join(bob, crew), await crowd.subscribe(bob, crew)
    hinted = await crowd.join(bob)
    with intercepted() as post:
        args = {"actor": actor(ana), "conversation_id": crew.pk}
        await run(remove_member, **args, user_id=str(bob.pk))
        secret = await run(send, ana, crew, "a secret")
        added = await run(add_members, **args, users=[bob])
        post.lose()
        await run(send, ana, crew, "welcome back")
        post.deliver()
        await quiet()

    for peer in (single, multi):
        await peer.receive("message", content="welcome back")
        assert peer.received("skip", rev=secret.rev)
        assert check_order(await peer.settle(), crew) == added.rev + 1
    await hinted.receive("inbox", seq=secret.seq + 2)
    for peer in (single, multi, hinted):
        assert "a secret" not in str(await peer.settle())


async def test_what_was_deleted_for_oneself_stays_away_when_it_changes(
    ana: Any, bob: Any, duo: Conversation, crowd: Crowd
) -> None:
    from django_chat.groups.services.settings import hide_conversation

    old = await run(send, ana, duo, "old")
    await run(hide_conversation, actor=actor(bob), conversation_id=duo.pk)
    peer = await crowd.join(bob, duo)

    await run(
        messages.edit_message, actor=actor(ana), message_id=old.pk, content="still"
    )

    await peer.receive("skip")
    assert "still" not in str(peer.frames)


async def test_a_block_whose_news_is_lost_is_found_by_the_heartbeat(
    ana: Any, bob: Any, cleo: Any, duo: Conversation, crew: Conversation, crowd: Crowd
) -> None:
    blocked = await crowd.join(ana, duo)
    blocker = await crowd.subscribe(bob, duo, crew)
    await hub().heart.beat()

    with intercepted():
        await run(block_user, actor=actor(bob), target=ana)
        await hub().heart.beat()
        await quiet()

    assert await blocked.closed() == 4003
    assert blocked.frames[-1]["code"] == "unavailable"
    assert (await blocker.receive("unsubscribed"))["reason"] == "unavailable"
    await run(send, ana, crew, "do you hear me?")
    assert (await blocker.receive("message"))["content"] == ""


async def test_a_block_made_before_the_first_heartbeat_is_found_too(
    ana: Any, bob: Any, duo: Conversation, crowd: Crowd
) -> None:
    blocked = await crowd.join(ana, duo)

    with intercepted():
        await run(block_user, actor=actor(bob), target=ana)
        await hub().heart.beat()
        await quiet()

    assert await blocked.closed() == 4003
    assert await run(Block.objects.count) == 1


# Two processes


async def test_a_process_that_hears_nothing_stays_exact_by_looking(
    ana: Any, bob: Any, crew: Conversation, crowd: Crowd, chat_settings: Any
) -> None:
    chat_settings(HEAD_CHECK_SECONDS=0.05, SEND_BURST=100)
    ready, frames = threading.Event(), []

    async def elsewhere() -> None:
        """Be another process: with its own loop and hub, and deaf."""
        async with ChatClient(bob, conversation=crew) as other:
            bus.detach(asyncio.get_running_loop())
            await other.receive("caught_up")
            ready.set()
            await other.receive("message", content="the end")
            await other.receive("caught_up")
            frames.extend(other.frames)

    task = asyncio.ensure_future(asyncio.to_thread(asyncio.run, elsewhere()))
    await asyncio.to_thread(ready.wait, 10)
    here = await crowd.join(ana, crew)
    for number in range(20):
        await here.ask("send_message", content=f"message {number}")
        if number % 5 == 0:
            first = here.received("message")[0]["id"]
            await here.ask("react", message_id=first, emoji="👍🎉🔥💯"[number // 5])
    await here.ask("send_message", content="the end")
    await task

    assert check_order(frames, crew) == check_order(here.frames, crew)
    ids = [frame["id"] for frame in here.received("message")]
    theirs = {f["id"]: f["rev"] for f in frames if f["type"] in DURABLE and "id" in f}
    assert set(theirs) == set(ids)


# Between reading and hearing


class Gate:
    """Holds up a function of the sockets' threads until the test lets it go on."""

    def __init__(self, function: Any) -> None:
        self.function = function
        self.reached, self.opened = threading.Event(), threading.Event()

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        result = self.function(*args, **kwargs)
        self.reached.set()
        assert self.opened.wait(10)
        return result

    async def arrival(self) -> None:
        assert await asyncio.to_thread(self.reached.wait, 10)


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Gate:
    """Snapshots are read, and then held up."""
    from django_chat.ws import hub as hubs

    gate = Gate(hubs.snapshot)
    monkeypatch.setattr(hubs, "snapshot", gate)
    return gate


async def test_what_is_said_while_one_subscribes_comes_after_the_snapshot(
    ana: Any, bob: Any, duo: Conversation, crowd: Crowd, gate: Gate
) -> None:
    await run(fill, duo, bob, 2)
    joining = asyncio.ensure_future(crowd.join(ana, duo, after=0))
    await gate.arrival()

    await run(send, bob, duo, "three")
    await run(show_typing, actor=actor(bob), conversation_id=duo.pk, is_typing=True)
    gate.opened.set()

    peer = await joining
    await peer.receive("typing")
    assert types(peer.frames) == [
        *("welcome", "subscribed", "message", "message", "caught_up"),
        *("message", "typing"),
    ]
    assert check_order(peer.frames, duo) == 3


class SlowFor(Gate):
    """A gate for the snapshot of one person; all others pass."""

    def __init__(self, user: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        from django_chat.ws import hub as hubs

        super().__init__(hubs.snapshot)
        self.user, self.read = user, hubs.snapshot
        monkeypatch.setattr(hubs, "snapshot", self)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if kwargs["actor"].user == self.user:
            return super().__call__(*args, **kwargs)
        return self.read(*args, **kwargs)


async def test_who_subscribes_beside_a_faster_one_misses_nothing(
    ana: Any, bob: Any, duo: Conversation, crowd: Crowd, monkeypatch: Any
) -> None:
    slow = SlowFor(ana, monkeypatch)
    joining = asyncio.ensure_future(crowd.join(ana, duo, after=0))
    await slow.arrival()

    # The room begins where the faster one stands, which is later.
    await run(fill, duo, bob, 3)
    await crowd.join(bob, duo)
    await run(fill, duo, bob, 2)
    await quiet()
    slow.opened.set()

    peer = await joining
    await peer.settle()
    assert [frame["rev"] for frame in peer.received("message")] == [1, 2, 3, 4, 5]
    assert check_order(peer.frames, duo) == 5


async def test_who_cannot_be_told_what_was_passed_over_loads_anew(
    ana: Any, bob: Any, duo: Conversation, crowd: Crowd, monkeypatch: Any
) -> None:
    from django_chat.ws import hub as hubs

    def overloaded(*_: Any) -> Any:
        raise ChatError("overloaded")

    slow = SlowFor(ana, monkeypatch)
    monkeypatch.setattr(hubs, "changes_after", overloaded)
    joining = asyncio.ensure_future(crowd.join(ana, duo, after=0))
    await slow.arrival()
    await run(fill, duo, bob, 3)
    await crowd.join(bob, duo)
    slow.opened.set()

    peer = await joining
    await peer.receive("reset", conversation_id=str(duo.pk))
    await run(send, bob, duo, "after it")
    await peer.receive("message", content="after it")
    assert not peer.received("message", content="message 1")


async def test_who_waits_while_the_room_leaps_forward_misses_nothing(
    ana: Any, bob: Any, duo: Conversation, crowd: Crowd, monkeypatch: Any
) -> None:
    there = await crowd.join(bob, duo)
    slow = SlowFor(ana, monkeypatch)
    joining = asyncio.ensure_future(crowd.join(ana, duo, after=0))
    await slow.arrival()

    monkeypatch.setattr(rooms, "GAP", 2)
    with intercepted():
        await run(fill, duo, bob, 4)
    await hub().heart.check_heads()
    await there.receive("reset")
    monkeypatch.setattr(rooms, "GAP", 500)
    await run(fill, duo, bob, 2)
    await quiet()
    slow.opened.set()

    peer = await joining
    await peer.settle()
    assert [frame["rev"] for frame in peer.received("message")] == [1, 2, 3, 4, 5, 6]


async def test_who_is_removed_while_he_subscribes_gets_nothing(
    ana: Any, bob: Any, crew: Conversation, crowd: Crowd, gate: Gate
) -> None:
    peer = await crowd.join(bob)
    await peer.send("subscribe", ref="r", conversations=[{"id": str(crew.pk)}])
    await gate.arrival()

    await run(
        remove_member,
        actor=actor(ana),
        conversation_id=crew.pk,
        user_id=str(bob.pk),
    )
    await run(send, ana, crew, "about bob")
    await quiet()
    gate.opened.set()

    error = await peer.receive("error", ref="r")
    assert error["code"] == "not_participant"
    await peer.settle()
    assert not peer.received("subscribed")
    assert not peer.received("message")
    assert "about bob" not in str(peer.frames)


@pytest.mark.parametrize("opens_it", [True, False])
async def test_who_comes_while_members_are_read_again_stays(
    ana: Any,
    cleo: Any,
    crew: Conversation,
    crowd: Crowd,
    monkeypatch: Any,
    opens_it: Any,
) -> None:
    from django_chat.ws import room as rooms

    here = await crowd.join(ana, crew)
    gate = Gate(rooms.members_of)
    monkeypatch.setattr(rooms, "members_of", gate)
    await run(
        update_conversation, actor=actor(ana), conversation_id=crew.pk, title="Hikers"
    )
    await gate.arrival()
    late = await crowd.join(cleo, crew if opens_it else None)
    gate.opened.set()
    await here.receive("conversation_updated")

    await here.ask("send_message", content="Welcome")

    if opens_it:
        await late.receive("message", content="Welcome")
    else:
        await late.receive("inbox", conversation_id=str(crew.pk), reason="message")


async def test_a_stranger_learns_nothing_from_what_happens_while_he_asks(
    ana: Any, bob: Any, mallory: Any, crew: Conversation, crowd: Crowd, monkeypatch: Any
) -> None:
    from django_chat.ws import hub as hubs

    def refuse(**_: Any) -> Any:
        raise ChatError("not_found")

    gate = Gate(lambda **_: None)
    monkeypatch.setattr(hubs, "snapshot", lambda **kw: gate(**kw) or refuse(**kw))
    stranger = await crowd.join(mallory)
    before = len(stranger.frames)
    await stranger.send("subscribe", ref="r", conversations=[{"id": str(crew.pk)}])
    await gate.arrival()

    await run(send, ana, crew, "among us")
    await run(
        update_conversation, actor=actor(ana), conversation_id=crew.pk, title="Us"
    )
    await run(block_user, actor=actor(ana), target=mallory)
    await hub().heart.beat()
    await quiet()
    gate.opened.set()

    await stranger.receive("error", ref="r", code="not_found")
    kinds = types(stranger.frames[before:])
    assert sorted(kinds) == ["ack", "error", "ping"]
    assert stranger.received("ping")[0]["heads"] == {}


async def test_a_stranger_of_another_tenant_does_not_make_a_conversation_deaf(
    chat_settings: Any, crowd: Crowd, transactional_db: None, monkeypatch: Any
) -> None:
    from django_chat.ws import hub as hubs
    from tests.factories import direct

    chat_settings(TENANT_RESOLVER="django_chat.tenancy.resolvers.HostTenants")
    ana, bob, mallory = [await run(person, name) for name in ("ana", "bob", "mallory")]
    chat = await run(direct, ana, bob, tenant="red.example")
    real = hubs.snapshot
    gate = Gate(lambda **_: None)

    def snapshot(**kwargs: Any) -> Any:
        if kwargs["actor"].user == mallory:
            gate(**kwargs)
        return real(**kwargs)

    monkeypatch.setattr(hubs, "snapshot", snapshot)
    blue = {"tenant": "blue.example", "host": "blue.example"}
    red = {"tenant": "red.example", "host": "red.example"}
    stranger = await crowd.join(mallory, **blue)
    await stranger.send("subscribe", conversations=[{"id": str(chat.pk)}])
    await gate.arrival()
    member = await crowd.join(ana, chat, **red)
    gate.opened.set()
    await stranger.receive("error")

    await run(send, bob, chat, "still here?")

    await member.settle()
    assert len(member.received("message")) == 1
    assert "still here?" not in str(stranger.frames)


async def test_a_subscription_that_cannot_be_renewed_now_goes_on(
    ana: Any, bob: Any, duo: Conversation, crowd: Crowd, monkeypatch: Any
) -> None:
    from django_chat.ws import hub as hubs

    peer, listening = await crowd.subscribe(ana, duo), await crowd.join(bob)

    def overloaded(**_: Any) -> Any:
        send(bob, duo, "meanwhile")
        raise ChatError("overloaded")

    with monkeypatch.context() as patch:
        patch.setattr(hubs, "snapshot", overloaded)
        again = {"conversations": [{"id": str(duo.pk), "after": 0}]}
        await peer.send("subscribe", **again)
        assert (await peer.receive("error"))["code"] == "overloaded"
    await run(send, bob, duo, "afterwards")

    await peer.settle()
    said = [frame["content"] for frame in peer.received("message")]
    assert said == ["meanwhile", "afterwards"]
    await listening.settle()


async def test_a_first_subscription_that_fails_leaves_the_hints_as_they_were(
    ana: Any, bob: Any, duo: Conversation, crowd: Crowd, monkeypatch: Any
) -> None:
    from django_chat.ws import hub as hubs

    await run(send, bob, duo)
    peer = await crowd.join(ana)

    def overloaded(**_: Any) -> Any:
        raise ChatError("overloaded")

    with monkeypatch.context() as patch:
        patch.setattr(hubs, "snapshot", overloaded)
        await peer.send("subscribe", conversations=[{"id": str(duo.pk)}])
        await peer.receive("error")
    await run(send, bob, duo, "hint")

    assert (await peer.receive("inbox"))["last_message"]["excerpt"] == "hint"
    assert not peer.received("message")


# When the database is away


async def test_what_could_not_be_read_is_read_later(
    ana: Any, bob: Any, duo: Conversation, crowd: Crowd, monkeypatch: Any
) -> None:
    monkeypatch.setattr(rooms, "_RETRY_SECONDS", 0.02)
    peer = await crowd.join(ana, duo)
    load, failures = rooms.changes_after, []

    def failing(*args: Any) -> Any:
        if len(failures) < 3:
            failures.append(1)
            raise ChatError("overloaded")
        return load(*args)

    monkeypatch.setattr(rooms, "changes_after", failing)
    with intercepted() as post:
        await run(fill, duo, bob, 5)
        post.deliver(post.durable[2:])

    for rev in range(1, 6):
        await peer.receive("message", rev=rev)
    assert len(failures) == 3


async def test_an_error_that_nobody_expected_is_logged_and_waited_out(
    ana: Any,
    bob: Any,
    duo: Conversation,
    crowd: Crowd,
    monkeypatch: Any,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(rooms, "_RETRY_SECONDS", 0.02)
    peer = await crowd.join(ana, duo)
    load, failures = rooms.changes_after, []

    def failing(*args: Any) -> Any:
        if len(failures) < 2:
            failures.append(1)
            raise ZeroDivisionError
        return load(*args)

    monkeypatch.setattr(rooms, "changes_after", failing)
    with intercepted() as post:
        await run(fill, duo, bob, 3)
        post.deliver(post.durable[1:])
    await peer.receive("message", rev=3)

    errors = [record for record in caplog.records if record.exc_info]
    assert len(errors) == 2
    caplog.clear()


async def test_a_flood_while_the_database_is_away_fills_no_memory(
    ana: Any, bob: Any, duo: Conversation, crowd: Crowd, monkeypatch: Any
) -> None:
    monkeypatch.setattr(rooms, "_MAX_WAITING", 10)
    peer = await crowd.join(ana, duo)
    gate = Gate(rooms.changes_after)
    monkeypatch.setattr(rooms, "changes_after", gate)
    with intercepted() as post:
        await run(fill, duo, bob, 3)
        post.deliver(post.durable[1:])
        post.lose()
        await gate.arrival()
        await run(fill, duo, bob, 40)
        post.deliver()
        (room,) = hub().rooms.values()
        assert len(room._backlog) <= 10
    gate.opened.set()

    await peer.receive("message", rev=43)
    await quiet()
    assert check_order(await peer.settle(), duo) == 43
    assert len(peer.received("message")) == 43


async def test_a_restored_database_starts_everybody_anew(
    ana: Any, bob: Any, duo: Conversation, crowd: Crowd
) -> None:
    from django_chat.feed.epoch import renew_epoch

    rows = await run(fill, duo, bob, 5)
    peer, single = await crowd.subscribe(ana, duo), await crowd.join(ana, duo)

    def restore() -> None:
        """Bring back the copy that was made after the third message."""
        for row in rows[3:]:
            row.delete()
        Conversation.objects.filter(pk=duo.pk).update(seq=3, rev=3, ordinal=3)
        renew_epoch()

    await run(restore)
    await hub().heart.beat()
    await quiet()
    for one in (peer, single):
        assert (await one.receive("reset"))["reason"] == "epoch"
    await run(send, bob, duo, "as if nothing had happened")

    for one in (peer, single):
        assert (await one.receive("message"))["rev"] == 4


async def test_people_who_send_at_once_are_heard_in_one_order(
    ana: Any, bob: Any, cleo: Any, crew: Conversation, crowd: Crowd
) -> None:
    peers = [await crowd.join(user, crew) for user in (ana, bob, cleo)]

    async def talk(peer: Any) -> None:
        for number in range(10):
            await peer.ask("send_message", content=f"{peer.user} {number}")

    await asyncio.gather(*map(talk, peers))
    await quiet()

    heard = []
    for peer in peers:
        frames = await peer.settle()
        check_order(frames, crew)
        heard.append([frame["id"] for frame in peer.received("message")])
    assert heard[0] == heard[1] == heard[2]
    assert len(heard[0]) == 30
