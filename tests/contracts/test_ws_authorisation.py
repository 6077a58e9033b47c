"""Every command by everybody who may not: refused, with nothing told and nothing done.

A command without a row here fails the first test.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest
import pytest_asyncio
from django.core import serializers

from django_chat.groups.services.members import remove_member
from django_chat.messages.models import HiddenMessage, Mention, Reaction, Revision
from django_chat.people.services import block_user
from django_chat.presence.models import UserStatus
from django_chat.tenancy.actor import Actor
from django_chat.testing import ChatClient, ChatConnection, stop_threads
from django_chat.timeline.models import Conversation, Message, Participant, ReadMark
from django_chat.ws.commands import COMMANDS
from django_chat.ws.database import in_database as run
from tests.factories import direct, group, person, send

pytestmark = [pytest.mark.asyncio, pytest.mark.django_db(transaction=True)]

HOME, ELSEWHERE = "red.example", "blue.example"
CANARY = "canary"
ROWS = (
    *(Conversation, Message, Participant, ReadMark),
    *(HiddenMessage, Mention, Reaction, Revision, UserStatus),
)
ROLES = ("anonymous", "stranger", "former", "foreign", "blocked")
Answers = dict[str, str]


class World:
    """A conversation that is not the intruder's, and what he would need to name in it."""

    def __init__(self, role: str) -> None:
        self.role = role
        self.ana = person("ana", first_name=f"{CANARY} name")
        self.bob, self.cleo = person("bob"), person("cleo")
        if role == "blocked":
            self.chat = direct(self.ana, self.bob, tenant=HOME)
        else:
            self.chat = group(
                *(self.ana, self.bob, self.cleo), title=f"{CANARY} title", tenant=HOME
            )
        self.message = send(self.ana, self.chat, f"{CANARY} text")
        self.of_bob = send(self.bob, self.chat, f"{CANARY} of bob")
        home = Actor(self.ana, HOME)
        if role == "former":
            remove_member(
                actor=home, conversation_id=self.chat.pk, user_id=str(self.bob.pk)
            )
        elif role == "blocked":
            block_user(actor=home, target=self.bob)
        self.intruder = person("mallory") if role == "stranger" else self.bob

    @property
    def c(self) -> dict[str, Any]:
        return {"conversation_id": str(self.chat.pk)}

    def connection(self) -> ChatConnection:
        if self.role == "anonymous":
            return ChatConnection(host=HOME)
        tenant = ELSEWHERE if self.role == "foreign" else HOME
        return ChatClient(self.intruder, tenant=tenant, host=tenant)


def every(code: str, **others: str) -> Answers:
    """Return the answer for each role, `code` where no other is given."""
    return {role: others.get(role, code) for role in ROLES[1:]}


def not_his(**others: str) -> Answers:
    """Return the answers to a command that names a conversation or a message in it."""
    others.setdefault("former", "not_participant")
    return every("not_found", **others)


OWN_ONLY = every("ack")

# Command -> (what the intruder asks, what each intruder is answered).
TABLE: dict[str, tuple[Callable[[World], dict[str, Any]], Answers]] = {
    "send_message": (
        lambda w: {**w.c, "content": "Hello"},
        not_his(blocked="unavailable"),
    ),
    "edit_message": (
        lambda w: {"message_id": str(w.of_bob.pk), "content": "changed"},
        not_his(blocked="unavailable"),
    ),
    "delete_message": (
        lambda w: {"message_id": str(w.message.pk)},
        not_his(blocked="forbidden"),
    ),
    "react": (
        lambda w: {"message_id": str(w.message.pk), "emoji": "👍"},
        not_his(blocked="unavailable"),
    ),
    "typing": (lambda w: {**w.c, "is_typing": True}, not_his(blocked="unavailable")),
    # To read what one has is no news to anybody: that a block does not take away.
    "read": (lambda w: {**w.c, "up_to_seq": 0}, not_his(blocked="ack")),
    "delivered": (lambda w: {**w.c, "up_to_seq": 0}, not_his(blocked="silence")),
    # His own flag, which a blocked partner may set: here he errs.
    "mark_unread": (
        lambda w: {**w.c, "seq": -1} if w.role == "blocked" else w.c,
        not_his(blocked="invalid_payload"),
    ),
    "open_direct": (lambda w: {"user_id": str(w.ana.pk)}, every("unavailable")),
    "create_group": (
        lambda w: {"group_name": "x", "members": [str(w.ana.pk), str(w.cleo.pk)]},
        every("unavailable"),
    ),
    "update_group": (lambda w: {**w.c, "title": "x"}, not_his(blocked="forbidden")),
    "add_members": (
        lambda w: {**w.c, "members": ["@cleo"]},
        not_his(blocked="forbidden"),
    ),
    "remove_member": (
        lambda w: {**w.c, "user_id": str(w.ana.pk)},
        not_his(blocked="forbidden"),
    ),
    "set_role": (
        lambda w: {**w.c, "user_id": str(w.ana.pk), "role": "member"},
        not_his(blocked="forbidden"),
    ),
    "leave": (lambda w: w.c, not_his(blocked="forbidden")),
    "subscribe": (
        lambda w: {"conversations": [{"id": str(w.chat.pk), "after": 0}]},
        not_his(blocked="unavailable"),
    ),
    # These name nothing that is not one's own.
    "presence": (lambda w: {"status": "away"}, every("silence")),
    "watch_presence": (lambda w: {"user_ids": [str(w.ana.pk)]}, OWN_ONLY),
    "unsubscribe": (lambda w: {"conversations": [str(w.chat.pk)]}, OWN_ONLY),
    "ping": (lambda w: {}, every("silence")),
    "pong": (lambda w: {}, every("silence")),
}


@pytest.fixture(autouse=True)
def _threads() -> Iterator[None]:
    yield
    stop_threads()


@pytest_asyncio.fixture
async def connections() -> AsyncIterator[list[ChatConnection]]:
    opened: list[ChatConnection] = []
    yield opened
    for connection in opened:
        await connection.disconnect()


async def test_every_command_has_its_row() -> None:
    assert set(TABLE) == set(COMMANDS)


@pytest.mark.parametrize("role", ROLES)
async def test_who_may_not_is_refused_and_learns_nothing(
    settings: Any, role: str, connections: list[ChatConnection]
) -> None:
    settings.DJANGO_CHAT = {
        "TENANT_RESOLVER": "django_chat.tenancy.resolvers.HostTenants",
        "WS_FIRST_FRAME_AUTH": True,
    }
    world = await run(World, role)
    insider = ChatClient(world.ana, conversation=None, tenant=HOME, host=HOME)
    connections.append(insider)
    await insider.__aenter__()
    if role != "blocked":  # a blocked conversation is closed for its other side, too
        await insider.ask(
            "subscribe", conversations=[{"id": world.c["conversation_id"]}]
        )
        await insider.receive("caught_up")
    rows, heard = await run(contents), len(await insider.settle())
    intruder = world.connection()
    connections.append(intruder)
    if isinstance(intruder, ChatClient):
        await intruder.__aenter__()
    else:
        await intruder.open()

    answers = {name: await answer(intruder, name, world) for name in TABLE}

    if role == "anonymous":
        assert answers == dict.fromkeys(TABLE, "not_authenticated")
    else:
        assert answers == {name: row[1][role] for name, row in TABLE.items()}
        assert intruder.received("ack", ref="watch_presence")[0]["users"] == []
    assert CANARY not in json.dumps(intruder.frames)
    assert not intruder.received("subscribed")
    assert await run(contents) == rows
    assert len(await insider.settle()) - heard == 1  # the pong


async def answer(intruder: ChatConnection, name: str, world: World) -> str:
    """Give a command; return the code, `ack`, or `silence`."""
    start = len(intruder.frames)
    await intruder.send(name, ref=name, **TABLE[name][0](world))
    await settled(intruder, name)
    codes = [
        frame.get("code", frame["type"])
        for frame in intruder.frames[start:]
        if frame.get("ref") == name
    ]
    if name == "subscribe" and codes[0] == "ack":
        codes = codes[1:]
    return codes[0] if codes else "silence"


async def settled(intruder: ChatConnection, name: str) -> None:
    """Wait for the answer to a frame that everybody gets an answer to."""
    await intruder.ask("no_such_command", ref=f"after {name}")


def contents() -> str:
    """Return all that is stored."""
    return "".join(
        serializers.serialize("json", model._default_manager.order_by("pk"))
        for model in ROWS
    )


@pytest.mark.parametrize("role", ["stranger", "former", "foreign", "blocked"])
async def test_the_socket_of_the_conversation_does_not_open(
    settings: Any, role: str, connections: list[ChatConnection]
) -> None:
    settings.DJANGO_CHAT = {
        "TENANT_RESOLVER": "django_chat.tenancy.resolvers.HostTenants"
    }
    world = await run(World, role)
    tenant = ELSEWHERE if role == "foreign" else HOME
    client = ChatClient(
        world.intruder, conversation=world.chat, after=0, tenant=tenant, host=tenant
    )
    connections.append(client)
    ticket = await run(client._ticket)
    client.scope["subprotocols"] = ["django-chat.v1", f"ticket.{ticket}"]
    await client.open()

    assert await client.closed() == 4003
    (error,) = client.frames
    code = "unavailable" if role == "blocked" else "not_participant"
    assert (error["code"], error["fatal"]) == (code, True)
    assert CANARY not in json.dumps(client.frames)


async def test_who_is_nobody_is_sent_away_by_default(
    connections: list[ChatConnection],
) -> None:
    nobody = ChatConnection()
    connections.append(nobody)
    await nobody.open()
    await nobody.send("ping")

    assert await nobody.closed() == 4001
    assert [frame["type"] for frame in nobody.frames] == ["error"]
