"""Who may know whether somebody is here."""

from __future__ import annotations

from typing import Any

import pytest

from django_chat import api
from django_chat.exceptions import ChatError
from django_chat.feed.snapshot import snapshot
from django_chat.people.services import block_user, unblock_user
from django_chat.presence.querysets import acquaintances, own_presence, presence_of
from django_chat.presence.services import renew_leases, set_status
from tests.factories import actor, direct, group, people, person
from tests.listening import hearing

pytestmark = pytest.mark.django_db


def watched(watcher: Any, *users: Any, tenant: str = "") -> dict[str, str]:
    """Return the status of those whom `watcher` may watch."""
    names = {str(user.pk): user.username for user in users}
    found = presence_of(actor(watcher, tenant), list(names))
    return {names[shown.user_id]: shown.status for shown in found}


def here(*users: Any, tenant: str = "") -> None:
    """Let people be online."""
    renew_leases("here", {(tenant, user.pk): False for user in users})


def test_people_who_share_a_conversation_see_each_other() -> None:
    ana, ben, cem, dan = people("ana", "ben", "cem", "dan")
    direct(ana, ben)
    group(ana, cem, dan)
    here(ben)

    assert watched(ana, ben, cem, dan) == {
        "ben": "online",
        "cem": "offline",
        "dan": "offline",
    }
    assert watched(ben, ana, cem, dan) == {"ana": "offline"}


def test_strangers_are_left_out_without_a_word() -> None:
    ana, ben, eve = people("ana", "ben", "eve")
    direct(ana, ben)
    here(eve, ana)

    assert watched(ana, ben, eve) == {"ben": "offline"}
    assert watched(eve, ana, ben) == {}


def test_nobody_watches_himself() -> None:
    ana, ben = people("ana", "ben")
    direct(ana, ben)

    assert watched(ana, ana) == {}


@pytest.mark.parametrize("blocker", ["ana", "ben"])
def test_a_block_hides_both_from_each_other(blocker: str) -> None:
    ana, ben, cem = people("ana", "ben", "cem")
    group(ana, ben, cem)
    one, other = (ana, ben) if blocker == "ana" else (ben, ana)
    block_user(actor=actor(one), target=other)
    here(ana, ben)

    assert watched(ana, ben, cem) == {"cem": "offline"}
    assert watched(ben, ana, cem) == {"cem": "offline"}
    assert watched(cem, ana, ben) == {"ana": "online", "ben": "online"}
    unblock_user(actor=actor(one), target=other)
    assert watched(ana, ben) == {"ben": "online"}


def test_who_has_left_is_a_stranger_again() -> None:
    ana, ben, cem = people("ana", "ben", "cem")
    place = group(ana, ben, cem)
    api.leave(ben, place)

    assert watched(ana, ben, cem) == {"cem": "offline"}
    assert watched(ben, ana, cem) == {}


def test_a_conversation_in_one_tenant_shows_nobody_in_another() -> None:
    ana, ben = people("ana", "ben")
    direct(ana, ben, tenant="north")
    here(ben, tenant="north")

    assert watched(ana, ben, tenant="north") == {"ben": "online"}
    assert watched(ana, ben, tenant="south") == {}
    assert acquaintances(actor(ana, "south")) == []


@pytest.mark.parametrize(
    "nonsense", ["", "x", "-1", "9" * 40, "1e3", " 1", "\x00", "\ud800", "None"]
)
def test_ids_that_are_none_are_left_out(nonsense: str) -> None:
    ana, ben = people("ana", "ben")
    direct(ana, ben)

    assert presence_of(actor(ana), [nonsense]) == []
    assert len(presence_of(actor(ana), [nonsense, str(ben.pk)])) == 1


def test_a_chosen_status_is_shown_while_one_is_here() -> None:
    ana, ben = people("ana", "ben")
    direct(ana, ben)
    for chosen, shown in [
        ("dnd", "dnd"),
        ("away", "away"),
        ("invisible", "offline"),
        ("online", "online"),
    ]:
        here(ben)
        with hearing() as heard:
            set_status(actor=actor(ben), status=chosen)
        assert len(heard) == 1
        assert watched(ana, ben) == {"ben": shown}
        assert own_presence(actor(ben)).status == chosen


def test_do_not_disturb_is_not_lost_by_being_away() -> None:
    ana, ben = people("ana", "ben")
    direct(ana, ben)
    set_status(actor=actor(ben), status="dnd")
    renew_leases("here", {("", ben.pk): True})

    assert watched(ana, ben) == {"ben": "dnd"}


def test_a_chosen_status_does_not_make_anybody_present() -> None:
    ana, ben = people("ana", "ben")
    direct(ana, ben)
    for chosen in ("online", "away", "dnd"):
        set_status(actor=actor(ben), status=chosen)
        assert watched(ana, ben) == {"ben": "offline"}


@pytest.mark.parametrize(
    ("fields", "code", "field"),
    [
        ({"status": "gone"}, "invalid_payload", "status"),
        ({"status": ""}, "invalid_payload", "status"),
        ({"status": "dnd", "text": "x" * 101}, "too_long", "text"),
        ({"status": "dnd", "text": "a\x00"}, "invalid_payload", "text"),
    ],
)
def test_a_status_is_one_of_four(fields: dict[str, Any], code: str, field: str) -> None:
    with pytest.raises(ChatError) as refused:
        set_status(actor=actor(person("ana")), **fields)

    assert (refused.value.code, refused.value.field) == (code, field)


def test_a_subscriber_is_told_who_of_the_others_is_here() -> None:
    ana, ben, cem, dan = people("ana", "ben", "cem", "dan")
    place = group(ana, ben, cem, dan)
    here(ana, ben, cem)
    set_status(actor=actor(cem), status="invisible")
    block_user(actor=actor(dan), target=ben)

    def online(user: Any) -> set[str]:
        return set(
            snapshot(actor=actor(user), conversation_id=place.pk, after=None).online
        )

    assert online(ana) == {str(ben.pk)}
    assert online(dan) == {str(ana.pk)}
