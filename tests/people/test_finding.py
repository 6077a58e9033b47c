"""Whom one may find and write to: private unless the host says otherwise."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth import get_user_model

from django_chat import api
from django_chat.exceptions import ChatError
from django_chat.people.directory import (
    Directory,
    directory,
    find_people,
    find_person,
)
from django_chat.people.services import block_user
from django_chat.policy import ChatPolicy
from tests.factories import actor, direct, group, people, person

pytestmark = pytest.mark.django_db


def listed(user: Any, tenant: str = "") -> set[str]:
    """Return the names of those whom somebody may list."""
    users = get_user_model().objects.all()
    found = directory().visible(actor(user, tenant), users)
    return {other.username for other in found} - {user.username}


def found(user: Any, query: str) -> set[str]:
    """Return the names of those whom a search brings."""
    return {other.username for other in directory().search(actor(user), query)}


def refusal(user: Any, *addresses: str) -> dict[str, Any]:
    """Return the error that addressing people meets."""
    with pytest.raises(ChatError) as refused:
        find_people(actor(user), addresses)
    return refused.value.as_dict()


# --- the default directory --------------------------------------------------


def test_only_those_who_share_a_conversation_are_listed() -> None:
    ana, ben, cem, dan, eve = people("ana", "ben", "cem", "dan", "eve")
    direct(ana, ben)
    place = group(ana, cem, dan)
    api.leave(dan, place)

    assert listed(ana) == {"ben", "cem"}
    assert listed(dan) == set()
    assert listed(eve) == set()
    assert listed(ana, "north") == set()


def test_who_shares_several_is_listed_once() -> None:
    ana, ben, cem = people("ana", "ben", "cem")
    direct(ana, ben)
    for _ in range(3):
        group(ana, ben, cem)

    assert directory().search(actor(ana), "ben").count() == 1


def test_a_stranger_is_found_by_his_exact_username_only() -> None:
    ana = person("ana")
    person("benedict", first_name="Ben", last_name="Miller", email="ben@example.org")

    assert found(ana, "benedict") == {"benedict"}
    assert found(ana, "@benedict") == {"benedict"}
    for guess in ("bene", "benedic", "Ben", "Miller", "ben@example.org", "example", ""):
        assert found(ana, guess) == set(), guess


def test_an_acquaintance_is_found_by_parts_of_his_name_never_of_his_address() -> None:
    ana = person("ana")
    ben = person(
        "benedict", first_name="Xaver", last_name="Miller", email="secret@example.org"
    )
    direct(ana, ben)

    for part in ("edic", "BENE", "xav", "mill"):
        assert found(ana, part) == {"benedict"}, part
    for part in ("secret", "example", "secret@example.org"):
        assert found(ana, part) == set(), part


def test_nobody_finds_himself_or_who_is_deactivated() -> None:
    ana, ben = people("ana", "ben")
    direct(ana, ben)
    get_user_model().objects.filter(pk=ben.pk).update(is_active=False)

    assert found(ana, "ana") == set()
    assert found(ana, "ben") == set()


# --- addressing somebody ----------------------------------------------------


def test_people_are_addressed_by_id_or_by_name() -> None:
    ana, ben, cem = people("ana", "ben", "cem")
    direct(ana, ben)

    assert find_person(actor(ana), str(ben.pk)) == ben
    assert find_person(actor(ana), "@ben") == ben
    # A name is known to who was told it; an id can be counted.
    assert find_person(actor(ana), "@cem") == cem
    assert find_people(actor(ana), [str(ben.pk), "@cem", "@ben"]) == [ben, cem]
    assert find_people(actor(ana), []) == []


def test_there_is_one_answer_for_all_causes() -> None:
    ana, stranger, gone, blocked, blocker, friend = people(
        "ana", "stranger", "gone", "blocked", "blocker", "friend"
    )
    for user in (gone, blocked, blocker, friend):
        direct(ana, user)
    get_user_model().objects.filter(pk=gone.pk).update(is_active=False)
    block_user(actor=actor(ana), target=blocked)
    block_user(actor=actor(blocker), target=ana)
    addresses = [
        str(stranger.pk),
        str(gone.pk),
        str(blocked.pk),
        str(blocker.pk),
        "@gone",
        "@blocked",
        "@blocker",
        "@nobody",
        "@",
        "0",
        "-1",
        "9" * 10,
        "9" * 50,
        "",
        "ben",
        f" {friend.pk}",
        f"0{friend.pk}",
        f"{friend.pk}.0",
        "@FRIEND",
        "@friend ",
        "@a\x00",
        "\x00",
        "@\ud800",
        "\ud800",
        "friend@example.org",
        "@friend@example.org",
    ]

    answers = [refusal(ana, address) for address in addresses]

    for address, answer in zip(addresses, answers, strict=True):
        assert answer == {
            "code": "unavailable",
            "message": "This person or conversation is not available",
            "temporary": False,
            "detail": {"user_ids": [address]},
        }
    assert find_person(actor(ana), str(friend.pk)) == friend


def test_one_who_is_not_available_keeps_all_out_and_is_named() -> None:
    ana, ben, cem, eve = people("ana", "ben", "cem", "eve")
    group(ana, ben, cem)

    answer = refusal(ana, str(ben.pk), str(eve.pk), "@cem", "@nobody")

    assert answer["detail"] == {"user_ids": [str(eve.pk), "@nobody"]}


class Everybody(Directory):
    """A host whose members see each other."""

    def visible(self, actor: Any, users: Any) -> Any:
        return users


def test_a_host_may_let_everybody_be_listed(settings: Any) -> None:
    settings.DJANGO_CHAT = {"DIRECTORY": f"{__name__}.Everybody"}
    ana, ben, gone = people("ana", "ben", "gone")
    get_user_model().objects.filter(pk=gone.pk).update(is_active=False)

    assert found(ana, "be") == {"ben"}
    assert find_person(actor(ana), str(ben.pk)) == ben
    assert refusal(ana, str(gone.pk))["code"] == "unavailable"
    block_user(actor=actor(ben), target=ana)
    assert refusal(ana, str(ben.pk))["code"] == "unavailable"


class NotEve(ChatPolicy):
    """A host where nobody may write to Eve."""

    def can_start(self, user: Any, target: Any) -> bool:
        return bool(target.username != "eve")


def test_a_host_may_say_who_writes_to_whom(settings: Any) -> None:
    settings.DJANGO_CHAT = {"POLICY": f"{__name__}.NotEve"}
    ana, ben, _ = people("ana", "ben", "eve")

    assert find_person(actor(ana), "@ben") == ben
    assert refusal(ana, "@eve")["code"] == "unavailable"


@pytest.mark.parametrize("amount", [1, 30])
def test_many_are_found_with_three_queries(
    amount: int, django_assert_max_num_queries: Any
) -> None:
    ana, *others = people("ana", *(f"p{n}" for n in range(amount)))
    for other in others:
        direct(ana, other)
    half = len(others) // 2
    addresses = [str(u.pk) for u in others[:half]] + [
        "@" + u.username for u in others[half:]
    ]

    with django_assert_max_num_queries(3):
        assert find_people(actor(ana), addresses) == others
