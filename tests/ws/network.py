"""Two clients and the real services, over a network that loses, doubles and shuffles."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any

from django_chat.feed.changes import changes_for_reader, frames_for_reader
from django_chat.feed.history import history_page
from django_chat.feed.snapshot import snapshot
from django_chat.feed.variants import Reader
from django_chat.groups.services.members import add_members, remove_member
from django_chat.groups.services.settings import update_conversation
from django_chat.messages import services as messages
from django_chat.messages.drafts import Draft
from django_chat.tenancy.actor import Actor
from django_chat.timeline.models import Message
from tests.factories import fill, group
from tests.ws.client_model import ClientModel, Row
from tests.ws.post import Post

__all__ = ["Network"]

Frame = dict[str, Any]


class Network:
    """A group of three with two clients, and what is on its way to each of these.

    `people` are those two, somebody without a client, and somebody who comes and goes.
    """

    def __init__(
        self,
        people: Sequence[Any],
        post: Post,
        *,
        old: int = 0,
        client: type[ClientModel] = ClientModel,
    ) -> None:
        self.post = post
        self.actors = [Actor(user) for user in people]
        self.chat = group(*people[:3])
        self.is_fourth_in = False
        if old:
            fill(self.chat, people[0], old)
        self.post.lose()
        self.clients = [client(), client()]
        self.on_the_way: list[list[Frame]] = [[], []]
        self.stored: dict[str, str] = {}
        self.texts = 0
        for number in (0, 1):
            self.connect(number)

    # What people do

    def write(self, number: int) -> None:
        """Let a person write something, which waits in his outbox."""
        self.texts += 1
        client_id = f"{self.actors[number].id}-{self.chat.pk.hex[:24]}-{self.texts}"
        self.clients[number].write(client_id, f"text {self.texts}")

    def send(self, number: int, *, answered: bool) -> None:
        """Send, or send again, the oldest of an outbox; the answer may be lost."""
        row = self.clients[number].next_unsent
        if row is not None:
            ack = self._store(number, row)
            if answered:
                self.on_the_way[number].append(ack)
            self._publish()

    def edit(self, which: int) -> None:
        """Let an author change one of his messages."""
        if (row := self._pick(which)) is not None:
            self.texts += 1
            messages.edit_message(
                actor=Actor(row.sender),
                message_id=row.pk,
                content=f"edited {self.texts}",
            )
            self._publish()

    def delete(self, which: int) -> None:
        """Let an author delete one of his messages."""
        if (row := self._pick(which)) is not None:
            messages.delete_message(actor=Actor(row.sender), message_id=row.pk)
            self._publish()

    def react(self, who: int, which: int, *, add: bool) -> None:
        """Let somebody react to a message, or take it back."""
        if (row := self._pick(which)) is not None:
            messages.react(
                actor=self.actors[who],
                message_id=row.pk,
                emoji="👍" if which % 2 else "🎉",
                op="add" if add else "remove",
            )
            self._publish()

    def rename(self) -> None:
        """Give the group another title."""
        self.texts += 1
        update_conversation(
            actor=self.actors[0],
            conversation_id=self.chat.pk,
            title=f"title {self.texts}",
        )
        self._publish()

    def come_or_go(self) -> None:
        """Bring the fourth person in, or take him out."""
        owner, fourth = self.actors[0], self.actors[3]
        args: dict[str, Any] = {"actor": owner, "conversation_id": self.chat.pk}
        if self.is_fourth_in:
            remove_member(**args, user_id=fourth.id)
        else:
            add_members(**args, users=[fourth.user])
        self.is_fourth_in = not self.is_fourth_in
        self._publish()

    # What networks do

    def deliver(self, number: int, place: int) -> None:
        """Hand a client what is at a place of what is on its way to it."""
        waiting = self.on_the_way[number]
        if waiting:
            self._hand_over(number, waiting.pop(min(place, len(waiting) - 1)))

    def lose(self, number: int, place: int) -> None:
        """Let something never arrive."""
        waiting = self.on_the_way[number]
        if place < len(waiting):
            del waiting[place]

    def double(self, number: int, place: int) -> None:
        """Let something arrive twice."""
        waiting = self.on_the_way[number]
        if place < len(waiting):
            waiting.append(dict(waiting[place]))

    # What clients do

    def look_at_history(self, number: int, limit: int) -> None:
        """Ask for a page whose answer comes when much else has happened."""
        rows = self._history(number, limit)
        self.on_the_way[number].append({"type": "page", "rows": rows})

    def connect(self, number: int, share: float = 1.0) -> None:
        """Resume on a new connection, which may break in the middle of the replay."""
        client, actor = self.clients[number], self.actors[number]
        # Answers of the REST door still come, frames of the old connection do not.
        waiting = self.on_the_way[number]
        self.on_the_way[number] = [f for f in waiting if f["type"] == "page"]
        client.disconnect()
        state = snapshot(actor=actor, conversation_id=self.chat.pk, after=client.cursor)
        frames = [
            state.frame(epoch="", typing=[]),
            *frames_for_reader(actor, state.events, state.reader),
            {"type": "caught_up", "rev": state.rev},
        ]
        come = max(1, round(share * len(frames)))
        for frame in frames[:come]:
            client.hear(frame)
        if come < len(frames):
            client.disconnect()

    def repair(self, number: int, limit: int, *, meanwhile: bool = False) -> None:
        """Fetch what is missing, page by page; the server may move on in between."""
        client, actor = self.clients[number], self.actors[number]
        has_more = True
        while has_more:
            body = changes_for_reader(
                actor=actor,
                conversation_id=self.chat.pk,
                after=client.cursor,
                limit=limit,
            )
            if meanwhile:
                self.react(2, client.cursor, add=client.cursor % 3 > 0)
                meanwhile = False
            has_more = client.load_changes(body)

    # All of it

    def storm(self, chance: Random, steps: int) -> None:
        """Let a number of these things happen."""
        for _ in range(steps):
            self.step(chance)
            self.check_screens()

    def step(self, chance: Random) -> None:
        """Let one thing happen."""
        number, which = chance.randrange(2), chance.randrange(30)
        match chance.randrange(20):
            case 0 | 1 | 2:
                self.write(number)
            case 3 | 4 | 5 | 6:
                self.send(number, answered=chance.random() < 0.6)
            case 7:
                self.edit(which)
            case 8:
                self.delete(which)
            case 9 | 10:
                self.react(chance.randrange(3), which, add=chance.random() < 0.7)
            case 11:
                chance.choice((self.rename, self.come_or_go))()
            case 12:
                self.lose(number, chance.randrange(5))
            case 13:
                self.double(number, chance.randrange(5))
            case 14:
                self.look_at_history(number, chance.choice((2, 20)))
            case 15:
                self.connect(number, chance.choice((0.3, 0.7, 1.0)))
            case 16 if self.clients[number].has_gap:
                self.repair(number, chance.randint(1, 4), meanwhile=True)
            case _:
                for _ in range(chance.randrange(5)):
                    self.deliver(number, chance.randrange(5))

    def check_screens(self) -> None:
        """Check that no client shows anything twice."""
        for client in self.clients:
            client.check_screen()
            for key in client.outbox:
                assert self.stored.get(key) not in client.rows, (
                    "a draft of what is said"
                )

    def come_to_rest(self) -> None:
        """Let everything be sent and arrive, and compare with what is stored."""
        for number, client in enumerate(self.clients):
            while (row := client.next_unsent) is not None:
                client.hear(self._store(number, row))
        self._publish()
        self.chat.refresh_from_db()
        for number, client in enumerate(self.clients):
            for frame in reversed(self.on_the_way[number]):
                self._hand_over(number, frame)
            self.repair(number, 3)
            client.check_screen()
            page = ClientModel()
            page.load_history(self._history(number, 1000))
            assert client.history == page.history
            assert client.cursor == self.chat.rev
            assert client.title in (None, self.chat.title)
        texts = Message.objects.filter(conversation=self.chat, kind="text")
        keys = list(texts.values_list("client_id", flat=True))
        assert len(set(keys)) == len(keys)

    # How

    def _pick(self, which: int) -> Any | None:
        texts = Message.objects.filter(
            conversation=self.chat, kind="text", deleted_at=None
        )
        rows = list(texts.select_related("sender").order_by("seq"))
        return rows[which % len(rows)] if rows else None

    def _store(self, number: int, row: Row) -> Frame:
        assert row.client_id is not None
        sent = messages.send_message(
            Draft(self.actors[number], self.chat.pk, row.content, row.client_id)
        )
        self.stored[row.client_id] = str(sent.id)
        return {
            "type": "ack",
            "client_id": row.client_id,
            "id": str(sent.id),
            "seq": sent.seq,
            "rev": sent.rev,
        }

    def _publish(self) -> None:
        """Put what was published on the way to each client, as that client sees it."""
        events = self.post.durable
        self.post.lose()
        for number, waiting in enumerate(self.on_the_way):
            actor = self.actors[number]
            waiting += frames_for_reader(actor, events, Reader(actor.id))

    def _hand_over(self, number: int, frame: Frame) -> None:
        if frame["type"] == "page":
            self.clients[number].load_history(frame["rows"])
        else:
            self.clients[number].hear(frame)

    def _history(self, number: int, limit: int) -> list[Frame]:
        page = history_page(
            actor=self.actors[number], conversation_id=self.chat.pk, limit=limit
        )
        return page.results
