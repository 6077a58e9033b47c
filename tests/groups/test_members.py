"""Coming, going and being sent away."""

from __future__ import annotations

import threading
from functools import partial
from typing import Any

import pytest
from django.db import transaction
from django.test import override_settings

from django_chat import api
from django_chat.exceptions import ChatError
from django_chat.feed.inbox import conversation_for_reader, inbox
from django_chat.groups.services.members import (
    add_members,
    leave,
    remove_member,
    set_role,
)
from django_chat.groups.services.settings import delete_conversation
from django_chat.people.services import block_user
from django_chat.signals import member_joined, member_left
from django_chat.timeline.models import Conversation, Message, Participant
from tests.concurrency import failures, together
from tests.factories import actor, group, people, person, seat, send
from tests.listening import Heard, hearing, hearing_at_once

pytestmark = pytest.mark.django_db


@pytest.fixture
def ana() -> Any:
    return person("ana")


@pytest.fixture
def ben() -> Any:
    return person("ben")


@pytest.fixture
def cem() -> Any:
    return person("cem")


@pytest.fixture
def dan() -> Any:
    return person("dan")


@pytest.fixture
def climbing(ana: Any, ben: Any, cem: Any) -> Conversation:
    return group(ana, ben, cem)


def refusal(verb: Any, user: Any, place: Conversation, **asked: Any) -> ChatError:
    """Return the error that a verb meets, having changed nothing."""
    before = Conversation.objects.values().get(pk=place.pk)
    seats = list(place.participants.order_by("pk").values())
    with hearing() as heard, pytest.raises(ChatError) as refused:
        verb(actor=actor(user), conversation_id=place.pk, **asked)
    assert not heard
    assert Conversation.objects.values().get(pk=place.pk) == before
    assert list(place.participants.order_by("pk").values()) == seats
    return refused.value


def line_and_change(heard: Heard, place: Conversation) -> tuple[Any, Any]:
    """Return the two frames of a change of members: rev n, then rev n + 1."""
    line, change = heard.of_conversations
    place.refresh_from_db()
    assert (line.frame["type"], line.frame["kind"]) == ("message", "system")
    assert change.frame["type"] == "conversation_updated"
    assert change.frame["members_changed"] is True
    assert (line.rev, change.rev) == (place.rev - 1, place.rev)
    assert place.meta_rev == place.rev
    # Whoever holds an older list of members must look again before he delivers either.
    assert line.meta_rev == change.meta_rev == place.rev
    return line.frame, change.frame


# --- adding -----------------------------------------------------------------


def test_a_newcomer_is_seated_at_the_line_that_announces_him(
    ana: Any, dan: Any, climbing: Conversation
) -> None:
    send(ana, climbing, "Before")
    with hearing() as heard:
        result = add_members(actor=actor(ana), conversation_id=climbing.pk, users=[dan])

    line, change = line_and_change(heard, climbing)
    assert line["system"] == {
        "event": "members_added",
        "actor": str(ana.pk),
        "targets": [str(dan.pk)],
        "data": {},
    }
    assert change["member_count"] == climbing.member_count == 4
    (card,) = change["members_added"]
    assert (card["user_id"], card["name"], card["role"]) == (
        str(dan.pk),
        "dan",
        "member",
    )
    assert (result.rev, result.skipped) == (climbing.rev, [])
    place = seat(dan, climbing)
    assert place == result.added[0]
    assert place.joined_seq == place.history_from_seq == line["seq"] == 3
    assert api.unread_for(dan) == 0


def test_a_newcomer_is_sent_the_conversation_as_he_would_fetch_it(
    ana: Any, dan: Any, climbing: Conversation
) -> None:
    send(ana, climbing, "Before")
    with hearing() as heard:
        api.add_members(ana, climbing, [dan])

    fetched = conversation_for_reader(actor(dan), climbing.pk)
    assert heard.of_user(dan) == [
        {"type": "conversation_created", "conversation": fetched}
    ]
    assert [(e.user_id, e.action) for e in heard.controls] == [(str(dan.pk), "join")]


def test_who_is_in_already_is_skipped(
    ana: Any, ben: Any, dan: Any, climbing: Conversation
) -> None:
    result = add_members(
        actor=actor(ana), conversation_id=climbing.pk, users=[ben, dan, ben, dan]
    )

    assert [row.user for row in result.added] == [dan]
    assert result.skipped == [str(ben.pk)]
    climbing.refresh_from_db()
    assert climbing.member_count == 4


def test_adding_only_those_who_are_in_is_an_error(
    ana: Any, ben: Any, cem: Any, climbing: Conversation
) -> None:
    error = refusal(add_members, ana, climbing, users=[ben, cem])

    assert error.code == "already_member"


def test_one_behind_a_block_keeps_all_out(
    ana: Any, dan: Any, climbing: Conversation
) -> None:
    eve = person("eve")
    block_user(actor=actor(eve), target=ana)

    error = refusal(add_members, ana, climbing, users=[dan, eve])

    assert (error.code, error.detail) == ("unavailable", {"user_ids": [str(eve.pk)]})


def test_a_group_has_a_largest_size(ana: Any, dan: Any, climbing: Conversation) -> None:
    with override_settings(DJANGO_CHAT={"GROUP_MAX_MEMBERS": 4}):
        api.add_members(ana, climbing, [dan])
        error = refusal(add_members, ana, climbing, users=[person("eve")])

    assert (error.code, error.detail) == ("group_too_large", {"max": 4})


# --- going ------------------------------------------------------------------


def test_who_leaves_takes_himself_off_and_tells_the_others(
    ben: Any, climbing: Conversation
) -> None:
    with hearing() as heard:
        rev = leave(actor=actor(ben), conversation_id=climbing.pk)

    line, change = line_and_change(heard, climbing)
    assert line["system"]["event"] == "member_left"
    assert line["system"]["actor"] == str(ben.pk)
    assert change["members_removed"] == [str(ben.pk)]
    assert change["member_count"] == climbing.member_count == 2
    assert rev == climbing.rev
    assert heard.of_user(ben) == [
        {"type": "inbox", "conversation_id": str(climbing.pk), "reason": "removed"}
    ]
    assert seat(ben, climbing).left_at is not None
    assert not inbox(actor(ben))


def test_who_is_removed_is_named_with_who_did_it(
    ana: Any, ben: Any, climbing: Conversation
) -> None:
    with hearing() as heard:
        remove_member(
            actor=actor(ana), conversation_id=climbing.pk, user_id=str(ben.pk)
        )

    line, change = line_and_change(heard, climbing)
    assert line["system"]["event"] == "member_removed"
    assert line["system"]["actor"] == str(ana.pk)
    assert line["system"]["targets"] == change["members_removed"] == [str(ben.pk)]
    assert heard.of_user(ben)[0]["reason"] == "removed"


def test_removing_oneself_is_leaving(ben: Any, climbing: Conversation) -> None:
    with hearing() as heard:
        remove_member(
            actor=actor(ben), conversation_id=climbing.pk, user_id=str(ben.pk)
        )

    assert line_and_change(heard, climbing)[0]["system"]["event"] == "member_left"


@pytest.mark.parametrize("who", ["stranger", "former", "nobody", "nonsense"])
def test_who_is_no_member_cannot_be_removed_or_given_a_role(
    who: str, ana: Any, ben: Any, climbing: Conversation
) -> None:
    eve = person("eve")
    api.leave(ben, climbing)
    key = {
        "stranger": str(eve.pk),
        "former": str(ben.pk),
        "nobody": "0",
        "nonsense": "\x00",
    }[who]

    error = refusal(remove_member, ana, climbing, user_id=key)
    assert (error.code, error.field) == ("not_found", "user_id")
    assert (
        refusal(set_role, ana, climbing, user_id=key, role="admin").code == "not_found"
    )


def test_leaving_twice_is_refused(ben: Any, climbing: Conversation) -> None:
    api.leave(ben, climbing)

    assert refusal(leave, ben, climbing).code == "not_participant"


def test_the_longest_serving_admin_inherits(
    ana: Any, ben: Any, cem: Any, climbing: Conversation
) -> None:
    set_role(
        actor=actor(ana), conversation_id=climbing.pk, user_id=str(cem.pk), role="admin"
    )
    with hearing() as heard:
        api.leave(ana, climbing)

    assert seat(cem, climbing).role == "owner"
    assert seat(ben, climbing).role == "member"
    assert line_and_change(heard, climbing)[1]["roles"] == {str(cem.pk): "owner"}


def test_without_an_admin_the_longest_serving_member_inherits(
    ana: Any, ben: Any, cem: Any, dan: Any, climbing: Conversation
) -> None:
    api.add_members(ana, climbing, [dan])
    api.leave(ben, climbing)
    api.add_members(ana, climbing, [ben])
    api.leave(ana, climbing)

    roles = {user: seat(user, climbing).role for user in (ben, cem, dan)}
    assert roles == {ben: "member", cem: "owner", dan: "member"}


def test_a_member_who_leaves_changes_no_role(ben: Any, climbing: Conversation) -> None:
    with hearing() as heard:
        api.leave(ben, climbing)

    assert "roles" not in line_and_change(heard, climbing)[1]


def test_the_last_one_out_deletes_the_group(
    ana: Any, ben: Any, cem: Any, climbing: Conversation
) -> None:
    for user in (ana, ben):
        api.leave(user, climbing)
    climbing.refresh_from_db()
    before = climbing.rev
    with hearing() as heard:
        rev = leave(actor=actor(cem), conversation_id=climbing.pk)

    assert not Conversation.objects.exists()
    assert not Message.objects.exists()
    (ended,) = heard.of_conversations
    assert ended.frame["changes"] == {"status": "deleted"}
    assert ended.rev == rev == before + 1
    assert heard.of_user(cem)[0]["reason"] == "removed"


def test_a_host_may_keep_empty_groups(
    ana: Any, ben: Any, cem: Any, climbing: Conversation
) -> None:
    with override_settings(DJANGO_CHAT={"KEEP_EMPTY_GROUPS": True}):
        for user in (ana, ben, cem):
            api.leave(user, climbing)

    climbing.refresh_from_db()
    assert climbing.member_count == 0
    assert not Participant.objects.active().filter(conversation=climbing).exists()


def test_a_group_may_shrink_to_one(ana: Any, ben: Any, climbing: Conversation) -> None:
    for user in (ana, ben):
        api.leave(user, climbing)

    climbing.refresh_from_db()
    assert climbing.member_count == 1


# --- coming back ------------------------------------------------------------


def test_who_comes_back_is_a_new_member(
    ana: Any, ben: Any, climbing: Conversation
) -> None:
    set_role(
        actor=actor(ana), conversation_id=climbing.pk, user_id=str(ben.pk), role="admin"
    )
    old = seat(ben, climbing)
    api.leave(ben, climbing)
    send(ana, climbing, "Without you")
    api.add_members(ana, climbing, [ben])

    new = seat(ben, climbing)
    assert new.pk == old.pk
    assert new.role == "member"
    assert new.left_at is None
    assert new.joined_at > old.joined_at
    assert api.unread_for(ben) == 0
    climbing.refresh_from_db()
    assert climbing.member_count == 3


# --- roles ------------------------------------------------------------------


def test_an_owner_makes_admins_and_members(
    ana: Any, ben: Any, climbing: Conversation
) -> None:
    for role in ("admin", "member"):
        with hearing() as heard:
            rev = set_role(
                actor=actor(ana),
                conversation_id=climbing.pk,
                user_id=str(ben.pk),
                role=role,
            )
        line, change = line_and_change(heard, climbing)
        assert seat(ben, climbing).role == role
        assert change["roles"] == {str(ben.pk): role}
        assert line["system"]["event"] == "role_changed"
        assert line["system"]["data"] == {"role": role}
        assert rev == climbing.rev


def test_making_an_owner_hands_the_group_over(
    ana: Any, ben: Any, climbing: Conversation
) -> None:
    with hearing() as heard:
        set_role(
            actor=actor(ana),
            conversation_id=climbing.pk,
            user_id=str(ben.pk),
            role="owner",
        )

    assert (seat(ben, climbing).role, seat(ana, climbing).role) == ("owner", "admin")
    assert line_and_change(heard, climbing)[1]["roles"] == {
        str(ben.pk): "owner",
        str(ana.pk): "admin",
    }


def test_the_role_one_has_is_no_change(
    ana: Any, ben: Any, climbing: Conversation
) -> None:
    with hearing() as heard:
        rev = set_role(
            actor=actor(ana),
            conversation_id=climbing.pk,
            user_id=str(ben.pk),
            role="member",
        )

    assert not heard
    assert rev == climbing.rev


def test_an_owner_does_not_demote_himself(ana: Any, climbing: Conversation) -> None:
    error = refusal(set_role, ana, climbing, user_id=str(ana.pk), role="member")

    assert error.code == "forbidden"


@pytest.mark.parametrize("role", ["", "king", "Owner", "\x00"])
def test_there_are_three_roles(
    role: str, ana: Any, ben: Any, climbing: Conversation
) -> None:
    error = refusal(set_role, ana, climbing, user_id=str(ben.pk), role=role)

    assert (error.code, error.field) == ("invalid_payload", "role")


# --- all at once ------------------------------------------------------------


def test_the_host_hears_who_came_and_went(
    ana: Any, ben: Any, dan: Any, climbing: Conversation
) -> None:
    heard = []

    def note(*, signal: Any, participant: Any, actor: Any, **_: Any) -> None:
        heard.append((signal is member_joined, participant.user, actor))

    for signal in (member_joined, member_left):
        signal.connect(note)
    try:
        with hearing():
            api.add_members(ana, climbing, [dan])
            api.remove_member(ana, climbing, ben)
            api.leave(dan, climbing)
    finally:
        for signal in (member_joined, member_left):
            signal.disconnect(note)

    assert heard == [(True, dan, ana), (False, ben, ana), (False, dan, dan)]


@pytest.mark.django_db(transaction=True)
def test_two_admins_who_add_the_same_person_at_once_add_him_once() -> None:
    ana, ben, cem, dan = people("ana", "ben", "cem", "dan")
    place = group(ana, cem, admins=(ben,))

    with hearing_at_once() as heard:
        results = together(
            *[partial(api.add_members, u, place, [dan]) for u in (ana, ben)]
        )

    refused = failures(results)
    assert [e.code for e in refused if isinstance(e, ChatError)] == ["already_member"]
    place.refresh_from_db()
    assert place.member_count == 4
    assert heard.types == ["message", "conversation_updated"]


@pytest.mark.django_db(transaction=True)
def test_everybody_leaves_at_once() -> None:
    members = people(*(f"p{n}" for n in range(6)))
    place = group(*members)

    results = together(*[partial(api.leave, user, place) for user in members])

    assert not failures(results), results
    assert not Conversation.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_who_remove_each_other_at_once_leave_one_of_them() -> None:
    ana, ben, cem = people("ana", "ben", "cem")
    place = group(ana, cem, admins=(ben,))
    set_role(
        actor=actor(ana), conversation_id=place.pk, user_id=str(ben.pk), role="owner"
    )
    # The new owner may remove the old, and the old one hand nothing over any more.
    results = together(
        partial(api.remove_member, ben, place, ana),
        partial(api.leave, ana, place),
    )

    place.refresh_from_db()
    assert place.member_count == 2
    assert [e.code for e in failures(results) if isinstance(e, ChatError)] in (
        ["not_found"],
        ["not_participant"],
    )


@pytest.mark.django_db(transaction=True)
def test_a_group_can_be_deleted_while_somebody_reads_in_it(backend: str) -> None:
    if backend == "sqlite":
        pytest.skip("SQLite has one writer at a time")
    ana, ben, cem = people("ana", "ben", "cem")
    place = group(ana, ben, cem)
    send(ana, place)
    has_read, deletes = threading.Event(), threading.Event()

    def read() -> None:
        with transaction.atomic():
            api.mark_read(ben, place)
            has_read.set()
            assert deletes.wait(10)
            # Until the other waits for what is locked here.
            threading.Event().wait(0.3)

    def delete() -> None:
        assert has_read.wait(10)
        deletes.set()
        delete_conversation(actor=actor(ana), conversation_id=place.pk)

    assert not failures(together(read, delete))
    assert not Conversation.objects.exists()
    with pytest.raises(ChatError, match="not_found"):
        api.mark_read(ben, place)
