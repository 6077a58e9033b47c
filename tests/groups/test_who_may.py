"""Who may do what in a group: every verb, tried by everybody."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from django_chat import api
from django_chat.exceptions import ChatError
from django_chat.groups.services import members, settings
from django_chat.messages.models import Mention
from django_chat.messages.services import hide_message
from django_chat.presence.services import show_typing
from django_chat.timeline.models import Conversation, Message
from tests.factories import actor, group, people, send

pytestmark = pytest.mark.django_db

EVERYBODY = ("owner", "admin", "member")
MANAGERS = ("owner", "admin")
OWNER = ("owner",)


@dataclass
class Scenery:
    """A group with one of each role, a second member and admin, and their messages."""

    place: Conversation
    users: dict[str, Any]
    messages: dict[str, Message]


@pytest.fixture
def scenery() -> Scenery:
    names = ("owner", "admin", "member", "second_admin", "second_member", "newcomer")
    users = dict(zip(names, people(*names), strict=True))
    place = group(
        users["owner"],
        users["member"],
        users["second_member"],
        admins=(users["admin"], users["second_admin"]),
    )
    messages = {
        name: send(user, place, "Text")
        for name, user in users.items()
        if name != "newcomer"
    }
    return Scenery(place, users, messages)


def acts_on(verb: Callable[..., Any], **asked: Any) -> Callable[[Any, Scenery], Any]:
    """Return an attempt at a verb of the group."""

    def attempt(user: Any, at: Scenery) -> None:
        filled = {
            name: str(at.users[value].pk) if name == "user_id" else value
            for name, value in asked.items()
        }
        verb(actor=actor(user), conversation_id=at.place.pk, **filled)

    return attempt


def add(user: Any, at: Scenery) -> None:
    api.add_members(user, at.place, [at.users["newcomer"]])


def mention_all(user: Any, at: Scenery) -> None:
    message = send(user, at.place, "Hello @all")
    # Without the right it is plain text, and no error.
    if not Mention.objects.filter(message=message).exists():
        raise ChatError("forbidden")


def edit_own(user: Any, at: Scenery) -> None:
    api.edit_message(user, at.messages[user.username], "Changed")


def edit_other(user: Any, at: Scenery) -> None:
    api.edit_message(user, at.messages["second_member"], "Changed")


def delete_own(user: Any, at: Scenery) -> None:
    api.delete_message(user, at.messages[user.username])


def delete_of_owner(user: Any, at: Scenery) -> None:
    api.delete_message(user, at.messages["owner"])


def delete_of_member(user: Any, at: Scenery) -> None:
    api.delete_message(user, at.messages["second_member"])


TABLE: dict[str, tuple[Callable[[Any, Scenery], Any], tuple[str, ...]]] = {
    "send": (lambda u, at: send(u, at.place), EVERYBODY),
    "reply": (
        lambda u, at: send(u, at.place, reply_to=at.messages["owner"].pk),
        EVERYBODY,
    ),
    "react": (lambda u, at: api.react(u, at.messages["owner"], "👍"), EVERYBODY),
    "read": (lambda u, at: api.mark_read(u, at.place), EVERYBODY),
    "type": (acts_on(show_typing, is_typing=True), EVERYBODY),
    "edit own": (edit_own, EVERYBODY),
    "edit another's": (edit_other, ()),
    "delete own": (delete_own, EVERYBODY),
    "delete a member's": (delete_of_member, MANAGERS),
    "delete the owner's": (delete_of_owner, MANAGERS),
    "hide": (
        lambda u, at: hide_message(
            actor=actor(u), message_id=at.messages["second_member"].pk
        ),
        EVERYBODY,
    ),
    "hide the group": (acts_on(settings.hide_conversation), EVERYBODY),
    "pin in one's own list": (
        acts_on(settings.update_own_settings, pinned=True),
        EVERYBODY,
    ),
    "leave": (acts_on(members.leave), EVERYBODY),
    "mention all": (mention_all, MANAGERS),
    "add": (add, MANAGERS),
    "rename": (acts_on(settings.update_conversation, title="New"), MANAGERS),
    "remove a member": (
        acts_on(members.remove_member, user_id="second_member"),
        MANAGERS,
    ),
    "remove an admin": (acts_on(members.remove_member, user_id="second_admin"), OWNER),
    "remove the owner": (acts_on(members.remove_member, user_id="owner"), OWNER),
    "make an admin": (
        acts_on(members.set_role, user_id="second_member", role="admin"),
        OWNER,
    ),
    "unmake an admin": (
        acts_on(members.set_role, user_id="second_admin", role="member"),
        OWNER,
    ),
    "hand over": (
        acts_on(members.set_role, user_id="second_member", role="owner"),
        OWNER,
    ),
    "make read-only": (
        acts_on(settings.update_conversation, status="read_only"),
        OWNER,
    ),
    "close": (acts_on(settings.update_conversation, status="closed"), OWNER),
    "archive": (acts_on(settings.update_conversation, status="archived"), OWNER),
    "delete the group": (acts_on(settings.delete_conversation), OWNER),
}


@pytest.mark.parametrize("role", EVERYBODY)
@pytest.mark.parametrize("verb", TABLE)
def test_a_role_may_do_what_the_table_says_and_nothing_else(
    verb: str, role: str, scenery: Scenery
) -> None:
    attempt, allowed = TABLE[verb]
    user = scenery.users[role]
    rows = list(Message.objects.order_by("pk").values())
    seats = list(scenery.place.participants.order_by("pk").values())

    if role in allowed:
        attempt(user, scenery)
        return
    with pytest.raises(ChatError) as refused:
        attempt(user, scenery)
    assert refused.value.code == "forbidden"
    if verb != "mention all":
        assert list(Message.objects.order_by("pk").values()) == rows
    assert list(scenery.place.participants.order_by("pk").values())[:1] != [] or seats


@pytest.mark.parametrize("who", ["stranger", "former"])
@pytest.mark.parametrize("verb", TABLE)
def test_who_is_not_in_may_do_nothing_at_all(
    verb: str, who: str, scenery: Scenery
) -> None:
    attempt, _ = TABLE[verb]
    if who == "former":
        user = scenery.users["second_admin"]
        api.leave(user, scenery.place)
        scenery.messages["second_admin"] = scenery.messages["owner"]
    else:
        user = scenery.users["newcomer"]
        scenery.messages["newcomer"] = scenery.messages["owner"]
    before = Conversation.objects.values().get(pk=scenery.place.pk)

    with pytest.raises(ChatError) as refused:
        attempt(user, scenery)

    # "Not yours" and "not there" are one answer, but who was in knows that it is there.
    codes = {"stranger": {"not_found"}, "former": {"not_participant", "not_found"}}
    assert refused.value.code in codes[who]
    assert Conversation.objects.values().get(pk=scenery.place.pk) == before


STATUSES = {
    "open": EVERYBODY,
    "read_only": MANAGERS,
    "closed": (),
    "archived": (),
}


@pytest.mark.parametrize("role", EVERYBODY)
@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("verb", ["send", "reply", "react", "type", "edit own"])
def test_a_status_says_who_may_write(
    verb: str, status: str, role: str, scenery: Scenery
) -> None:
    settings.update_conversation(
        actor=actor(scenery.users["owner"]),
        conversation_id=scenery.place.pk,
        status=status,
    )
    attempt, _ = TABLE[verb]

    if role in STATUSES[status]:
        attempt(scenery.users[role], scenery)
        return
    with pytest.raises(ChatError) as refused:
        attempt(scenery.users[role], scenery)
    assert refused.value.code == "read_only"
