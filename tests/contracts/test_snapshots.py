"""What one had, and what one was told since, is what one would fetch now.

Every service is performed before the eyes of everybody; a new one must have a case.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from django_chat import api
from django_chat.connections import services as connections
from django_chat.exceptions import ChatError
from django_chat.feed.sync import sync
from django_chat.groups.services import members, opening, settings
from django_chat.messages import services as messages
from django_chat.messages.sending import send_messages
from django_chat.people import services as blocks
from django_chat.presence import services as presence
from django_chat.receipts import services as receipts
from django_chat.timeline.models import Conversation, Message
from tests.client_model import Client
from tests.doors import writing_doors
from tests.factories import actor, direct, draft, group, people, send
from tests.listening import hearing
from tests.shop.models import Order

pytestmark = pytest.mark.django_db


@dataclass
class Scenery:
    """A group with a history, and a direct conversation."""

    ana: Any
    ben: Any
    cem: Any
    dan: Any
    eve: Any
    club: Conversation
    letters: Conversation
    said: dict[str, Message] = field(default_factory=dict)

    @property
    def everybody(self) -> list[Any]:
        return [self.ana, self.ben, self.cem, self.dan, self.eve]


@pytest.fixture
def at() -> Scenery:
    """Ana owns, Ben is an admin, Dan came later and has blocked Cem, Eve is not in."""
    ana, ben, cem, dan, eve = people("ana", "ben", "cem", "dan", "eve")
    club = group(ana, cem, admins=(ben,))
    letters = direct(ana, ben)
    made = Scenery(ana, ben, cem, dan, eve, club, letters)
    made.said["early"] = send(ana, club, "Early @all")
    made.said["reply"] = send(cem, club, "Answer", reply_to=made.said["early"].pk)
    api.add_members(ana, club, [dan])
    blocks.block_user(actor=actor(dan), target=cem)
    made.said["of ana"] = send(ana, club, "From Ana to @ben and @dan")
    made.said["of cem"] = send(cem, club, "From Cem", reply_to=made.said["of ana"].pk)
    made.said["of ben"] = send(ben, club, "From Ben", reply_to=made.said["of cem"].pk)
    api.react(cem, made.said["of ana"], "👍")
    api.mark_read(ana, club)
    made.said["letter"] = send(ben, letters, "Letter")
    return made


def of(user: Any) -> Any:
    return actor(user)


def key(row: Any) -> dict[str, Any]:
    """Return the argument that names a conversation or a message."""
    name = "conversation_id" if isinstance(row, Conversation) else "message_id"
    return {name: row.pk}


def quietly(service: Callable[..., Any], *args: Any, **kwargs: Any) -> None:
    """Perform what changes no conversation."""
    service(*args, **kwargs)


Case = Callable[[Scenery], Any]

CASES: dict[str, Case] = {
    "connections.services.end_session": lambda at: quietly(
        connections.end_session, at.ana, "key"
    ),
    "connections.services.issue_ticket": lambda at: quietly(
        connections.issue_ticket, actor=of(at.ana)
    ),
    "connections.services.recheck_user": lambda at: quietly(
        connections.recheck_user, at.ana
    ),
    "connections.services.redeem_ticket": lambda at: connections.redeem_ticket(
        connections.issue_ticket(actor=of(at.ana))
    ),
    "groups.services.members.add_members": lambda at: members.add_members(
        actor=of(at.ben), **key(at.club), users=[at.eve]
    ),
    "groups.services.members.forget_user": lambda at: members.forget_user(at.ana),
    "groups.services.members.leave": lambda at: members.leave(
        actor=of(at.ana), **key(at.club)
    ),
    "groups.services.members.remove_member": lambda at: members.remove_member(
        actor=of(at.ben), **key(at.club), user_id=str(at.cem.pk)
    ),
    "groups.services.members.set_role": lambda at: members.set_role(
        actor=of(at.ana), **key(at.club), user_id=str(at.dan.pk), role="owner"
    ),
    "groups.services.opening.create_group": lambda at: opening.create_group(
        actor=of(at.ana), title="Another", members=[at.ben, at.cem]
    ),
    "groups.services.opening.open_about": lambda at: opening.open_about(
        actor=of(at.ana), about=Order.objects.create(), members=[at.ben, at.cem]
    ),
    "groups.services.opening.open_reference": lambda at: opening.open_reference(
        actor=of(at.ana),
        reference=api.sign_reference(at.ana, Order.objects.create(), [at.ben]),
    ),
    "groups.services.opening.open_direct": lambda at: opening.open_direct(
        actor=of(at.ana), target=at.eve
    ),
    "groups.services.settings.delete_conversation": lambda at: (
        settings.delete_conversation(actor=of(at.ana), **key(at.club))
    ),
    "groups.services.settings.hide_conversation": lambda at: settings.hide_conversation(
        actor=of(at.cem), **key(at.club)
    ),
    "groups.services.settings.update_conversation": lambda at: (
        settings.update_conversation(
            actor=of(at.ana), **key(at.club), title="Cycling", status="read_only"
        )
    ),
    "groups.services.settings.update_own_settings": lambda at: (
        settings.update_own_settings(
            actor=of(at.ben), **key(at.club), pinned=True, archived=True
        )
    ),
    "messages.sending.send_messages": lambda at: send_messages(
        [
            draft(at.cem, at.club, "One @dan", reply_to=at.said["of ben"].pk),
            draft(at.ana, at.club, "Two @all", extra={"a": 1}),
            draft(at.dan, at.club, "Three"),
            draft(at.dan, at.club, ""),
            draft(at.ana, at.letters, "Four", marks_read=False),
        ]
    ),
    "messages.services.delete_message": lambda at: messages.delete_message(
        actor=of(at.ben), **key(at.said["of cem"])
    ),
    "messages.services.edit_message": lambda at: messages.edit_message(
        actor=of(at.ana), **key(at.said["of ana"]), content="Edited @cem"
    ),
    "messages.services.hide_message": lambda at: messages.hide_message(
        actor=of(at.ben), **key(at.said["of ana"])
    ),
    "messages.services.react": lambda at: messages.react(
        actor=of(at.dan), **key(at.said["of ana"]), emoji="🎉", op="add"
    ),
    "messages.services.send_message": lambda at: messages.send_message(
        draft(at.cem, at.club, "Newest @ana", reply_to=at.said["early"].pk)
    ),
    "people.services.block_user": lambda at: blocks.block_user(
        actor=of(at.ana), target=at.ben
    ),
    "people.services.unblock_user": lambda at: blocks.unblock_user(
        actor=of(at.dan), target=at.cem
    ),
    "presence.services.drop_leases": lambda at: quietly(
        presence.drop_leases, "one", [("", at.ana.pk)]
    ),
    "presence.services.renew_leases": lambda at: quietly(
        presence.renew_leases, "one", {("", at.ana.pk): False}
    ),
    "presence.services.set_status": lambda at: quietly(
        presence.set_status, actor=of(at.ana), status="dnd"
    ),
    "presence.services.show_typing": lambda at: quietly(
        presence.show_typing, actor=of(at.ana), **key(at.club), is_typing=True
    ),
    "presence.services.sweep_leases": lambda at: quietly(presence.sweep_leases),
    "presence.services.touch_polling": lambda at: quietly(
        presence.touch_polling, of(at.ana)
    ),
    "receipts.services.mark_delivered": lambda at: receipts.mark_delivered(
        actor=of(at.dan), **key(at.club), up_to_seq=6
    ),
    "receipts.services.mark_read": lambda at: receipts.mark_read(
        actor=of(at.dan), **key(at.club), up_to_seq=6
    ),
    "receipts.services.mark_unread": lambda at: receipts.mark_unread(
        actor=of(at.ana), **key(at.club), seq=5
    ),
}
# The same services in the other ways in which they can be used.
MORE: dict[str, Case] = {
    "a repeat": lambda at: [
        send_messages([draft(at.ana, at.club, "Again", client_id="k")])
        for _ in range(2)
    ],
    "a newest message is edited": lambda at: api.edit_message(
        at.ben, at.said["of ben"], "Edited"
    ),
    "a newest message is deleted": lambda at: api.delete_message(
        at.ben, at.said["of ben"]
    ),
    "a newest message is hidden": lambda at: messages.hide_message(
        actor=of(at.cem), **key(at.said["of ben"])
    ),
    "a quoted message is edited": lambda at: api.edit_message(
        at.cem, at.said["of cem"], "Quoted otherwise"
    ),
    "what was before a newcomer is edited": lambda at: api.edit_message(
        at.ana, at.said["early"], "Secret"
    ),
    "a reaction is taken back": lambda at: api.react(
        at.cem, at.said["of ana"], "👍", op="remove"
    ),
    "a moderator deletes what somebody answered": lambda at: api.delete_message(
        at.ana, at.said["reply"]
    ),
    "a member removes himself": lambda at: members.remove_member(
        actor=of(at.cem), **key(at.club), user_id=str(at.cem.pk)
    ),
    "an admin is made a member": lambda at: members.set_role(
        actor=of(at.ana), **key(at.club), user_id=str(at.ben.pk), role="member"
    ),
    "somebody leaves and comes back": lambda at: (
        members.leave(actor=of(at.cem), **key(at.club)),
        members.add_members(actor=of(at.ana), **key(at.club), users=[at.cem]),
    ),
    "marked unread and read again": lambda at: (
        api.mark_unread(at.ana, at.club),
        api.mark_read(at.ana, at.club),
    ),
    "a letter is read": lambda at: api.mark_read(at.ana, at.letters),
    "a bot speaks": lambda at: api.send(at.cem, at.club, "Bot", marks_read=False),
    "all of it is closed": lambda at: settings.update_conversation(
        actor=of(at.ana), **key(at.club), status="closed"
    ),
}

# These make nothing or say nothing on purpose.
SILENT = {
    "connections.services.session_hash",
    "groups.services.opening.direct_key",
    # Imports tell nobody.
    "importing.services.import_archive",
}


def test_every_service_has_a_case() -> None:
    doors = writing_doors().keys()

    assert doors == CASES.keys() | SILENT


def compare(told: Client, place: Conversation) -> None:
    """Check that a client shows what a new one would show."""
    fresh = Client(told.actor, place)
    if not fresh.present or not told.present:
        assert (told.present, told.me) == (fresh.present, told.me)
        return
    before, now = told.view(), fresh.view()
    who = told.actor.user.username
    assert [row["seq"] for row in before.pop("messages")] == [
        row["seq"] for row in now["messages"]
    ], who
    for had, has in zip(told.view()["messages"], now.pop("messages"), strict=True):
        assert had == has, who
    for name in now:
        assert before[name] == now[name], (who, name)


@pytest.mark.parametrize("name", [*CASES, *MORE])
def test_what_one_had_and_heard_is_what_one_would_fetch(name: str, at: Scenery) -> None:
    clients = [(Client(of(user), at.club), at.club) for user in at.everybody]
    clients.append((Client(of(at.ana), at.letters), at.letters))

    with hearing() as heard:
        {**CASES, **MORE}[name](at)

    for client, place in clients:
        client.hear(heard)
        compare(client, place)


# --- whatever happens, in any order -----------------------------------------


class Walk:
    """People who do at random what they can, while everybody looks on."""

    def __init__(self, at: Scenery, seed: int) -> None:
        self.at = at
        self.chance = random.Random(seed)
        self.steps: list[Callable[[], Any]] = [
            self.send,
            self.send,
            self.send,
            self.reply,
            self.edit,
            self.delete,
            self.react,
            self.react,
            self.read,
            self.read,
            self.hide,
            self.rename,
            self.come,
            self.go,
            self.role,
        ]

    def somebody(self) -> Any:
        return self.chance.choice(self.at.everybody)

    def some_message(self) -> Message:
        rows = Message.objects.filter(conversation=self.at.club).order_by("seq")
        chosen: Message = self.chance.choice(list(rows))
        return chosen

    def step(self) -> None:
        """Let somebody do something; what he may not do does not happen."""
        try:
            self.chance.choice(self.steps)()
        except ChatError as refused:
            assert refused.status < 500

    def send(self) -> None:
        words = ["Hi", "@all", "@ben", "@cem and @dan", "@eve", "x" * 300]
        api.send(self.somebody(), self.at.club, self.chance.choice(words))

    def reply(self) -> None:
        api.send(self.somebody(), self.at.club, "Re", reply_to=self.some_message())

    def edit(self) -> None:
        message = self.some_message()
        text = f"Edited {self.chance.random()} @ben"
        api.edit_message(message.sender or self.at.ana, message, text)

    def delete(self) -> None:
        api.delete_message(self.somebody(), self.some_message())

    def react(self) -> None:
        op: Any = self.chance.choice(["add", "remove"])
        emoji = self.chance.choice("👍🎉")
        api.react(self.somebody(), self.some_message(), emoji, op=op)

    def read(self) -> None:
        up_to = self.chance.randint(0, 60)
        api.mark_read(self.somebody(), self.at.club, up_to_seq=up_to)

    def hide(self) -> None:
        message = self.some_message()
        if message.kind == "text":
            messages.hide_message(actor=of(self.somebody()), message_id=message.pk)

    def rename(self) -> None:
        api.rename(self.somebody(), self.at.club, f"Name {self.chance.random()}")

    def come(self) -> None:
        api.add_members(self.somebody(), self.at.club, [self.somebody()])

    def go(self) -> None:
        user = self.chance.choice([self.at.cem, self.at.dan, self.at.eve])
        api.remove_member(self.somebody(), self.at.club, user)

    def role(self) -> None:
        members.set_role(
            actor=of(self.somebody()),
            **key(self.at.club),
            user_id=str(self.somebody().pk),
            role=self.chance.choice(["owner", "admin", "member"]),
        )


def test_a_long_day_ends_the_same_for_those_who_listened(
    at: Scenery, thorough: bool
) -> None:
    walk = Walk(at, seed=random.randrange(2**32) if thorough else 7)
    clients = [Client(of(user), at.club) for user in at.everybody]

    for number in range(1_000 if thorough else 120):
        with hearing() as heard:
            walk.step()
        for client in clients:
            client.hear(heard)
        if number % 10 == 9:
            for client in clients:
                compare(client, at.club)


def test_a_long_day_ends_the_same_for_those_who_polled(
    at: Scenery, thorough: bool
) -> None:
    walk = Walk(at, seed=random.randrange(2**32) if thorough else 11)
    watching = [at.ana, at.ben]
    clients = [Client(of(user), at.club) for user in watching]
    tokens: dict[str, str] = {client.me: "0" for client in clients}

    for number in range(600 if thorough else 90):
        with hearing() as heard:
            walk.step()
        for client in clients:
            # Who deletes for himself knows it; his other devices learn it by loading.
            for frame in heard.of_user(client.actor.user):
                if frame["type"] == "message_hidden":
                    client.apply_own(frame)
        if number % 6 != 5:
            continue
        for client in clients:
            answer = sync(
                actor=client.actor,
                cursors={at.club.pk: client.rev},
                etag=None,
                token=tokens[client.me],
            )
            assert answer is not None
            assert (answer.gap, answer.gone, answer.more) == ([], [], [])
            for frame in answer.events:
                client.apply(frame)
            client.rev = answer.cursors[str(at.club.pk)]
            tokens[client.me] = answer.t
            compare(client, at.club)
