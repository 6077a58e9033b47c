"""People talk about something that the site has."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.contrib.contenttypes.models import ContentType
from django.utils.translation import gettext_lazy

from django_chat import api
from django_chat.exceptions import ChatError
from django_chat.feed.inbox import conversation_for_reader, inbox, inbox_payloads
from django_chat.groups.services.opening import open_about
from django_chat.groups.services.settings import update_conversation
from django_chat.people.services import block_user
from django_chat.policy import ChatPolicy
from django_chat.signals import conversation_created
from django_chat.timeline.models import Conversation, Message, Participant
from tests.factories import actor, direct, group, people, person, seat, send
from tests.listening import hearing
from tests.protocol.schemas import check_object
from tests.shop.models import Order, Parcel

pytestmark = pytest.mark.django_db


@pytest.fixture
def order() -> Order:
    return Order.objects.create(name="Tent for two")


def listed(user: Any) -> list[Any]:
    """Return the conversations in somebody's list."""
    return [row.conversation for row in inbox(actor(user))]


def context(user: Any, conversation: Conversation) -> Any:
    """Return what `user` is shown of what a conversation is about."""
    shown = conversation_for_reader(actor(user), conversation.pk)
    check_object("Conversation", shown)
    return shown["context"]


def refusal(user: Any, about: Any, members: list[Any], **fields: Any) -> ChatError:
    """Return the error that opening meets, having opened nothing."""
    before = Conversation.objects.count()
    with hearing() as heard, pytest.raises(ChatError) as refused:
        open_about(actor=actor(user), about=about, members=members, **fields)
    assert not heard
    assert Conversation.objects.count() == before
    return refused.value


# --- opening ----------------------------------------------------------------


def test_whoever_opens_it_owns_it_and_both_are_in_it(order: Order) -> None:
    ana, ben = people("ana", "ben")

    made, is_new = open_about(
        actor=actor(ana), about=order, members=[ben], title="Your tent"
    )

    assert is_new
    assert (made.kind, made.title, made.created_by) == ("group", "Your tent", ana)
    assert (made.member_count, made.seq, made.rev) == (2, 0, 0)
    roles = made.participants.values_list("user__username", "role")
    assert dict(roles) == {"ana": "owner", "ben": "member"}


def test_the_same_people_have_one_about_each_thing(order: Order) -> None:
    ana, ben, cem = people("ana", "ben", "cem")
    made = api.open_about(ana, order, [ben])

    for user, members in [(ana, [ben]), (ben, [ana]), (ana, [ben, ana, ben])]:
        found = open_about(actor=actor(user), about=order, members=members, title="x")
        assert found == (made, False)
    others = [
        api.open_about(ana, order, [cem]),
        api.open_about(ana, order, [ben, cem]),
        api.open_about(ana, Order.objects.create(), [ben]),
        api.open_about(ana, order, [ben], tenant="north"),
        api.open_direct(ana, ben),
    ]
    assert len({made.pk, *(other.pk for other in others)}) == 6


def test_a_thing_of_another_kind_with_the_same_key_is_another_thing() -> None:
    ana, ben = people("ana", "ben")
    order = Order.objects.create(pk=ben.pk)

    assert api.open_about(ana, order, [ben]) != api.open_about(ana, ben, [ben])


def test_keys_that_read_the_same_when_joined_are_kept_apart() -> None:
    first, second = Order.objects.create(pk=1), Order.objects.create(pk=11)
    ana, one, other = (
        person(name, pk=pk) for name, pk in (("ana", 5), ("one", 12), ("other", 2))
    )

    assert api.open_about(ana, first, [one]) != api.open_about(ana, second, [other])


def test_it_is_found_again_whoever_has_come_and_gone(order: Order) -> None:
    ana, ben, cem = people("ana", "ben", "cem")
    made = api.open_about(ana, order, [ben])
    api.add_members(ana, made, [cem])
    api.leave(ben, made)
    block_user(actor=actor(ben), target=ana)

    for user, other in [(ana, ben), (ben, ana)]:
        assert api.open_about(user, order, [other]) == made
    active = Participant.objects.active().filter(conversation=made)
    assert {row.user for row in active} == {ana, cem}


def test_nobody_hears_of_it_before_the_first_message(order: Order) -> None:
    ana, ben = people("ana", "ben")
    with hearing() as heard:
        made = api.open_about(ana, order, [ben])

    assert not heard
    assert (listed(ana), listed(ben)) == ([made], [])
    assert not Message.objects.exists()

    with hearing() as heard:
        send(ana, made)

    assert heard.types == ["message"]
    joins = {(event.user_id, event.data) for event in heard.controls}
    assert joins == {(str(user.pk), str(made.pk)) for user in (ana, ben)}
    assert listed(ben) == [made]
    assert api.unread_for(ben) == 1


@pytest.mark.parametrize("verb", ["add", "rename"])
def test_a_first_line_wakes_everybody_as_a_first_message_does(
    verb: str, order: Order
) -> None:
    ana, ben, cem = people("ana", "ben", "cem")
    made = api.open_about(ana, order, [ben])
    with hearing() as heard:
        if verb == "add":
            api.add_members(ana, made, [cem])
        else:
            api.rename(ana, made, "Your tent")
    woken = {e.user_id for e in heard.controls if e.action == "join"}
    assert {str(ana.pk), str(ben.pk)} <= woken
    assert listed(ben) == [made]

    with hearing() as heard:
        update_conversation(
            actor=actor(ana), conversation_id=made.pk, title="Still your tent"
        )
    assert heard.types == ["message", "conversation_updated"]
    assert not heard.controls


def test_who_is_brought_in_later_is_told_what_it_is_about(order: Order) -> None:
    ana, ben, cem = people("ana", "ben", "cem")
    made = api.open_about(ana, order, [ben])
    with hearing() as heard:
        api.add_members(ana, made, [cem])

    [frame] = heard.of_user(cem)
    assert frame["conversation"] == conversation_for_reader(actor(cem), made.pk)
    assert frame["conversation"]["context"]["label"] == "Tent for two"


def test_the_host_hears_of_it_once(order: Order) -> None:
    ana, ben = people("ana", "ben")
    heard = []

    def note(**arguments: Any) -> None:
        heard.append((arguments["conversation"].pk, arguments["actor"]))

    conversation_created.connect(note)
    try:
        with hearing():
            made = [api.open_about(ana, order, [ben]) for _ in range(2)]
    finally:
        conversation_created.disconnect(note)

    assert heard == [(made[0].pk, ana)]


# --- who may not ------------------------------------------------------------


def test_nobody_talks_to_himself_about_something(order: Order) -> None:
    ana = person("ana")

    for members in ([], [ana]):
        error = refusal(ana, order, members)
        assert (error.code, error.field) == ("invalid_payload", "members")
        assert error.detail == {"min": 1}


@pytest.mark.parametrize("direction", ["blocks", "blocked"])
def test_a_block_on_either_side_prevents_a_new_one(
    direction: str, order: Order
) -> None:
    ana, ben, cem = people("ana", "ben", "cem")
    one, other = (ana, cem) if direction == "blocks" else (cem, ana)
    block_user(actor=actor(one), target=other)

    error = refusal(ana, order, [ben, cem])

    assert (error.code, error.detail) == ("unavailable", {"user_ids": [str(cem.pk)]})


def test_who_is_deactivated_looks_like_who_blocks(order: Order) -> None:
    ana, cem = people("ana", "cem")
    gone = person("gone", is_active=False)
    block_user(actor=actor(cem), target=ana)

    refused = {
        other.pk: refusal(ana, order, [other]).as_dict() for other in (gone, cem)
    }

    for key, body in refused.items():
        assert body.pop("detail") == {"user_ids": [str(key)]}
    assert refused[gone.pk] == refused[cem.pk]
    assert refused[gone.pk]["code"] == "unavailable"


def test_there_are_as_many_people_as_a_group_holds(settings: Any, order: Order) -> None:
    settings.DJANGO_CHAT = {"GROUP_MAX_MEMBERS": 2}
    ana, ben, cem = people("ana", "ben", "cem")

    error = refusal(ana, order, [ben, cem])

    assert (error.code, error.detail) == ("group_too_large", {"max": 2})
    assert api.open_about(ana, order, [ben]).member_count == 2


@pytest.mark.parametrize(
    ("title", "code"), [("x" * 256, "too_long"), ("a\x00", "invalid_payload")]
)
def test_a_title_is_text_of_255_characters(title: str, code: str, order: Order) -> None:
    ana, ben = people("ana", "ben")

    error = refusal(ana, order, [ben], title=title)

    assert (error.code, error.field) == (code, "title")


def test_what_is_not_saved_cannot_be_talked_about() -> None:
    ana, ben = people("ana", "ben")

    error = refusal(ana, Order(), [ben])

    assert (error.code, error.field) == ("invalid_payload", "about")
    with pytest.raises(ChatError, match="invalid_payload"):
        api.conversations_about(ana, Order())


class Reserved(ChatPolicy):
    """Nobody talks about what is reserved, except its friends."""

    def can_open_about(
        self, user: Any, obj: Any, members: Any, *, invited: bool
    ) -> bool:
        reserved = obj.name == "Reserved"
        return invited and (not reserved or user.username in obj.address)


def test_the_host_may_forbid_it(settings: Any, order: Order) -> None:
    settings.DJANGO_CHAT = {"POLICY": f"{__name__}.Reserved"}
    ana, ben = people("ana", "ben")
    reserved = Order.objects.create(name="Reserved", address="ben")

    assert refusal(ana, reserved, [ben]).code == "forbidden"
    made = api.open_about(ben, reserved, [ana])
    # What is there is there for those who are in it.
    assert api.open_about(ana, reserved, [ben]) == made
    assert api.open_about(ana, order, [ben]).context_id == str(order.pk)


def test_nobody_gets_in_whom_nobody_has_invited(order: Order) -> None:
    ana, ben = people("ana", "ben")

    assert refusal(ana, order, [ben], invited=False).code == "forbidden"


# --- what is shown ----------------------------------------------------------


def test_everybody_in_it_sees_what_it_is_about(order: Order) -> None:
    ana, ben = people("ana", "ben")
    made = api.open_about(ana, order, [ben])

    for user in (ana, ben):
        assert context(user, made) == {
            "type": "shop.order",
            "id": str(order.pk),
            "label": "Tent for two",
            "url": f"/orders/{order.pk}/",
        }
    for plain in (direct(ana, ben), group(ana, ben, person())):
        assert context(ana, plain) is None


def test_a_thing_may_have_another_kind_of_key_and_no_page() -> None:
    ana, ben = people("ana", "ben")
    parcel = Parcel.objects.create()

    assert context(ana, api.open_about(ana, parcel, [ben])) == {
        "type": "shop.parcel",
        "id": str(parcel.pk),
        "label": "A parcel",
        "url": None,
    }


def test_a_long_name_is_cut() -> None:
    ana, ben = people("ana", "ben")
    order = Order.objects.create(name="😀" * 130)

    shown = context(ana, api.open_about(ana, order, [ben]))

    assert shown["label"] == "😀" * 120


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example/",
        "/\t/evil.example/",
        "\\\\evil.example",
        "javascript:alert(1)",
        "orders/1/",
    ],
)
def test_an_address_that_leads_elsewhere_is_not_shown(address: str) -> None:
    ana, ben = people("ana", "ben")
    order = Order.objects.create(address=address)

    shown = context(ana, api.open_about(ana, order, [ben]))

    assert shown["url"] is None
    assert shown["label"] == "An order"


def test_what_is_gone_leaves_its_name_behind_nowhere(order: Order) -> None:
    ana, ben = people("ana", "ben")
    made = api.open_about(ana, order, [ben])
    order_id = str(order.pk)
    order.delete()

    assert context(ana, made) == {
        "type": "shop.order",
        "id": order_id,
        "label": "",
        "url": None,
    }
    assert send(ben, made, "Where is my tent?").seq == 1


def test_a_kind_of_thing_that_the_site_has_no_more_is_gone(
    request: pytest.FixtureRequest,
) -> None:
    ana, ben = people("ana", "ben")
    made = api.open_about(ana, Order.objects.create(), [ben])
    kind = ContentType.objects.create(app_label="shop", model="rental")
    request.addfinalizer(ContentType.objects.clear_cache)
    Conversation.objects.filter(pk=made.pk).update(context_type=kind)

    assert context(ana, made) == {
        "type": "shop.rental",
        "id": made.context_id,
        "label": "",
        "url": None,
    }
    kind.delete()
    assert context(ana, made) is None


def test_keys_of_a_former_kind_are_gone(order: Order) -> None:
    ana, ben = people("ana", "ben")
    made = api.open_about(ana, order, [ben])
    Conversation.objects.filter(pk=made.pk).update(context_id=str(uuid4()))

    assert context(ana, made)["label"] == ""


class ShopCards(ChatPolicy):
    """Shows things otherwise to everybody, and only their buyers more than a number."""

    def context_card(self, obj: Any, user: Any) -> Any:
        if user.username == "ana":
            picture = f"https://pictures.example/{obj.pk}.png"
            label = gettext_lazy("Order")
            return {"label": label, "url": "/mine/", "image": picture}
        return {"label": f"#{obj.pk}", "url": "https://other.example/"}


def test_the_host_says_what_each_is_shown(settings: Any, order: Order) -> None:
    settings.DJANGO_CHAT = {"POLICY": f"{__name__}.ShopCards"}
    ana, ben = people("ana", "ben")
    made = api.open_about(ana, order, [ben])

    assert context(ana, made) == {
        "type": "shop.order",
        "id": str(order.pk),
        "label": "Order",
        "url": "/mine/",
        "image": f"https://pictures.example/{order.pk}.png",
    }
    shown = context(ben, made)
    assert (shown["label"], shown["url"]) == (f"#{order.pk}", None)
    assert "image" not in shown


def test_a_page_of_the_list_shows_each_its_own() -> None:
    ana, ben = people("ana", "ben")
    things: list[Any] = [Order.objects.create(name=f"Order {n}") for n in range(3)]
    things += [Parcel.objects.create(), ben]
    made = {api.open_about(ana, thing, [ben]).pk: thing for thing in things}
    made[direct(ana, ben).pk] = None

    rows = inbox_payloads(actor(ana), list(inbox(actor(ana))))

    assert {row["id"]: row["context"] and row["context"]["label"] for row in rows} == {
        str(pk): thing and str(thing) for pk, thing in made.items()
    }


# --- finding ----------------------------------------------------------------


def test_one_finds_those_about_a_thing_that_one_is_in(order: Order) -> None:
    ana, ben, cem, eve = people("ana", "ben", "cem", "eve")
    made = api.open_about(ana, order, [ben])
    with_cem = api.open_about(ana, order, [cem])
    api.open_about(ana, Order.objects.create(), [ben])
    elsewhere = api.open_about(ana, order, [ben], tenant="north")
    direct(ana, ben)

    assert set(api.conversations_about(ana, order)) == {made, with_cem}
    assert list(api.conversations_about(ben, order)) == [made]
    assert list(api.conversations_about(ben, order, tenant="north")) == [elsewhere]
    assert not api.conversations_about(eve, order)
    api.leave(ben, made)
    assert not api.conversations_about(ben, order)


# --- people who are deleted -------------------------------------------------


def test_who_gets_the_key_of_a_deleted_user_gets_nothing_of_his(order: Order) -> None:
    ana, ben = people("ana", "ben")
    made = api.open_about(ana, order, [ben])
    send(ben, made, "My address is ...")
    key = ben.pk
    ben.delete()
    other = person("other", pk=key)

    fresh, is_new = open_about(actor=actor(other), about=order, members=[ana])

    assert is_new
    assert fresh != made
    assert seat(ana, made).left_at is None
    assert listed(other) == [fresh]
