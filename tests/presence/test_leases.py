"""Who is here: processes vouch for people, for a minute at a time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from django.utils import timezone

from django_chat.presence.models import PresenceLease, UserStatus
from django_chat.presence.querysets import statuses
from django_chat.presence.services import (
    drop_leases,
    renew_leases,
    set_status,
    sweep_leases,
    touch_polling,
)
from django_chat.realtime.events import PresenceEvent
from tests.concurrency import failures, together
from tests.factories import actor, people, person
from tests.listening import Heard, hearing

pytestmark = pytest.mark.django_db


class Clock:
    """The time, as far as the chat knows."""

    def __init__(self) -> None:
        self.now = datetime(2026, 1, 31, 9, 30, 15, tzinfo=UTC)

    def pass_seconds(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(timezone, "now", lambda: clock.now)
    return clock


def status(user: Any, tenant: str = "") -> str:
    """Return how somebody appears."""
    return statuses(tenant, [user.pk])[str(user.pk)].status


def renew(holder: str, *users: Any, away: bool = False, tenant: str = "") -> None:
    """Let a process vouch for people."""
    renew_leases(holder, {(tenant, user.pk): away for user in users})


def drop(holder: str, *users: Any) -> None:
    """Let a process say that people are gone."""
    drop_leases(holder, [("", user.pk) for user in users])


def told(heard: Heard) -> list[str]:
    """Return of whom it was told that he may appear differently."""
    assert all(isinstance(event, PresenceEvent) for event in heard)
    return [event.user_id for event in heard if isinstance(event, PresenceEvent)]


def test_a_lease_ends_by_itself(clock: Clock) -> None:
    ana = person("ana")
    assert status(ana) == "offline"
    renew("one", ana)
    assert status(ana) == "online"
    clock.pass_seconds(59)
    assert status(ana) == "online"
    clock.pass_seconds(2)
    assert status(ana) == "offline"


def test_who_is_vouched_for_again_stays(clock: Clock) -> None:
    ana = person("ana")
    for _ in range(10):
        renew("one", ana)
        clock.pass_seconds(20)
        assert status(ana) == "online"
    assert PresenceLease.objects.count() == 1


def test_who_is_no_longer_vouched_for_goes(clock: Clock) -> None:
    ana, ben = people("ana", "ben")
    renew("one", ana, ben)
    clock.pass_seconds(40)
    renew("one", ana)
    clock.pass_seconds(40)

    assert (status(ana), status(ben)) == ("online", "offline")


def test_one_of_several_processes_is_enough(clock: Clock) -> None:
    ana = person("ana")
    renew("one", ana)
    renew("two", ana)
    drop("one", ana)
    assert status(ana) == "online"
    drop("two", ana)
    assert status(ana) == "offline"


def test_a_process_that_died_is_forgotten(clock: Clock) -> None:
    ana, ben = people("ana", "ben")
    renew("dead", ana, ben)
    clock.pass_seconds(30)
    renew("alive", ben)
    clock.pass_seconds(31)

    with hearing() as heard:
        assert sweep_leases() == 2
        assert sweep_leases() == 0

    assert sorted(told(heard)) == sorted([str(ana.pk), str(ben.pk)])
    assert (status(ana), status(ben)) == ("offline", "online")
    left = UserStatus.objects.get(user=ana)
    assert left.last_seen == clock.now - timedelta(seconds=61)


def test_away_is_who_is_away_everywhere(clock: Clock) -> None:
    ana = person("ana")
    renew("one", ana, away=True)
    assert status(ana) == "away"
    renew("two", ana)
    assert status(ana) == "online"
    renew("two", ana, away=True)
    assert status(ana) == "away"
    renew("one", ana)
    assert status(ana) == "online"


def test_a_lease_that_ended_counts_neither_as_here_nor_as_away(clock: Clock) -> None:
    ana = person("ana")
    renew("one", ana)
    clock.pass_seconds(61)
    renew("two", ana, away=True)

    assert status(ana) == "away"


def test_others_are_told_of_changes_only(clock: Clock) -> None:
    ana, ben = people("ana", "ben")
    with hearing() as heard:
        renew("one", ana, ben)
    assert sorted(told(heard)) == sorted([str(ana.pk), str(ben.pk)])
    with hearing() as heard:
        renew("one", ana, ben)
    assert not heard
    with hearing() as heard:
        renew_leases("one", {("", ana.pk): True, ("", ben.pk): False})
    assert told(heard) == [str(ana.pk)]
    with hearing() as heard:
        drop("one", ben)
    assert told(heard) == [str(ben.pk)]
    with hearing() as heard:
        drop("one")
    assert not heard


def test_somebody_deleted_meanwhile_harms_nobody_else(clock: Clock) -> None:
    ana, ben = people("ana", "ben")
    gone = ben.pk
    renew("one", ana, ben)
    ben.delete()

    renew_leases("one", {("", ana.pk): False, ("", gone): False})
    drop_leases("one", [("", gone), ("", ana.pk)])

    assert not PresenceLease.objects.exists()
    assert [row.user for row in UserStatus.objects.all()] == [ana]


def test_the_same_person_in_two_tenants_is_two(clock: Clock) -> None:
    ana = person("ana")
    renew("one", ana, tenant="north")

    assert (status(ana, "north"), status(ana, "south"), status(ana)) == (
        "online",
        "offline",
        "offline",
    )
    drop_leases("one", [("south", ana.pk)])
    assert status(ana, "north") == "online"


# --- polling ----------------------------------------------------------------


def test_who_polls_is_here(clock: Clock) -> None:
    ana = person("ana")
    with hearing() as heard:
        touch_polling(actor(ana))
    assert told(heard) == [str(ana.pk)]
    assert status(ana) == "online"
    clock.pass_seconds(61)
    assert status(ana) == "offline"


def test_polling_writes_every_twenty_seconds(
    clock: Clock, django_assert_num_queries: Any
) -> None:
    ana = person("ana")
    touch_polling(actor(ana))
    for _ in range(6):
        clock.pass_seconds(3)
        with django_assert_num_queries(1), hearing() as heard:
            touch_polling(actor(ana))
        assert not heard
    clock.pass_seconds(3)
    with hearing() as heard:
        touch_polling(actor(ana))
    assert not heard
    assert PresenceLease.objects.get().renewed_at == clock.now


def test_who_comes_back_to_polling_is_announced(clock: Clock) -> None:
    ana = person("ana")
    touch_polling(actor(ana))
    clock.pass_seconds(70)
    with hearing() as heard:
        touch_polling(actor(ana))

    assert told(heard) == [str(ana.pk)]
    assert status(ana) == "online"


# --- last seen --------------------------------------------------------------


def last_seen(user: Any) -> Any:
    """Return when others are told that somebody was here."""
    return statuses("", [user.pk])[str(user.pk)].payload()["last_seen"]


def test_last_seen_is_when_he_went_to_the_minute(clock: Clock) -> None:
    ana = person("ana")
    assert last_seen(ana) is None
    renew("one", ana)
    assert last_seen(ana) is None
    clock.pass_seconds(50)
    drop("one", ana)
    clock.pass_seconds(3_600)

    assert last_seen(ana) == "2026-01-31T09:31:00.000Z"


def test_the_invisible_look_the_same_whether_they_are_here_or_not(
    clock: Clock,
) -> None:
    ana, ben = people("ana", "ben")
    renew("one", ana, ben)
    clock.pass_seconds(5)
    # One goes, the other stays and does not want to be seen.
    drop("one", ana)
    set_status(actor=actor(ben), status="invisible", text="Working")
    views = []
    for _ in range(3):
        views.append(
            [
                {**shown.payload(), "id": "", "text": shown.text}
                for shown in statuses("", [ana.pk, ben.pk]).values()
            ]
        )
        clock.pass_seconds(600)
        renew("two", ben)
    drop("one", ben)
    drop("two", ben)
    clock.pass_seconds(1_000)
    sweep_leases()
    views.append(
        [
            {**shown.payload(), "id": "", "text": shown.text}
            for shown in statuses("", [ana.pk, ben.pk]).values()
        ]
    )

    for gone, invisible in views:
        assert gone == invisible
        assert gone["status"] == "offline"


def test_who_was_invisible_for_a_time_is_seen_again(clock: Clock) -> None:
    ana = person("ana")
    until = clock.now + timedelta(minutes=10)
    set_status(actor=actor(ana), status="invisible", until=until)
    renew("one", ana)
    assert status(ana) == "offline"
    clock.pass_seconds(601)
    renew("one", ana)
    assert status(ana) == "online"
    drop("one", ana)
    assert last_seen(ana) == "2026-01-31T09:40:00.000Z"


# --- all at once ------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_many_processes_renew_and_sweep_at_once() -> None:
    users = people(*(f"p{n}" for n in range(5)))

    def work(holder: str) -> None:
        for _ in range(5):
            renew(holder, *users)
            sweep_leases()
        drop(holder, *users)

    assert not failures(together(*[partial(work, f"h{n}") for n in range(4)]))
    assert not PresenceLease.objects.exists()
    assert UserStatus.objects.count() == 5
