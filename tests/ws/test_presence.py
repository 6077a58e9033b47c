"""Who is there: by leases that end by themselves, told to those who watch."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.utils import timezone

from django_chat.groups.services.members import remove_member
from django_chat.people.services import block_user
from django_chat.presence.models import PresenceLease
from django_chat.presence.querysets import presence_of
from django_chat.presence.services import (
    drop_leases,
    renew_leases,
    set_status,
    sweep_leases,
)
from django_chat.timeline.models import Conversation
from django_chat.ws import commands, heart
from django_chat.ws.hub import hub
from tests.factories import actor
from tests.ws.clients import Crowd, Peer, quiet, run, until

pytestmark = [pytest.mark.asyncio]


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heart, "_COALESCE_SECONDS", 0.02)
    monkeypatch.setattr(heart, "_ONLOOKERS_SECONDS", 0.02)


async def watch(peer: Peer, *users: Any) -> dict[str, str]:
    """Watch people and return how they appear at first."""
    ack = await peer.ask("watch_presence", user_ids=[str(user.pk) for user in users])
    return {one["id"]: one["status"] for one in ack["users"]}


async def change_of(peer: Peer, user: Any) -> dict[str, Any]:
    """Return the next thing that `peer` is told of `user`."""
    while True:
        frame = await peer.receive("presence")
        for one in frame["users"]:
            if one["id"] == str(user.pk):
                return dict(one)


async def seems_online(user: Any) -> None:
    """Wait until the database has a lease for somebody."""
    leases = PresenceLease.objects.filter(user=user)
    for _ in range(1000):
        if await run(leases.exists):
            return
    raise AssertionError("no lease")


async def test_coming_and_going_is_told_to_who_watches(
    ana: Any, bob: Any, duo: Conversation, crowd: Crowd
) -> None:
    watcher = await crowd.join(ana)
    assert await watch(watcher, bob) == {str(bob.pk): "offline"}

    friend = await crowd.join(bob)
    came = await change_of(watcher, bob)
    await friend.disconnect()
    went = await change_of(watcher, bob)

    assert (came["status"], came["last_seen"]) == ("online", None)
    assert went["status"] == "offline"
    assert went["last_seen"].endswith(":00.000Z")


async def test_several_tabs_are_one_person(
    ana: Any, bob: Any, duo: Conversation, crowd: Crowd
) -> None:
    watcher = await crowd.join(ana)
    first, second = await crowd.join(bob), await crowd.join(bob, duo)
    await seems_online(bob)
    assert await watch(watcher, bob) == {str(bob.pk): "online"}

    await first.send("presence", status="away")
    await first.settle()
    await second.send("presence", status="away")
    assert (await change_of(watcher, bob))["status"] == "away"

    await second.send("presence", status="online")
    assert (await change_of(watcher, bob))["status"] == "online"
    await first.disconnect()
    await second.disconnect()
    assert (await change_of(watcher, bob))["status"] == "offline"


async def test_a_chosen_status_is_told(
    ana: Any, bob: Any, duo: Conversation, crowd: Crowd
) -> None:
    watcher, friend = await crowd.join(ana), await crowd.join(bob)
    await seems_online(bob)
    await watch(watcher, bob)

    await friend.send("presence", status="dnd")
    assert (await change_of(watcher, bob))["status"] == "dnd"
    await friend.send("presence", status="invisible")
    assert (await change_of(watcher, bob))["status"] == "offline"


async def test_everybody_is_looked_at_by_the_clock_even_when_people_come_and_go(
    ana: Any, crowd: Crowd, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(heart, "RENEW_EVERY", timedelta(seconds=0.2))
    looked: list[bool] = []
    monkeypatch.setattr(hub().onlookers, "suspect_all", lambda: looked.append(True))
    await crowd.join(ana)

    def somebody_comes() -> bool:
        hub().heart.presence_changed()
        return len(looked) > 1

    await until(somebody_comes)


async def test_what_happens_while_somebody_begins_to_watch_is_told(
    ana: Any,
    bob: Any,
    duo: Conversation,
    crowd: Crowd,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def looks_away(who: Any, asked: Any) -> Any:
        found = presence_of(who, asked)
        renew_leases("elsewhere", {("", bob.pk): False})
        return found

    monkeypatch.setattr(commands, "presence_of", looks_away)
    watcher = await crowd.join(ana)

    assert await watch(watcher, bob) == {str(bob.pk): "offline"}
    assert (await change_of(watcher, bob))["status"] == "online"


async def test_who_was_shown_less_than_other_watchers_know_is_told(
    ana: Any,
    bob: Any,
    duo: Conversation,
    crowd: Crowd,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first, second = await crowd.join(ana), await crowd.join(ana)
    old = await run(presence_of, actor(ana), [str(bob.pk)])
    await watch(first, bob)
    await run(renew_leases, "elsewhere", {("", bob.pk): False})
    assert (await change_of(first, bob))["status"] == "online"

    monkeypatch.setattr(commands, "presence_of", lambda who, asked: old)
    assert await watch(second, bob) == {str(bob.pk): "offline"}

    assert (await change_of(second, bob))["status"] == "online"


async def test_only_changes_are_told(
    ana: Any, bob: Any, duo: Conversation, crowd: Crowd
) -> None:
    watcher, friend = await crowd.join(ana), await crowd.join(bob)
    await seems_online(bob)
    await watch(watcher, bob)

    hub().onlookers.suspect_all()
    await hub().onlookers.tell()
    await run(set_status, actor=actor(bob), status="online")
    await hub().onlookers.tell()
    await friend.settle()

    await watcher.settle()
    assert not watcher.received("presence")


async def test_a_second_watcher_does_not_swallow_the_news_of_the_first(
    ana: Any, bob: Any, cleo: Any, crew: Conversation, crowd: Crowd, monkeypatch: Any
) -> None:
    monkeypatch.setattr(heart, "_ONLOOKERS_SECONDS", 60.0)
    first, second = await crowd.join(ana), await crowd.join(cleo)
    friend = await crowd.join(bob)
    await seems_online(bob)
    await watch(first, bob)

    await friend.send("presence", status="dnd")
    await friend.settle()
    assert await watch(second, bob) == {str(bob.pk): "dnd"}
    await hub().onlookers.tell()

    assert (await change_of(first, bob))["status"] == "dnd"


async def test_who_watches_others_no_longer_hears_of_the_first(
    ana: Any, bob: Any, cleo: Any, crew: Conversation, crowd: Crowd
) -> None:
    watcher = await crowd.join(ana)
    await watch(watcher, bob)
    await watch(watcher, cleo)

    await crowd.join(bob)
    await crowd.join(cleo)
    await change_of(watcher, cleo)

    told = [one["id"] for f in watcher.received("presence") for one in f["users"]]
    assert told == [str(cleo.pk)]


async def test_strangers_are_left_out_without_a_word(
    ana: Any, bob: Any, mallory: Any, duo: Conversation, crowd: Crowd
) -> None:
    watcher = await crowd.join(mallory)

    assert await watch(watcher, ana, bob, mallory) == {}

    await crowd.join(ana)
    await seems_online(ana)
    await hub().onlookers.tell()
    await watcher.settle()
    assert not watcher.received("presence")


@pytest.mark.parametrize("keys", [["x"], ["-1"], ["9" * 40], ["1e5"], ["½"]])
async def test_ids_that_are_none_are_left_out(
    ana: Any, bob: Any, duo: Conversation, crowd: Crowd, keys: list[str]
) -> None:
    watcher = await crowd.join(ana)

    ack = await watcher.ask("watch_presence", user_ids=[*keys, str(bob.pk)])

    assert [one["id"] for one in ack["users"]] == [str(bob.pk)]


@pytest.mark.parametrize("ids", [None, "5", [5], ["x"] * 101, [["x"]], ["x" * 300]])
async def test_a_list_that_is_none_is_refused(ana: Any, crowd: Crowd, ids: Any) -> None:
    watcher = await crowd.join(ana)

    answer = await watcher.ask("watch_presence", user_ids=ids)

    assert (answer["code"], answer["field"]) == ("invalid_payload", "user_ids")


@pytest.mark.parametrize("by_friend", [True, False])
async def test_a_block_ends_the_watching_at_once(
    ana: Any, bob: Any, duo: Conversation, crowd: Crowd, by_friend: bool
) -> None:
    watcher, friend = await crowd.join(ana), await crowd.join(bob)
    await seems_online(bob)
    await watch(watcher, bob)

    blocker, blocked = (bob, ana) if by_friend else (ana, bob)
    await run(block_user, actor=actor(blocker), target=blocked)
    await quiet()
    assert (await change_of(watcher, bob)) == {
        "id": str(bob.pk),
        "status": "offline",
        "last_seen": None,
    }
    await friend.send("presence", status="dnd")
    await friend.settle()
    await hub().onlookers.tell()

    await watcher.settle()
    assert len(watcher.received("presence")) == 1


async def test_a_process_that_died_is_noticed_when_its_leases_run_out(
    ana: Any, bob: Any, duo: Conversation, crowd: Crowd
) -> None:
    def die() -> None:
        now = timezone.now()
        PresenceLease.objects.create(
            user=bob,
            holder="a process that is no more",
            renewed_at=now - timedelta(seconds=61),
            expires_at=now + timedelta(seconds=60),
        )

    watcher = await crowd.join(ana)
    await run(die)
    assert await watch(watcher, bob) == {str(bob.pk): "online"}

    # Nobody renews it; a minute later anybody who looks clears it away.
    past = timezone.now() - timedelta(seconds=1)
    await run(PresenceLease.objects.filter(user=bob).update, expires_at=past)
    assert await run(sweep_leases) == 1

    assert (await change_of(watcher, bob))["status"] == "offline"


async def test_a_death_that_nobody_told_of_is_found_by_looking(
    ana: Any, bob: Any, duo: Conversation, crowd: Crowd
) -> None:
    watcher, friend = await crowd.join(ana), await crowd.join(bob)
    await seems_online(bob)
    await watch(watcher, bob)
    await run(PresenceLease.objects.filter(user=bob).delete)

    hub().onlookers.suspect_all()

    assert (await change_of(watcher, bob))["status"] == "offline"
    await friend.settle()


async def test_leases_go_with_the_last_socket(
    ana: Any, duo: Conversation, crowd: Crowd
) -> None:
    phone = await crowd.join(ana)
    await seems_online(ana)

    await phone.disconnect()

    assert not await run(PresenceLease.objects.exists)


async def test_the_snapshot_says_who_is_there(
    ana: Any, bob: Any, cleo: Any, crew: Conversation, crowd: Crowd
) -> None:
    await crowd.join(bob)
    await seems_online(bob)

    phone = await crowd.join(ana, crew)

    assert phone.received("subscribed")[0]["online"] == [str(bob.pk)]


async def test_who_was_removed_is_not_seen_any_longer_when_asked_again(
    ana: Any, bob: Any, cleo: Any, crew: Conversation, crowd: Crowd
) -> None:
    watcher = await crowd.join(bob)
    await crowd.join(cleo)
    await seems_online(cleo)
    assert await watch(watcher, cleo) == {str(cleo.pk): "online"}

    await run(
        remove_member,
        actor=actor(ana),
        conversation_id=crew.pk,
        user_id=str(bob.pk),
    )

    assert await watch(watcher, cleo) == {}
    await until(lambda: not hub().onlookers._watchers)


async def test_a_thousand_people_may_leave_at_once(transactional_db: None) -> None:
    def everybody_leaves() -> int:
        users = get_user_model().objects.bulk_create(
            [get_user_model()(username=f"guest{n}") for n in range(1_200)]
        )
        everybody = {("", user.pk): False for user in users}
        renew_leases("a process", everybody)
        drop_leases("a process", everybody)
        return PresenceLease.objects.count()

    assert await run(everybody_leaves) == 0
