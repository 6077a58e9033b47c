"""Every endpoint of the API against everybody who must not get in.

The endpoints are those of the URL table. One that is not in `TABLE` fails here, so
nobody can add an endpoint without saying what it answers to a stranger.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote
from uuid import UUID, uuid4

import pytest

from django_chat.groups.services.members import remove_member
from django_chat.people.services import block_user
from django_chat.rest.urls import urlpatterns
from django_chat.tenancy.resolvers import SingleTenant, UserAttributeTenants
from django_chat.timeline.models import Conversation, Message
from tests.factories import actor, direct, group, person, send
from tests.rest.caller import Answer, Caller

pytestmark = pytest.mark.django_db

TENANT, ELSEWHERE = "acme", "zeta"
SECRET = "Tiramisu"
UNKNOWN = UUID("01950000-0000-7000-8000-000000000000")


class ByLastName(UserAttributeTenants):
    """Puts people of one last name into one tenant."""

    attribute = "last_name"


class Closed(SingleTenant):
    """A tenant in which nobody is at home."""

    def allows(self, user: Any, tenant: str) -> bool:
        return False


HERE = "tests.contracts.test_rest_authorisation"


@dataclass
class Scene:
    """Ana's group and letters, and the people who want to see them.

    `letters` are ana's with `blocked`, whom she has blocked; `own` is his message there.
    """

    ana: Caller
    stranger: Caller
    former: Caller
    foreigner: Caller
    blocked: Caller
    climbing: Conversation
    secret: Message
    letters: Conversation
    own: Message


@pytest.fixture(autouse=True)
def tenants(settings: Any) -> None:
    settings.DJANGO_CHAT = {"TENANT_RESOLVER": f"{HERE}.ByLastName"}


@pytest.fixture
def scene() -> Scene:
    def caller(name: str, tenant: str = TENANT) -> Caller:
        person(f"{name}_friend", last_name=tenant)
        return Caller(person(name, first_name=f"F{name}", last_name=tenant))

    ana, blocked, former = caller("ana"), caller("blocked"), caller("former")
    climbing = group(
        ana.user,
        former.user,
        person(last_name=TENANT),
        title=SECRET,
        tenant=TENANT,
    )
    secret = send(ana.user, climbing, SECRET, tenant=TENANT)
    remove_member(
        actor=actor(ana.user, TENANT), conversation_id=climbing.pk, user_id=former.id
    )
    letters = direct(ana.user, blocked.user, tenant=TENANT)
    own = send(blocked.user, letters, "Hello", tenant=TENANT)
    block_user(actor=actor(ana.user, TENANT), target=blocked.user)
    return Scene(
        ana=ana,
        stranger=caller("stranger"),
        former=former,
        foreigner=caller("foreigner", ELSEWHERE),
        blocked=blocked,
        climbing=climbing,
        secret=secret,
        letters=letters,
        own=own,
    )


@dataclass(frozen=True)
class Target:
    """What a call is about, and who makes it."""

    conversation_id: UUID
    message_id: UUID
    ana_id: str
    friend: str


Refusal = tuple[int, str] | int
Input = Callable[[Target], Any]

UNSEEN: Refusal = (404, "not_found")
REMOVED: Refusal = (403, "not_participant")
UNAVAILABLE: Refusal = (403, "unavailable")
FORBIDDEN: Refusal = (403, "forbidden")


@dataclass(frozen=True)
class Entry:
    """What an operation is given, and what it answers to each of them.

    To somebody of another tenant it answers as to a stranger. Where a number stands
    alone the call succeeds, and tells nothing of what is not the caller's.
    """

    stranger: Refusal
    former: Refusal
    blocked: Refusal
    body: Input | None = None
    query: Input | None = None
    is_public: bool = False


def inside(blocked: Refusal, **given: Input) -> Entry:
    """An operation on a conversation that one must be in."""
    return Entry(UNSEEN, REMOVED, blocked, **given)


def unseen(blocked: Refusal, **given: Input) -> Entry:
    """An operation on a message that one must see."""
    return Entry(UNSEEN, UNSEEN, blocked, **given)


def own(status: int, **given: Any) -> Entry:
    """An operation on what is one's own."""
    return Entry(status, status, status, **given)


def user(target: Target) -> dict[str, Any]:
    return {"user_id": target.ana_id}


def friends(target: Target) -> dict[str, Any]:
    return {"user_ids": [f"@{target.friend}"]}


TABLE: dict[tuple[str, str], Entry] = {
    ("conversations", "GET"): own(200),
    ("conversations", "POST"): Entry(
        UNAVAILABLE,
        UNAVAILABLE,
        UNAVAILABLE,
        body=lambda target: {"kind": "direct", "user_id": target.ana_id},
    ),
    ("conversation", "GET"): inside(200),
    ("conversation", "PATCH"): inside(FORBIDDEN, body=lambda _: {"title": "Mine"}),
    ("conversation", "DELETE"): inside(204),
    ("mark_read", "POST"): inside(200),
    ("mark_unread", "POST"): inside(200),
    ("delivered", "POST"): inside(204, body=lambda _: {"up_to_seq": 1}),
    ("typing", "POST"): inside(UNAVAILABLE, body=lambda _: {"is_typing": True}),
    ("participants", "GET"): inside(200),
    ("participants", "POST"): inside(FORBIDDEN, body=friends),
    ("participant", "PATCH"): inside(FORBIDDEN, body=lambda _: {"role": "admin"}),
    ("participant", "DELETE"): inside(FORBIDDEN),
    ("add_participants", "POST"): inside(FORBIDDEN, body=friends),
    ("remove_participant", "POST"): inside(FORBIDDEN, body=user),
    ("leave", "POST"): inside(FORBIDDEN),
    ("conversation_messages", "GET"): inside(200),
    ("conversation_messages", "POST"): inside(
        UNAVAILABLE, body=lambda _: {"content": "Hello"}
    ),
    ("changes", "GET"): inside(200, query=lambda _: {"after": 0}),
    ("messages", "GET"): inside(
        200, query=lambda target: {"conversation": target.conversation_id}
    ),
    ("messages", "POST"): inside(
        UNAVAILABLE,
        body=lambda target: {
            "conversation_id": str(target.conversation_id),
            "content": "Hello",
        },
    ),
    ("message", "GET"): unseen(200, query=lambda _: {"reveal": "1"}),
    ("message", "PATCH"): inside(UNAVAILABLE, body=lambda _: {"content": "Bye"}),
    ("message", "DELETE"): inside(200),
    ("revisions", "GET"): unseen(200),
    ("receipts", "GET"): unseen(200),
    ("reactions", "GET"): unseen(200),
    ("reactions", "POST"): inside(UNAVAILABLE, body=lambda _: {"emoji": "👍"}),
    ("reaction", "PUT"): inside(UNAVAILABLE),
    ("reaction", "DELETE"): inside(UNAVAILABLE),
    ("users", "GET"): own(200, query=lambda _: {"search": "Fana"}),
    ("blocked", "GET"): own(200),
    # Whom one has met may be blocked, whatever has become of it since.
    ("blocked", "POST"): Entry(UNAVAILABLE, 201, 201, body=user),
    ("block", "POST"): Entry(UNAVAILABLE, 201, 201, body=user),
    ("check_blocked", "GET"): own(200, query=user),
    ("unblock", "POST"): own(204, body=user),
    ("blocked_user", "DELETE"): own(204),
    ("own_status", "GET"): own(200),
    ("own_status", "PATCH"): own(200, body=lambda _: {"status": "away"}),
    ("update_status", "POST"): own(200, body=lambda _: {"status": "away"}),
    ("update_status", "PATCH"): own(200, body=lambda _: {"status": "away"}),
    ("contact_statuses", "GET"): own(200, query=lambda t: {"user_ids": t.ana_id}),
    ("sync", "GET"): own(200, query=lambda t: {"c": f"{t.conversation_id}:0"}),
    ("ws_ticket", "POST"): own(201),
    ("config", "GET"): own(200),
    ("health", "GET"): own(200, is_public=True),
    ("health_live", "GET"): own(200, is_public=True),
    ("health_ready", "GET"): own(200, is_public=True),
    ("schema", "GET"): own(200),
}


def endpoints() -> dict[tuple[str, str], str]:
    """Return the route of every operation in the URL table."""
    found = {}
    for pattern in urlpatterns:
        view: Any = pattern.callback.cls  # type: ignore[union-attr]
        for method in view().allowed_methods:
            if method != "HEAD":
                found[str(pattern.name), method] = str(pattern.pattern)
    return found


def call(who: Caller, key: tuple[str, str], target: Target) -> Answer:
    entry, route = TABLE[key], endpoints()[key]
    path = (
        route.replace("<django_chat_id:conversation_id>", str(target.conversation_id))
        .replace("<django_chat_id:message_id>", str(target.message_id))
        .replace("<str:user_id>", target.ana_id)
        .replace("<str:emoji>", quote("👍"))
    )
    assert "<" not in path, path
    if entry.query is not None:
        asked = entry.query(target).items()
        path += "?" + "&".join(f"{name}={value}" for name, value in asked)
    return who.call(key[1], path, entry.body(target) if entry.body else None)


def check(answer: Answer, expected: Refusal, who: str) -> None:
    if isinstance(expected, int):
        assert answer.status == expected, who
    else:
        assert answer.code == expected, who


def in_climbing(scene: Scene, who: Caller | None = None) -> Target:
    friend = f"{who.user.username}_friend" if who else ""
    return Target(scene.climbing.pk, scene.secret.pk, scene.ana.id, friend)


def test_every_endpoint_says_whom_it_refuses() -> None:
    assert set(endpoints()) == set(TABLE)


@pytest.mark.parametrize("key", TABLE, ids=" ".join)
def test_nobody_gets_in_without_logging_in(scene: Scene, key: tuple[str, str]) -> None:
    answer = call(Caller(), key, in_climbing(scene))

    if TABLE[key].is_public:
        assert answer.status == 200
    else:
        assert answer.code == (401, "not_authenticated")
        assert answer.headers["WWW-Authenticate"] == "Session"


@pytest.mark.parametrize("key", TABLE, ids=" ".join)
def test_nobody_gets_in_who_is_not_of_the_tenant(
    scene: Scene, key: tuple[str, str], settings: Any
) -> None:
    settings.DJANGO_CHAT = {"TENANT_RESOLVER": f"{HERE}.Closed"}

    answer = call(scene.ana, key, in_climbing(scene))

    assert TABLE[key].is_public or answer.code == (403, "forbidden")


@pytest.mark.parametrize("key", TABLE, ids=" ".join)
def test_those_who_are_not_in_it_get_nothing_of_it(
    scene: Scene, key: tuple[str, str]
) -> None:
    entry = TABLE[key]
    for name, expected in (
        ("stranger", entry.stranger),
        ("foreigner", entry.stranger),
        ("former", entry.former),
    ):
        who = getattr(scene, name)
        answer = call(who, key, in_climbing(scene, who))
        check(answer, expected, name)
        told = json.dumps(answer.json)
        assert SECRET not in told, name
        if not isinstance(expected, int):
            assert "Fana" not in told, name


@pytest.mark.parametrize("key", TABLE, ids=" ".join)
def test_a_stranger_cannot_tell_what_is_not_his_from_what_is_not_there(
    scene: Scene, key: tuple[str, str]
) -> None:
    for who in (scene.stranger, scene.foreigner):
        friend = f"{who.user.username}_friend"
        answers = [
            call(who, key, Target(conversation_id, message_id, scene.ana.id, friend))
            for conversation_id, message_id in (
                (scene.climbing.pk, scene.secret.pk),
                (uuid4(), uuid4()),
            )
        ]
        if not isinstance(TABLE[key].stranger, int):
            assert answers[0].json == answers[1].json


@pytest.mark.parametrize("key", TABLE, ids=" ".join)
def test_a_blocked_person_reads_what_was_and_reaches_nobody(
    scene: Scene, key: tuple[str, str]
) -> None:
    friend = "blocked_friend"
    target = Target(scene.letters.pk, scene.own.pk, scene.ana.id, friend)

    answer = call(scene.blocked, key, target)

    check(answer, TABLE[key].blocked, "blocked")
    assert SECRET not in json.dumps(answer.json)
    scene.letters.refresh_from_db()
    if key != ("message", "DELETE"):
        assert (scene.letters.seq, scene.letters.rev) == (1, 1)


def test_the_secret_is_there_for_who_may_see_it(scene: Scene) -> None:
    # Otherwise the tests above would prove nothing.
    for key in [
        ("conversations", "GET"),
        ("conversation", "GET"),
        ("conversation_messages", "GET"),
        ("changes", "GET"),
        ("messages", "GET"),
        ("message", "GET"),
        ("sync", "GET"),
    ]:
        answer = call(scene.ana, key, in_climbing(scene, scene.ana))
        assert SECRET in json.dumps(answer.json), key
