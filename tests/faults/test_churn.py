"""People come and go, block, edit and delete, all at once and at two processes."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection

from tests.faults.client import PatientClient, sent, talking, until
from tests.faults.invariants import PAGE, all_is_told
from tests.faults.rest import call
from tests.faults.site import PUBSUB, Site, site
from tests.faults.sockets import dial, hear, say
from tests.services import Services

EACH = 60
ROUNDS = 5
OWNER, BLOCKER, BLOCKED, COMES_AND_GOES, GOES, AUTHOR = range(6)


@dataclass
class Everybody:
    """Who does what over REST, each time at a process that chance has chosen."""

    town: Site
    clients: Sequence[PatientClient]
    # One for each, so that nobody's next step depends on how fast the others are.
    chances: Sequence[random.Random]
    # What messages that were changed say by now.
    texts: dict[str, str] = field(default_factory=dict)
    direct: list[str] = field(default_factory=list)

    async def call(
        self, person: int, method: str, path: str, **body: Any
    ) -> tuple[int, dict[str, Any]]:
        server = self.chances[person].choice(self.town.servers)
        session = self.town.sessions[person]
        return await asyncio.to_thread(call, server, session, method, path, **body)

    async def go_on(self) -> None:
        """Wait until a few more messages were sent, if any are left."""
        goal = sent(self.clients) + 10

        def done() -> bool:
            return sent(self.clients) >= goal or self.have_sent(self.clients)

        await until(self.clients, done, seconds=60)

    @staticmethod
    def have_sent(clients: Sequence[PatientClient]) -> bool:
        return not any(client.outbox for client in clients)

    async def come_and_go(self, person: int) -> None:
        """Be removed, or leave, and be brought back, again and again."""
        for _ in range(ROUNDS):
            await self.go_on()
            if self.chances[person].random() < 0.5:
                path = f"conversations/{self.town.group}/leave/"
                status, _ = await self.call(person, "POST", path)
            else:
                status, _ = await self.remove(self.town.users[person])
            assert status == 200
            await self.go_on_without_leavers()
            await self.bring_back(person)

    async def remove(self, user_id: str) -> tuple[int, dict[str, Any]]:
        path = f"conversations/{self.town.group}/remove_participant/"
        return await self.call(OWNER, "POST", path, user_id=user_id)

    async def write_without_the_leavers(self) -> None:
        """Go on without both; bring one of them back, who has only the rest to read."""
        for person in (COMES_AND_GOES, GOES):
            assert (await self.remove(self.town.users[person]))[0] == 200
        await self.write("without them")
        await self.bring_back(COMES_AND_GOES)
        await self.write("with one of them")

    async def write(self, content: str) -> None:
        path = f"conversations/{self.town.group}/messages/"
        for _ in range(3):
            status, answer = await self.call(OWNER, "POST", path, content=content)
            assert status == 201, answer

    async def bring_back(self, person: int) -> None:
        path = f"conversations/{self.town.group}/add_participants/"
        # Whom one shares nothing with any more is found by the exact name.
        names = [f"@person{person}"]
        status, answer = await self.call(OWNER, "POST", path, user_ids=names)
        assert status == 200, answer

    async def go_on_without_leavers(self) -> None:
        """Let the others say something that one who is out must not hear."""
        goal = sent(self.clients) + 3
        # Who is out sends nothing; two may be out at once.
        others = [self.clients[n] for n in (OWNER, BLOCKER, BLOCKED, AUTHOR)]

        def done() -> bool:
            return sent(self.clients) >= goal or self.have_sent(others)

        await until(self.clients, done, seconds=60)

    async def block_and_unblock(self) -> None:
        """Block somebody, who cannot write to one from that moment until the end."""
        target = self.town.users[BLOCKED]
        for number in range(ROUNDS):
            assert await self.write_directly(f"before {number}") == 201
            status, answer = await self.call(
                BLOCKER, "POST", "blocked/block/", user_id=target
            )
            assert status == 201, answer
            assert await self.write_directly(f"blocked {number}") == 403
            await self.go_on()
            assert await self.write_directly(f"still {number}") == 403
            if number < ROUNDS - 1:
                path = f"blocked/{target}/"
                assert (await self.call(BLOCKER, "DELETE", path))[0] == 204

    async def write_directly(self, content: str) -> int:
        to = self.town.users[BLOCKER]
        status, answer = await self.call(
            BLOCKED, "POST", "messages/", to=to, content=content
        )
        if status == 201:
            self.direct.append(content)
        else:
            assert answer["code"] == "unavailable"
        return status

    async def change_own(self, person: int, socket: ClientConnection) -> None:
        """Edit and delete messages of one's own, over a socket and over REST."""
        client, chance = self.clients[person], self.chances[person]
        gone = set()
        for number in range(3 * ROUNDS):
            await self.go_on()
            own = {
                message["client_id"]: key
                for key, message in client.messages.items()
                if message["is_own_message"] and message["client_id"] not in gone
            }
            client_id = chance.choice(sorted(own))
            content = f"{client_id} is now {number}"
            if chance.random() < 0.3:
                gone.add(client_id)
                content = ""
            await self.change(person, socket, own[client_id], content)
            self.texts[client_id] = content

    async def change(
        self, person: int, socket: ClientConnection, key: str, content: str
    ) -> None:
        if self.chances[person].random() < 0.5:
            verb = "PATCH" if content else "DELETE"
            body = {"content": content} if content else {}
            status, answer = await self.call(person, verb, f"messages/{key}/", **body)
            assert status == 200, answer
            return
        kind = "edit_message" if content else "delete_message"
        body = {"content": content} if content else {}
        await say(socket, kind, message_id=key, ref=key, **body)
        assert (await hear(socket, "ack", seconds=30.0))["ref"] == key


@pytest.mark.asyncio
async def test_everything_at_once_at_two_processes_leaves_everybody_what_is_his(
    services: Services, chance: random.Random
) -> None:
    with site(services, layer=PUBSUB, servers=2) as town:
        here, there = town.servers
        refusals = ("not_participant", "not_found")
        async with (
            talking(town, each=EACH, rests=0.05, waits_out=refusals) as clients,
            dial(town, town.sessions[AUTHOR], at=here, max_queue=None) as one,
            dial(town, town.sessions[BLOCKED], at=there, max_queue=None) as other,
        ):
            await until(
                clients, lambda: all(c.acknowledged for c in clients), seconds=60
            )
            chances = [random.Random(chance.random()) for _ in town.sessions]
            everybody = Everybody(town, clients, chances)
            async with asyncio.TaskGroup() as jobs:
                for person in (COMES_AND_GOES, GOES):
                    jobs.create_task(everybody.come_and_go(person))
                jobs.create_task(everybody.block_and_unblock())
                jobs.create_task(everybody.change_own(AUTHOR, one))
                jobs.create_task(everybody.change_own(BLOCKED, other))
            await until(clients, lambda: everybody.have_sent(clients), seconds=90)
            await everybody.write_without_the_leavers()
            await all_is_told(
                town,
                clients,
                blocked=[(town.users[BLOCKER], town.users[BLOCKED])],
                changed=everybody.texts,
            )
            await check_what_was_done(everybody)


async def check_what_was_done(everybody: Everybody) -> None:
    """Compare what was acknowledged over REST and sockets with what is stored."""
    town = everybody.town
    sql = "SELECT client_id, content FROM django_chat_message WHERE client_id = ANY(%(keys)s)"
    stored = await asyncio.to_thread(town.rows, sql, keys=list(everybody.texts))
    assert dict(stored) == everybody.texts
    sql = """
        SELECT m.content FROM django_chat_message m
        JOIN django_chat_conversation c ON c.id = m.conversation_id
        WHERE c.kind = 'direct' ORDER BY m.seq
    """
    direct = await asyncio.to_thread(town.rows, sql)
    assert [content for (content,) in direct] == everybody.direct
    path = f"conversations/{town.group}/messages/"
    _, page = await everybody.call(BLOCKER, "GET", f"{path}?limit={PAGE}")
    theirs = [r for r in page["results"] if r["sender_id"] == town.users[BLOCKED]]
    assert theirs
    assert {row.get("hidden") for row in theirs} == {"blocked"}
    stranger = len(town.sessions) - 1
    assert (await everybody.call(GOES, "GET", path))[0] == 403
    assert (await everybody.call(stranger, "GET", path))[0] == 404
