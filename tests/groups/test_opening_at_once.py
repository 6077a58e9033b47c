"""Everybody opens the same thing in the same instant: the database keeps one."""

from __future__ import annotations

import pytest

from django_chat.exceptions import ChatError
from django_chat.groups.services.opening import (
    create_group,
    open_about,
    open_direct,
)
from django_chat.people.services import block_user
from django_chat.timeline.models import Conversation, Message, Participant
from tests.concurrency import failures, together
from tests.factories import actor, people
from tests.shop.models import Order

pytestmark = pytest.mark.django_db(transaction=True)


def test_twenty_opens_from_both_sides_give_one_conversation() -> None:
    ana, ben = people("ana", "ben")

    def open_it(one: object, other: object) -> tuple[Conversation, bool]:
        return open_direct(actor=actor(one), target=other)

    results = together(
        *[lambda pair=pair: open_it(*pair) for pair in [(ana, ben), (ben, ana)] * 10]
    )

    assert not failures(results), results
    assert len({conversation.pk for conversation, _ in results}) == 1
    assert sum(is_new for _, is_new in results) == 1
    assert Conversation.objects.count() == 1
    assert Participant.objects.count() == 2


def test_opens_in_two_tenants_at_once_give_one_in_each() -> None:
    ana, ben = people("ana", "ben")

    results = together(
        *[
            lambda tenant=tenant: open_direct(actor=actor(ana, tenant), target=ben)
            for tenant in ["north", "south"] * 4
        ]
    )

    assert not failures(results), results
    tenants = Conversation.objects.order_by("tenant").values_list("tenant", flat=True)
    assert list(tenants) == ["north", "south"]


def test_twenty_who_open_the_same_order_get_one_conversation() -> None:
    ana, ben, cem = people("ana", "ben", "cem")
    order = Order.objects.create()

    def open_it(one: object, *others: object) -> tuple[Conversation, bool]:
        return open_about(actor=actor(one), about=order, members=others)

    sides = [(ana, ben, cem), (ben, cem, ana), (cem, ana, ben), (ana, cem, ben)] * 5
    results = together(*[lambda side=side: open_it(*side) for side in sides])

    assert not failures(results), results
    assert len({conversation.pk for conversation, _ in results}) == 1
    assert sum(is_new for _, is_new in results) == 1
    [made] = Conversation.objects.all()
    assert Participant.objects.filter(conversation=made).count() == 3
    assert [p.user for p in made.participants.filter(role="owner")] == [made.created_by]


def test_two_orders_opened_at_once_are_two_conversations() -> None:
    ana, ben = people("ana", "ben")
    orders = [Order.objects.create() for _ in range(2)]

    results = together(
        *[
            lambda order=order: open_about(actor=actor(ana), about=order, members=[ben])
            for order in orders * 4
        ]
    )

    assert not failures(results), results
    assert len({conversation.pk for conversation, _ in results}) == 2
    assert sum(is_new for _, is_new in results) == 2


def test_a_group_whose_creation_is_repeated_at_once_is_made_once() -> None:
    ana, ben, cem = people("ana", "ben", "cem")

    def create() -> tuple[Conversation, bool]:
        return create_group(
            actor=actor(ana), title="Climbing", members=[ben, cem], client_id="once"
        )

    results = together(*[create] * 8)

    assert not failures(results), results
    assert len({conversation.pk for conversation, _ in results}) == 1
    assert sum(is_new for _, is_new in results) == 1
    assert Participant.objects.count() == 3
    assert Message.objects.count() == 1


def test_one_key_for_two_different_groups_at_once_makes_one_of_them() -> None:
    ana, ben, cem = people("ana", "ben", "cem")

    results = together(
        *[
            lambda title=title: create_group(
                actor=actor(ana), title=title, members=[ben, cem], client_id="once"
            )
            for title in ("Climbing", "Cycling")
        ]
    )

    refused = failures(results)
    assert [error.code for error in refused if isinstance(error, ChatError)] == [
        "idempotency_conflict"
    ]
    assert Conversation.objects.count() == 1


def test_two_who_block_each_other_at_once_both_succeed() -> None:
    ana, ben = people("ana", "ben")

    results = together(
        *[lambda: block_user(actor=actor(ana), target=ben)] * 4,
        *[lambda: block_user(actor=actor(ben), target=ana)] * 4,
    )

    assert not failures(results), results
    assert sum(results) == 2
