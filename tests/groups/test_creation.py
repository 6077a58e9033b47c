"""Forming a group."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import override_settings

from django_chat import api
from django_chat.exceptions import ChatError
from django_chat.feed.inbox import conversation_for_reader
from django_chat.groups.services.opening import create_group
from django_chat.people.services import block_user
from django_chat.policy import ChatPolicy
from django_chat.signals import conversation_created
from django_chat.timeline.models import Conversation, Message, Participant
from tests.factories import actor, direct, group, people, seat
from tests.listening import hearing

pytestmark = pytest.mark.django_db


def refusal(owner: Any, members: list[Any], **fields: Any) -> ChatError:
    """Return the error that forming a group meets, having formed none."""
    before = Conversation.objects.count()
    fields = {"title": "Climbing", **fields}
    with hearing() as heard, pytest.raises(ChatError) as refused:
        create_group(actor=actor(owner), members=members, **fields)
    assert not heard
    assert Conversation.objects.count() == before
    return refused.value


def test_whoever_forms_it_owns_it() -> None:
    ana, ben, cem = people("ana", "ben", "cem")
    made, is_new = create_group(actor=actor(ana), title="Climbing", members=[ben, cem])

    assert is_new
    assert (made.kind, made.status, made.title) == ("group", "open", "Climbing")
    assert (made.member_count, made.created_by) == (3, ana)
    roles = made.participants.values_list("user__username", "role")
    assert dict(roles) == {"ana": "owner", "ben": "member", "cem": "member"}


def test_it_begins_with_a_line_that_everybody_sees_and_nobody_must_read() -> None:
    ana, ben, cem = people("ana", "ben", "cem")
    made = group(ana, ben, cem, title="Climbing")

    line = Message.objects.get(conversation=made)
    assert (line.kind, line.seq, line.rev, line.ordinal) == ("system", 1, 1, 0)
    assert line.system == {
        "event": "group_created",
        "actor": str(ana.pk),
        "targets": [],
        "data": {"title": "Climbing"},
    }
    assert (made.seq, made.rev, made.meta_rev, made.ordinal) == (1, 2, 2, 0)
    for user in (ana, ben, cem):
        assert api.unread_for(user) == 0
        assert seat(user, made).visible_from == 1


def test_each_member_is_sent_the_conversation_as_he_would_fetch_it() -> None:
    ana, ben, cem = people("ana", "ben", "cem")
    with hearing() as heard:
        made = api.create_group(ana, "Climbing", [ben, cem])

    assert not heard.of_conversations
    for user in (ana, ben, cem):
        fetched = conversation_for_reader(actor(user), made.pk)
        assert heard.of_user(user) == [
            {"type": "conversation_created", "conversation": fetched}
        ]
    joins = {(event.user_id, event.action, event.data) for event in heard.controls}
    assert joins == {(str(u.pk), "join", str(made.pk)) for u in (ana, ben, cem)}


def test_two_others_are_the_least() -> None:
    ana, ben, cem = people("ana", "ben", "cem")

    for members in ([], [ben], [ben, ben], [ana, ben], [ana, ana]):
        error = refusal(ana, members)
        assert (error.code, error.field) == ("invalid_payload", "members")
        assert error.detail == {"min": 2}
    assert group(ana, ben, cem, ben, ana).member_count == 3


def test_the_host_chooses_the_least_and_the_most() -> None:
    ana, ben, cem, dan = people("ana", "ben", "cem", "dan")
    with override_settings(DJANGO_CHAT={"GROUP_MIN_OTHERS": 0, "GROUP_MAX_MEMBERS": 3}):
        assert group(ana).member_count == 1
        assert group(ana, ben, cem).member_count == 3
        error = refusal(ana, [ben, cem, dan])
    assert (error.code, error.detail) == ("group_too_large", {"max": 3})


@pytest.mark.parametrize(
    ("title", "code"),
    [
        ("x" * 256, "too_long"),
        ("a\x00", "invalid_payload"),
        ("\udfff", "invalid_payload"),
    ],
    ids=["long", "NUL", "surrogate"],
)
def test_a_title_is_text_of_255_characters(title: str, code: str) -> None:
    ana, ben, cem = people("ana", "ben", "cem")

    error = refusal(ana, [ben, cem], title=title)

    assert (error.code, error.field) == (code, "title")
    assert group(ana, ben, cem, title="😀" * 255).title == "😀" * 255


@pytest.mark.parametrize("direction", ["blocks", "blocked"])
def test_who_stands_behind_a_block_cannot_be_taken_in(direction: str) -> None:
    ana, ben, cem, dan = people("ana", "ben", "cem", "dan")
    one, other = (ana, cem) if direction == "blocks" else (cem, ana)
    block_user(actor=actor(one), target=other)

    error = refusal(ana, [ben, cem, dan])

    assert (error.code, error.detail) == ("unavailable", {"user_ids": [str(cem.pk)]})


def test_members_who_block_each_other_may_share_a_group() -> None:
    ana, ben, cem = people("ana", "ben", "cem")
    block_user(actor=actor(ben), target=cem)

    assert group(ana, ben, cem).member_count == 3


class Nobody(ChatPolicy):
    """A host where groups are not for users to form."""

    def can_create_group(self, user: Any) -> bool:
        return False


def test_the_host_may_forbid_groups(settings: Any) -> None:
    settings.DJANGO_CHAT = {"POLICY": f"{__name__}.Nobody"}
    ana, ben, cem = people("ana", "ben", "cem")

    assert refusal(ana, [ben, cem]).code == "forbidden"


# --- a client that heard no answer ------------------------------------------


def test_the_same_request_again_is_the_same_group() -> None:
    ana, ben, cem = people("ana", "ben", "cem")
    first = api.create_group(ana, "Climbing", [ben, cem], client_id="k")
    with hearing() as heard:
        again, is_new = create_group(
            actor=actor(ana), title="Climbing", members=[cem, ana, ben], client_id="k"
        )

    assert (again, is_new) == (first, False)
    assert not heard
    assert Message.objects.count() == 1


def test_another_request_under_the_same_key_is_a_conflict() -> None:
    ana, ben, cem, dan = people("ana", "ben", "cem", "dan")
    api.create_group(ana, "Climbing", [ben, cem], client_id="k")

    assert refusal(ana, [ben, cem], title="Other", client_id="k").code == (
        "idempotency_conflict"
    )
    for members in ([ben, dan], [ben, cem, dan]):
        error = refusal(ana, members, client_id="k")
        assert (error.code, error.field) == ("idempotency_conflict", "client_id")


def test_titles_and_members_are_not_mixed_up() -> None:
    ana, ben, cem = people("ana", "ben", "cem")
    api.create_group(ana, "Climbing", [ben, cem], client_id="k")

    assert refusal(
        ana, [cem, ben], title=f"Climbing\x1f{ben.pk}", client_id="k"
    ).code == ("idempotency_conflict")


def test_the_key_of_one_tenant_does_not_open_a_group_in_another() -> None:
    ana, ben, cem = people("ana", "ben", "cem")
    api.create_group(ana, "Climbing", [ben, cem], client_id="k", tenant="north")

    with pytest.raises(ChatError, match="idempotency_conflict"):
        api.create_group(ana, "Climbing", [ben, cem], client_id="k", tenant="south")


def test_two_people_may_use_the_same_key() -> None:
    ana, ben, cem = people("ana", "ben", "cem")
    one = api.create_group(ana, "Climbing", [ben, cem], client_id="k")
    other = api.create_group(ben, "Climbing", [ana, cem], client_id="k")

    assert one != other


def test_the_repeat_is_answered_after_the_group_has_changed() -> None:
    ana, ben, cem, dan = people("ana", "ben", "cem", "dan")
    first = api.create_group(ana, "Climbing", [ben, cem], client_id="k")
    api.rename(ana, first, "Cycling")
    api.add_members(ana, first, [dan])
    block_user(actor=actor(cem), target=ana)

    assert api.create_group(ana, "Climbing", [ben, cem], client_id="k") == first


@pytest.mark.parametrize("client_id", ["", "a b", "a\x00", "x" * 65, "\ud800"])
def test_a_key_that_cannot_be_stored_is_refused(client_id: str) -> None:
    ana, ben, cem = people("ana", "ben", "cem")

    error = refusal(ana, [ben, cem], client_id=client_id)

    assert (error.code, error.field) == ("invalid_payload", "client_id")


def test_groups_without_a_key_are_all_new() -> None:
    ana, ben, cem = people("ana", "ben", "cem")

    assert group(ana, ben, cem) != group(ana, ben, cem)


def test_the_host_hears_of_new_conversations() -> None:
    ana, ben, cem = people("ana", "ben", "cem")
    heard = []

    def note(**arguments: Any) -> None:
        heard.append((arguments["conversation"].pk, arguments["actor"]))

    conversation_created.connect(note)
    try:
        with hearing():
            made = [direct(ana, ben), direct(ana, ben), group(ana, ben, cem)]
    finally:
        conversation_created.disconnect(note)

    assert heard == [(made[0].pk, ana), (made[2].pk, ana)]


def test_nothing_is_half_made_when_the_database_refuses(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from django_chat.groups.services import opening

    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError("the disk is full")

    ana, ben, cem = people("ana", "ben", "cem")
    monkeypatch.setattr(opening, "append_system_line", fail)
    with hearing() as heard, pytest.raises(RuntimeError):
        api.create_group(ana, "Climbing", [ben, cem])

    assert not heard
    assert not Conversation.objects.exists()
    assert not Participant.objects.exists()
