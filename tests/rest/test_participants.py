"""Who is in a conversation, and how that changes."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import override_settings

from django_chat.people.services import block_user
from django_chat.timeline.models import Conversation
from tests.factories import actor, group, person, seat
from tests.rest.caller import Caller

pytestmark = pytest.mark.django_db


def members(answer: Any) -> list[str]:
    return [row["user_id"] for row in answer["results"]]


def test_members_are_listed_in_the_order_they_came(
    ana: Caller, ben: Caller, cleo: Caller, climbing: Conversation
) -> None:
    listed = cleo.get(f"conversations/{climbing.pk}/participants/")

    assert listed.status == 200
    assert members(listed) == [ana.id, ben.id, cleo.id]
    assert [row["role"] for row in listed["results"]] == ["owner", "member", "member"]


def test_members_come_in_pages(ana: Caller, climbing: Conversation) -> None:
    path = f"conversations/{climbing.pk}/participants/"
    first = ana.get(path, limit=2)
    second = ana.follow(first["next"])

    assert members(first) + members(second) == members(ana.get(path))
    assert members(ana.follow(second["previous"])) == members(first)


def test_members_are_found_by_name(
    ana: Caller, ben: Caller, climbing: Conversation
) -> None:
    path = f"conversations/{climbing.pk}/participants/"

    assert members(ana.get(path, search="BER")) == [ben.id]
    assert members(ana.get(path, search="nobody")) == []


@pytest.mark.parametrize(
    ("door", "key"),
    [
        ("add_participants/", "user_ids"),
        ("add_participants/", "members"),
        ("participants/", "user_ids"),
    ],
)
def test_ana_brings_people_in(
    ana: Caller, ben: Caller, dora: Caller, climbing: Conversation, door: str, key: str
) -> None:
    added = ana.post(f"conversations/{climbing.pk}/{door}", {key: ["@dora", ben.id]})

    assert added.status == 200
    assert [row["user_id"] for row in added["added"]] == [dora.id]
    assert added["skipped"] == [ben.id]
    climbing.refresh_from_db()
    assert added["rev"] == climbing.rev
    assert dora.get(f"conversations/{climbing.pk}/").status == 200


def test_those_who_are_all_in_already_are_refused(
    ana: Caller, ben: Caller, climbing: Conversation
) -> None:
    refused = ana.post(
        f"conversations/{climbing.pk}/add_participants/", {"user_ids": [ben.id]}
    )

    assert refused.code == (409, "already_member")


def test_a_member_brings_nobody_in(
    ben: Caller, dora: Caller, climbing: Conversation
) -> None:
    refused = ben.post(
        f"conversations/{climbing.pk}/add_participants/", {"user_ids": ["@dora"]}
    )

    assert refused.code == (403, "forbidden")
    assert dora.get(f"conversations/{climbing.pk}/").status == 404


def test_nobody_comes_in_when_one_of_them_is_unavailable(
    ana: Caller, dora: Caller, climbing: Conversation
) -> None:
    emil = person("emil")
    block_user(actor=actor(emil), target=ana.user)
    refused = ana.post(
        f"conversations/{climbing.pk}/add_participants/",
        {"user_ids": ["@dora", "@emil", "@nobody"]},
    )

    assert refused.code == (403, "unavailable")
    assert refused["detail"] == {"user_ids": ["@emil", "@nobody"]}
    assert dora.get(f"conversations/{climbing.pk}/").status == 404


def test_a_full_group_takes_nobody_more(
    ana: Caller, dora: Caller, climbing: Conversation
) -> None:
    with override_settings(DJANGO_CHAT={"GROUP_MAX_MEMBERS": 3}):
        refused = ana.post(
            f"conversations/{climbing.pk}/add_participants/", {"user_ids": ["@dora"]}
        )

    assert refused.code == (422, "group_too_large")


@pytest.mark.parametrize("given", [{}, {"user_ids": []}, {"user_ids": [3]}])
def test_nobody_named_is_refused(
    ana: Caller, climbing: Conversation, given: dict[str, Any]
) -> None:
    refused = ana.post(f"conversations/{climbing.pk}/participants/", given)

    assert refused.code == (400, "invalid_payload")
    assert refused["field"] == "user_ids"


def test_an_owner_takes_people_out_by_either_door(
    ana: Caller, ben: Caller, cleo: Caller, climbing: Conversation
) -> None:
    path = f"conversations/{climbing.pk}/"
    by_verb = ana.post(f"{path}remove_participant/", {"user_id": ben.id})
    by_noun = ana.delete(f"{path}participants/{cleo.id}/")

    assert (by_verb.status, by_noun.status) == (200, 200)
    assert by_noun["rev"] > by_verb["rev"]
    for gone in (ben, cleo):
        assert gone.get(path).code == (403, "not_participant")


@pytest.mark.parametrize("user_id", ["999999", "x", "%00", "@ben", "1" * 60])
def test_nobody_who_is_not_in_can_be_taken_out(
    ana: Caller, climbing: Conversation, user_id: str
) -> None:
    refused = ana.delete(f"conversations/{climbing.pk}/participants/{user_id}/")

    assert refused.code == (404, "not_found")


def test_members_take_nobody_out_but_themselves(
    ben: Caller, cleo: Caller, climbing: Conversation
) -> None:
    path = f"conversations/{climbing.pk}/"

    refused = ben.delete(f"{path}participants/{cleo.id}/")
    assert refused.code == (403, "forbidden")
    assert ben.delete(f"{path}participants/{ben.id}/").status == 200
    assert ben.get(path).code == (403, "not_participant")


def test_an_owner_gives_a_role_and_hands_the_group_over(
    ana: Caller, ben: Caller, cleo: Caller, climbing: Conversation
) -> None:
    path = f"conversations/{climbing.pk}/participants/"
    made = ana.patch(f"{path}{ben.id}/", {"role": "admin"})
    handed = ana.patch(f"{path}{cleo.id}/", {"role": "owner"})

    assert (made["user_id"], made["role"]) == (ben.id, "admin")
    assert handed["role"] == "owner"
    assert handed["rev"] > made["rev"]
    assert seat(ana.user, climbing).role == "admin"
    assert ana.patch(f"{path}{ben.id}/", {"role": "member"}).code == (403, "forbidden")


@pytest.mark.parametrize("role", ["king", "", None, 1])
def test_a_role_that_does_not_exist_is_refused(
    ana: Caller, ben: Caller, climbing: Conversation, role: Any
) -> None:
    refused = ana.patch(
        f"conversations/{climbing.pk}/participants/{ben.id}/", {"role": role}
    )

    assert refused.code == (400, "invalid_payload")
    assert refused["field"] == "role"


def test_ben_leaves_and_sees_nothing_more(
    ana: Caller, ben: Caller, climbing: Conversation
) -> None:
    left = ben.post(f"conversations/{climbing.pk}/leave/")

    assert left.status == 200
    assert left["rev"] == ana.get(f"conversations/{climbing.pk}/")["rev"]
    again = ben.post(f"conversations/{climbing.pk}/leave/")
    assert again.code == (403, "not_participant")


def test_nobody_leaves_letters_or_brings_a_third_into_them(
    ana: Caller, ben: Caller, letters: Conversation, dora: Caller
) -> None:
    path = f"conversations/{letters.pk}/"
    answers = [
        ana.post(f"{path}leave/"),
        ana.post(f"{path}add_participants/", {"user_ids": ["@dora"]}),
        ana.delete(f"{path}participants/{ben.id}/"),
        ana.patch(f"{path}participants/{ben.id}/", {"role": "admin"}),
        ana.patch(path, {"title": "Us"}),
    ]

    assert [answer.code for answer in answers] == [(403, "forbidden")] * 5


def test_members_of_a_large_group_are_all_reached(ana: Caller) -> None:
    others = [person() for _ in range(12)]
    made = group(ana.user, *others)

    page = ana.get(f"conversations/{made.pk}/participants/", limit=5)
    seen = members(page)
    while page["next"]:
        page = ana.follow(page["next"])
        seen += members(page)

    assert seen == [ana.id, *(str(user.pk) for user in others)]
