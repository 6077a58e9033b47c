"""Nobody reaches what is not his, by any function that a face may call.

The functions are found by walking the modules, and their arguments are filled in by
name: a new one is tried as soon as it is written, or this file says what it lacks.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.apps import apps
from django.db import models
from django.db.models import Q

from django_chat import api
from django_chat.exceptions import ChatError
from django_chat.messages.sending import Sent
from django_chat.messages.services import edit_message
from django_chat.tenancy.actor import Actor
from django_chat.timeline.models import Conversation, Message
from tests.doors import reading_doors, writing_doors
from tests.factories import actor, draft, group, people, person, send
from tests.listening import hearing
from tests.shop.models import Order

pytestmark = pytest.mark.django_db

DOORS = writing_doors() | reading_doors()

# These take rows that were reached through the actor before, or make plain values.
TRUSTING = {
    "feed.changes.changes_since",
    "feed.changes.frames_for_reader",
    "feed.details.reaction_payload",
    "feed.details.reaction_summary",
    "feed.details.receipt_payload",
    "feed.history.messages_for_reader",
    "feed.history.sent_payload",
    "feed.inbox.inbox_payloads",
    "feed.inbox.named",
    "feed.offer.limits",
    "feed.offer.serves_sockets",
    "feed.offer.socket_path",
    "feed.variants.frame_for",
    "feed.variants.variant_for",
    "groups.services.opening.direct_key",
}
# These serve no person: a process asks, or the host's own code.
SYSTEM = {
    "connections.services.end_session",
    "connections.services.recheck_user",
    "connections.services.redeem_ticket",
    "connections.services.session_hash",
    "feed.epoch.current_epoch",
    "feed.epoch.renew_epoch",
    "feed.heads.appearance",
    "feed.heads.heads_of",
    "feed.heads.inbox_revs",
    "feed.heads.members_of",
    "groups.services.members.forget_user",
    "importing.services.import_archive",
    "presence.querysets.statuses",
    "presence.services.drop_leases",
    "presence.services.renew_leases",
    "presence.services.sweep_leases",
}


@dataclass
class Scenery:
    """A group of the northern tenant with a secret, and those who want to know it."""

    place: Conversation
    secret: Message
    owner: Any
    member: Any
    attackers: dict[str, Actor]
    other: Any
    order: Order


@pytest.fixture
def scenery() -> Scenery:
    owner, member, former, stranger, other = people(
        "owner", "member", "former", "stranger", "other"
    )
    place = group(owner, member, former, title="Secret club", tenant="north")
    order = Order.objects.create()
    secret = send(owner, place, "Secret text @member")
    edit_message(
        actor=actor(owner, "north"), message_id=secret.pk, content="Secret @member!"
    )
    api.react(member, secret, "👍", tenant="north")
    api.leave(former, place, tenant="north")
    attackers = {
        "stranger": actor(stranger, "north"),
        "former member": actor(former, "north"),
        "member in another tenant": actor(member, "south"),
        "owner in another tenant": actor(owner, "south"),
        "owner in no tenant": actor(owner, ""),
    }
    return Scenery(place, secret, owner, member, attackers, other, order)


def arguments(door: Callable[..., Any], acting: Actor, at: Scenery) -> dict[str, Any]:
    """Return arguments for a door, each chosen by its name."""
    known: dict[str, Any] = {
        "about": at.order,
        "activity": "text",
        "actor": acting,
        "after": 0,
        "archived": True,
        "base_version": None,
        "client_id": f"key-{acting.tenant}",
        "content": "Changed",
        "conversation_id": at.place.pk,
        "conversation_ids": [at.place.pk],
        "cursors": {at.place.pk: 0},
        "draft": draft(acting.user, at.place, tenant=acting.tenant),
        "drafts": [draft(acting.user, at.place, tenant=acting.tenant)],
        "emoji": "👍",
        "etag": None,
        "is_typing": True,
        "limit": 50,
        "members": [at.other, person()],
        "mentions": None,
        "message_id": at.secret.pk,
        "op": "add",
        "pinned": True,
        "reference": api.sign_reference(
            acting.user, at.order, [at.other], tenant=acting.tenant
        ),
        "role": "member",
        "seq": 1,
        "since": at.secret.created_at.replace(year=2001),
        "status": "dnd",
        "target": at.other,
        "title": "New",
        "token": "0",
        "up_to_seq": 2,
        "user_id": str(at.member.pk),
        "user_ids": [str(at.member.pk), str(at.owner.pk)],
        "users": [at.other],
    }
    needed = inspect.signature(door).parameters.values()
    missing = [p.name for p in needed if p.default is p.empty and p.name not in known]
    assert not missing, f"say here what {missing} may be"
    given = {p.name: known[p.name] for p in needed if p.name in known}
    if {"conversation_id", "message_id"} <= given.keys():
        # One of two ways to say what is meant.
        optional = [p.name for p in needed if p.default is not p.empty]
        for name in ("message_id", "up_to_seq"):
            if name in optional:
                given.pop(name, None)
                break
    if "conversation_id" in given and "status" in given:
        given["status"] = "closed"
    return given


def everything() -> dict[str, list[dict[str, Any]]]:
    """Return all rows of all tables of the chat."""
    chat = apps.get_app_config("django_chat")
    return {
        model.__name__: list(model._default_manager.order_by("pk").values())
        for model in chat.get_models()
    }


def text_of(result: Any) -> str:
    """Return everything that a result says, of rows too."""
    if isinstance(result, models.QuerySet | list | tuple | set):
        return " ".join(text_of(item) for item in result)
    if isinstance(result, dict):
        return " ".join(text_of(item) for pair in result.items() for item in pair)
    if isinstance(result, models.Model):
        return str({k: str(v) for k, v in vars(result).items() if k != "_state"})
    if hasattr(result, "__slots__") and not isinstance(result, str):
        names = [n for n in result.__slots__ if hasattr(result, n)]
        return " ".join(text_of(getattr(result, n)) for n in names)
    return str(result)


def test_every_door_is_known() -> None:
    for name, door in DOORS.items():
        takes_actor = {"actor", "draft", "drafts"} & set(
            inspect.signature(door).parameters
        )
        exempt = name in TRUSTING | SYSTEM
        assert takes_actor or exempt, f"{name} asks on nobody's behalf"
    gone = (TRUSTING | SYSTEM) - DOORS.keys()
    assert not gone, f"{gone} are no more"


ASKED = sorted(DOORS.keys() - TRUSTING - SYSTEM)
NEEDS_PLACE = sorted(
    name
    for name in ASKED
    if {"conversation_id", "message_id", "draft", "drafts"}
    & set(inspect.signature(DOORS[name]).parameters)
)


@pytest.mark.parametrize("name", NEEDS_PLACE)
def test_a_door_to_a_conversation_is_closed_to_whom_it_is_not(
    name: str, scenery: Scenery
) -> None:
    door = DOORS[name]
    for who, acting in scenery.attackers.items():
        given = arguments(door, acting, scenery)
        before = everything()
        with hearing() as heard:
            try:
                result = door(**given)
            except ChatError as error:
                code = error.code
            else:
                # A batch answers for each of its messages.
                (result,) = result
                assert isinstance(result, ChatError), (who, result)
                code = result.code
        allowed = {"not_found"}
        if who == "former member":
            allowed |= {"not_participant"}
        assert code in allowed, who
        assert everything() == before, who
        assert not heard, who


@pytest.mark.parametrize("name", sorted(set(ASKED) - set(NEEDS_PLACE)))
def test_a_door_without_a_place_shows_and_touches_only_ones_own(
    name: str, scenery: Scenery
) -> None:
    door = DOORS[name]
    parameters = inspect.signature(door).parameters
    for who, acting in scenery.attackers.items():
        given = arguments(door, acting, scenery)
        north = scenery.place.tenant
        rows_of_the_place = list(
            Message.objects.filter(conversation=scenery.place).values()
        )
        with hearing() as heard:
            result = door(**given)
        told = text_of(result)
        if "conversation_ids" not in parameters:
            assert "Secret" not in told, who
            if "cursors" not in parameters:
                assert str(scenery.place.pk) not in told, who
        assert str(scenery.secret.pk) not in told, who
        if "user_ids" in parameters:
            assert not result, who
        if acting.tenant != north:
            assert all(event.tenant != north for event in heard), who
        assert rows_of_the_place == list(
            Message.objects.filter(conversation=scenery.place).values()
        )


@pytest.mark.parametrize("name", sorted(set(ASKED) - set(NEEDS_PLACE)))
def test_what_one_writes_is_written_in_ones_own_tenant(
    name: str, scenery: Scenery
) -> None:
    door = DOORS[name]
    scoped = [
        model
        for model in apps.get_app_config("django_chat").get_models()
        if any(field.name == "tenant" for field in model._meta.fields)
    ]
    assert len(scoped) >= 5
    before = {model: set(model._default_manager.values_list("pk")) for model in scoped}
    acting = Actor(scenery.owner, "south")

    door(**arguments(door, acting, scenery))

    for model in scoped:
        elsewhere = model._default_manager.filter(~Q(tenant="south"))
        assert set(elsewhere.values_list("pk")) <= before[model]


@pytest.mark.parametrize("name", NEEDS_PLACE)
def test_the_same_door_opens_for_the_owner(name: str, scenery: Scenery) -> None:
    """A door that refused everybody would pass the tests above."""
    door = DOORS[name]
    acting = Actor(scenery.owner, "north")

    result = door(**arguments(door, acting, scenery))

    if isinstance(result, list) and name.endswith("send_messages"):
        assert isinstance(result[0], Sent)
