"""Showing that one writes: told and never stored."""

from __future__ import annotations

from typing import Any

import pytest

from django_chat.exceptions import ChatError
from django_chat.feed.variants import Reader, Variant, variant_for
from django_chat.groups.services.settings import update_conversation
from django_chat.people.services import block_user
from django_chat.presence.services import show_typing
from tests.factories import actor, direct, group, people
from tests.listening import Heard, hearing

pytestmark = pytest.mark.django_db


def types(user: Any, place: Any, **fields: Any) -> Heard:
    """Let somebody type, and return what is told."""
    with hearing() as heard:
        show_typing(
            actor=actor(user), conversation_id=place.pk, **{"is_typing": True, **fields}
        )
    return heard


def test_the_others_are_told_until_when() -> None:
    ana, ben = people("ana", "ben")
    letters = direct(ana, ben)
    (event,) = types(ana, letters, activity="voice").of_conversations

    assert event.rev is None
    assert event.frame == {
        "type": "typing",
        "conversation_id": str(letters.pk),
        "user_id": str(ana.pk),
        "user": "ana",
        "is_typing": True,
        "activity": "voice",
        "expires_in_ms": 8_000,
        "expires_in": 8_000,
    }
    assert types(ana, letters, is_typing=False).of_conversations[0].frame[
        "is_typing"
    ] is (False)


def test_nothing_is_written(django_assert_num_queries: Any) -> None:
    ana, ben, cem = people("ana", "ben", "cem")
    place = group(ana, ben, cem)

    with django_assert_num_queries(1):
        show_typing(actor=actor(ana), conversation_id=place.pk, is_typing=True)


def test_nobody_sees_himself_typing_nor_whom_he_has_blocked() -> None:
    ana, ben, cem = people("ana", "ben", "cem")
    (event,) = types(ana, group(ana, ben, cem)).of_conversations

    def variant(user: Any, *blocked: Any) -> Variant:
        ids = frozenset(str(other.pk) for other in blocked)
        return variant_for(event, Reader(str(user.pk), blocked=ids))

    assert variant(ana) is Variant.NOTHING
    assert variant(ben) is Variant.EVERYONE
    assert variant(ben, cem) is Variant.EVERYONE
    assert variant(ben, ana) is Variant.NOTHING


def test_in_a_large_group_nobody_is_told() -> None:
    members = people(*(f"p{n}" for n in range(101)))

    assert not types(members[0], group(*members))
    assert types(members[0], group(*members[:100]))


def test_who_may_not_write_does_not_type() -> None:
    ana, ben, cem, eve = people("ana", "ben", "cem", "eve")
    place, letters = group(ana, ben, cem), direct(ana, ben)
    update_conversation(actor=actor(ana), conversation_id=place.pk, status="closed")
    block_user(actor=actor(ben), target=ana)

    for user, where, code in [
        (ana, place, "read_only"),
        (ana, letters, "unavailable"),
        (ben, letters, "unavailable"),
        (eve, place, "not_found"),
    ]:
        with pytest.raises(ChatError) as refused:
            types(user, where)
        assert refused.value.code == code


def test_there_are_three_activities() -> None:
    ana, ben = people("ana", "ben")
    with pytest.raises(ChatError) as refused:
        types(ana, direct(ana, ben), activity="dancing")

    assert (refused.value.code, refused.value.field) == ("invalid_payload", "activity")
