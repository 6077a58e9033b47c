"""Opening a conversation about something by a reference that the site has signed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core import signing
from django.utils import timezone

from django_chat import api
from django_chat.exceptions import ChatError
from django_chat.groups.references import MAX_AGE
from django_chat.people.services import block_user
from django_chat.policy import ChatPolicy
from django_chat.tenancy.resolvers import UserAttributeTenants
from django_chat.timeline.models import Conversation
from tests.factories import actor, people, person
from tests.rest.caller import Caller
from tests.shop.models import Order

pytestmark = pytest.mark.django_db


@pytest.fixture
def order() -> Order:
    return Order.objects.create(name="Tent for two")


@pytest.fixture
def reference(ana: Caller, ben: Caller, order: Order) -> str:
    """What a page shows ana: talk with ben about the order."""
    return api.sign_reference(ana.user, order, [ben.user], title="Your tent")


def opening(who: Caller, reference: Any, **fields: Any) -> Any:
    return who.post("conversations/", {"about": reference, **fields})


def check_nothing_opened() -> None:
    assert not Conversation.objects.exists()


def test_ana_opens_what_the_page_has_signed(
    ana: Caller, ben: Caller, order: Order, reference: str
) -> None:
    opened = opening(ana, reference)
    again = opening(ana, reference, kind="group", title="Other", members=["@nobody"])

    assert (opened.status, again.status) == (201, 200)
    assert opened["id"] == again["id"]
    assert (opened["kind"], opened["title"]) == ("group", "Your tent")
    assert (opened["my_role"], opened["member_count"]) == ("owner", 2)
    assert opened["context"] == {
        "type": "shop.order",
        "id": str(order.pk),
        "label": "Tent for two",
        "url": f"/orders/{order.pk}/",
    }
    assert ana.get("conversations/")["results"][0] == again.json
    assert ben.get("conversations/")["results"] == []


def test_the_site_itself_finds_the_same(
    ana: Caller, ben: Caller, order: Order, reference: str
) -> None:
    opened = opening(ana, reference)

    assert str(api.open_about(ben.user, order, [ana.user]).pk) == opened["id"]


def test_a_member_whom_it_names_may_use_it_too(
    ana: Caller, ben: Caller, reference: str
) -> None:
    by_ben = opening(ben, reference)

    assert (by_ben.status, by_ben["my_role"]) == (201, "owner")
    assert opening(ana, reference)["id"] == by_ben["id"]


def test_a_reference_about_nothing_is_the_direct_conversation_of_two(
    ana: Caller, ben: Caller, dora: Caller
) -> None:
    reference = api.sign_reference(ana.user, None, [ben.user])

    opened = opening(ana, reference)

    assert (opened.status, opened["kind"], opened["context"]) == (201, "direct", None)
    assert opening(ben, reference)["id"] == opened["id"]
    assert opening(dora, reference)["code"] == "forbidden"
    block_user(actor=actor(ben.user), target=ana.user)
    assert opening(ana, reference)["id"] == opened["id"]


@pytest.mark.parametrize("others", [0, 2])
def test_a_direct_conversation_is_signed_for_two(ana: Caller, others: int) -> None:
    with pytest.raises(ChatError) as refused:
        api.sign_reference(ana.user, None, [person(f"p{n}") for n in range(others)])
    assert refused.value.code == "invalid_payload"


def test_a_reference_for_ana_is_of_no_use_to_anybody_else(
    ana: Caller, dora: Caller, reference: str
) -> None:
    assert opening(dora, reference).code == (403, "forbidden")
    check_nothing_opened()
    opening(ana, reference)
    assert opening(dora, reference).code == (403, "forbidden")
    assert dora.get("conversations/")["results"] == []


def test_people_who_could_not_find_each_other_are_brought_together(
    ana: Caller, ben: Caller, reference: str
) -> None:
    by_id = ana.post("conversations/", {"kind": "direct", "user_id": ben.id})

    assert by_id.code == (403, "unavailable")
    assert opening(ana, reference).status == 201


# --- a reference that names nobody ------------------------------------------


@pytest.fixture
def for_anybody(ben: Caller, order: Order) -> str:
    """What a page that everybody may see shows: talk with ben about the order."""
    return api.sign_reference(None, order, [ben.user])


def test_a_reference_that_names_nobody_lets_nobody_in(
    ana: Caller, ben: Caller, for_anybody: str
) -> None:
    assert opening(ana, for_anybody).code == (403, "forbidden")
    check_nothing_opened()
    # Alone with himself there is nobody to talk to.
    assert opening(ben, for_anybody).code == (400, "invalid_payload")


class Market(ChatPolicy):
    """A site where everybody may ask about everything, once he has a last name."""

    def can_open_about(
        self, user: Any, obj: Any, members: Any, *, invited: bool
    ) -> bool:
        return invited or bool(user.last_name)


def test_the_host_may_let_anybody_ask(
    settings: Any, ana: Caller, dora: Caller, for_anybody: str
) -> None:
    settings.DJANGO_CHAT = {"POLICY": f"{__name__}.Market"}

    opened = opening(ana, for_anybody)

    assert opened.status == 201
    assert {member["name"] for member in opened["members"]} == {"Ana Alba", "Ben Berg"}
    assert opening(dora, for_anybody).code == (403, "forbidden")
    dora.user.last_name = "Dell"
    dora.user.save()
    other = opening(dora, for_anybody)
    assert other.status == 201
    assert other["id"] != opened["id"]


def test_who_may_ask_anybody_cannot_use_what_was_signed_for_another(
    settings: Any, ben: Caller, cleo: Caller, order: Order
) -> None:
    settings.DJANGO_CHAT = {"POLICY": f"{__name__}.Market"}
    for_cleo = api.sign_reference(cleo.user, order, [person()])

    assert opening(ben, for_cleo).code == (403, "forbidden")
    check_nothing_opened()


class Closed(ChatPolicy):
    """A site that has stopped all talk."""

    def can_open_about(self, *args: Any, **kwargs: Any) -> bool:
        return False


def test_what_was_signed_may_be_forbidden_since(
    settings: Any, ana: Caller, reference: str
) -> None:
    settings.DJANGO_CHAT = {"POLICY": f"{__name__}.Closed"}

    assert opening(ana, reference).code == (403, "forbidden")
    check_nothing_opened()


# --- forged, old, foreign ---------------------------------------------------


def signed_otherwise(**changes: Any) -> Callable[[str], str]:
    """Return a way to sign the same again, with something else about the signing."""

    def forge(reference: str) -> str:
        content = signing.loads(reference, salt="django_chat.reference")
        return signing.dumps(
            content, **{"salt": "django_chat.reference", **changes}, compress=True
        )

    return forge


FORGED: dict[str, Callable[[str], Any]] = {
    "empty": lambda _: "",
    "no reference": lambda _: "order-7",
    "signs without content": lambda _: "::",
    "cut": lambda reference: reference[:-1],
    "another content": lambda reference: f"e30:{reference.partition(':')[2]}",
    "another letter": lambda reference: "A" + reference,
    "no letters": lambda reference: f"é{reference}😀",
    "of another key": signed_otherwise(key="of somebody else"),
    "for another purpose": signed_otherwise(salt="django.core.signing"),
    "a number": lambda _: 7,
    "a list": lambda reference: [reference],
    "an object": lambda reference: {"about": reference},
}


def test_signing_it_again_in_the_same_way_is_no_forgery(
    ana: Caller, reference: str
) -> None:
    # Otherwise the forgeries below would prove nothing.
    again = signed_otherwise(key=django_settings.SECRET_KEY)(reference)

    assert opening(ana, again).status == 201


@pytest.mark.parametrize("name", FORGED)
def test_a_forged_reference_opens_nothing(
    ana: Caller, reference: str, name: str
) -> None:
    refused = opening(ana, FORGED[name](reference))

    assert refused.code == (400, "invalid_payload")
    assert refused["field"] == "about"
    check_nothing_opened()


def test_a_reference_is_good_for_a_week(
    ana: Caller, reference: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    signed_at = timezone.now()

    def at(age: timedelta) -> Any:
        later = (signed_at + age).timestamp()
        with monkeypatch.context() as clock:
            clock.setattr(signing.time, "time", lambda: later)
            return opening(ana, reference)

    assert at(MAX_AGE - timedelta(minutes=1)).status == 201
    too_old = at(MAX_AGE + timedelta(minutes=1))
    assert too_old.code == (400, "invalid_payload")
    assert too_old["field"] == "about"


def test_a_key_that_was_replaced_still_verifies(
    settings: Any, ana: Caller, reference: str
) -> None:
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "a new one"
    ana.client.force_login(ana.user)

    assert opening(ana, reference).status == 201


class ByLastName(UserAttributeTenants):
    """Puts people of one last name into one tenant."""

    attribute = "last_name"


def test_a_reference_of_another_tenant_opens_nothing(
    settings: Any, order: Order
) -> None:
    settings.DJANGO_CHAT = {"TENANT_RESOLVER": f"{__name__}.ByLastName"}
    ana, ben = (person(name, last_name="north") for name in ("nana", "nben"))
    there = api.sign_reference(ana, order, [ben], tenant="south")

    refused = opening(Caller(ana), there)

    assert refused.code == (400, "invalid_payload")
    assert refused["field"] == "about"
    check_nothing_opened()
    here = api.sign_reference(ana, order, [ben])
    assert opening(Caller(ana), here).status == 201
    assert Conversation.objects.get().tenant == "north"


def test_nobody_of_another_tenant_is_brought_in(settings: Any, order: Order) -> None:
    settings.DJANGO_CHAT = {"TENANT_RESOLVER": f"{__name__}.ByLastName"}
    ana, cem = person("nana", last_name="north"), person("scem", last_name="south")
    reference = api.sign_reference(ana, order, [cem])

    refused = opening(Caller(ana), reference)

    assert refused.code == (403, "unavailable")
    assert refused["detail"] == {"user_ids": [str(cem.pk)]}
    check_nothing_opened()


# --- what has changed since -------------------------------------------------


def test_what_is_gone_cannot_be_opened(
    ana: Caller, order: Order, reference: str
) -> None:
    order.delete()

    refused = opening(ana, reference)

    assert refused.code == (404, "not_found")
    assert refused["field"] == "about"
    check_nothing_opened()


def test_what_was_opened_outlives_what_it_is_about(
    ana: Caller, order: Order, reference: str
) -> None:
    opened = opening(ana, reference)
    order.delete()

    shown = ana.get(f"conversations/{opened['id']}/")

    assert shown["context"] == {**opened["context"], "label": "", "url": None}


@pytest.mark.parametrize("change", ["blocks", "is deactivated", "is deleted"])
def test_who_cannot_be_reached_by_now_is_unavailable(
    ana: Caller, ben: Caller, reference: str, change: str
) -> None:
    ben_id = ben.id
    if change == "blocks":
        block_user(actor=actor(ben.user), target=ana.user)
    elif change == "is deactivated":
        ben.user.is_active = False
        ben.user.save()
    else:
        ben.user.delete()

    refused = opening(ana, reference)

    assert refused.code == (403, "unavailable")
    assert refused["detail"] == {"user_ids": [ben_id]}
    check_nothing_opened()


def test_who_has_left_is_not_brought_back(ana: Caller, reference: str) -> None:
    opened = opening(ana, reference)
    ana.post(f"conversations/{opened['id']}/leave/")

    assert opening(ana, reference).code == (403, "not_participant")


# --- other bodies -----------------------------------------------------------


def test_a_conversation_about_something_is_not_a_direct_one(
    ana: Caller, reference: str
) -> None:
    refused = opening(ana, reference, kind="direct")

    assert refused.code == (400, "invalid_payload")
    assert refused["field"] == "kind"
    check_nothing_opened()


def test_nothing_to_talk_about_is_as_good_as_absent(ana: Caller, ben: Caller) -> None:
    opened = opening(ana, None, kind="direct", user_id="@ben")

    assert (opened.status, opened["context"]) == (201, None)


def test_a_host_cannot_sign_what_could_not_be_opened(order: Order) -> None:
    ana, ben = people("nana", "nben")
    for user, about, members, title in (
        (ana, Order(), [ben], ""),
        (ana, order, [], ""),
        (ana, order, [ana], ""),
        (None, order, [], ""),
        (ana, order, [ben], "x" * 256),
    ):
        with pytest.raises(api.ChatError):
            api.sign_reference(user, about, members, title=title)
