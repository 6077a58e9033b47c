"""The recorded conversations that ship with the schemas are what the server still says.

    RECORD_FIXTURES=1 python -m pytest tests/ws/test_fixtures.py

writes them anew.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from django_chat import protocol
from django_chat.groups.services.members import remove_member
from django_chat.messages.services import delete_message, edit_message, react
from django_chat.people.services import block_user
from django_chat.timeline.models import Conversation
from tests.factories import actor, direct, fill, group, people, send
from tests.ws.clients import Crowd, Peer, quiet, run

pytestmark = [pytest.mark.asyncio, pytest.mark.django_db(transaction=True)]

FOLDER = Path(protocol.__file__).parent / "v1" / "fixtures"
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


class Recording:
    """What clients said and heard, with ids and times that every run shares."""

    def __init__(self, *users: Any) -> None:
        self.lines: list[dict[str, Any]] = []
        self.users = {str(user.pk): user.username for user in users}
        self.peers: dict[str, tuple[Peer, int]] = {}
        self.ids: dict[str, str] = {}

    def watch(self, name: str, peer: Peer) -> None:
        """Record a client from its first frame on."""
        self.peers[name] = peer, 0

    async def say(self, name: str, kind: str, **fields: Any) -> None:
        """Let a client send a frame, and note what everybody hears."""
        frame = {"type": kind, **fields}
        self.lines.append({"who": name, "sends": self.plain(frame)})
        await self.peers[name][0].send(kind, **fields)
        await self.listen()

    async def listen(self) -> None:
        """Note what has arrived since."""
        for name in self.peers:
            await self.peers[name][0].settle()
        await quiet()
        for name, (peer, seen) in self.peers.items():
            for frame in (await peer.settle())[seen:]:
                if frame["type"] not in ("ping", "pong"):
                    self.lines.append({"who": name, "hears": self.plain(frame)})
            self.peers[name] = peer, len(peer.frames)

    def plain(self, value: Any) -> Any:
        """Return a value with the same ids and times in every run."""
        if isinstance(value, dict):
            return {key: self._field(key, item) for key, item in value.items()}
        if isinstance(value, list):
            return [self.plain(item) for item in value]
        if not isinstance(value, str):
            return value
        if value in self.users:
            return self.users[value]
        return TIME.sub("2026-01-01T12:00:00.000Z", UUID.sub(self._id, value))

    def _field(self, key: str, value: Any) -> Any:
        return "a connection" if key == "connection_id" else self.plain(value)

    def _id(self, match: re.Match[str]) -> str:
        number = len(self.ids) + 1
        return self.ids.setdefault(match[0], f"00000000-0000-7000-8000-{number:012}")


Story = Callable[[Crowd], Awaitable[Recording]]
STORIES: dict[str, Story] = {}


def story(tell: Story) -> Story:
    """Enter a story under its name."""
    STORIES[tell.__name__] = tell
    return tell


async def _two(crowd: Crowd) -> tuple[Recording, Any, Any, Conversation]:
    ana, ben = await run(people, "ana", "ben")
    letters = await run(direct, ana, ben)
    record = Recording(ana, ben)
    for user in (ana, ben):
        record.watch(user.username, await crowd.join(user, letters))
    await record.listen()
    return record, ana, ben, letters


@story
async def send_and_ack(crowd: Crowd) -> Recording:
    record, *_ = await _two(crowd)
    await record.say("ana", "send_message", ref="r1", client_id="k1", content="Hello")
    return record


@story
async def ack_lost_and_sent_again(crowd: Crowd) -> Recording:
    record, *_ = await _two(crowd)
    for ref in ("r1", "r2"):
        await record.say(
            "ana", "send_message", ref=ref, client_id="k1", content="Hello"
        )
    await record.say("ana", "send_message", ref="r3", client_id="k1", content="Other")
    return record


@story
async def resume_with_replay(crowd: Crowd) -> Recording:
    ana, ben = await run(people, "ana", "ben")
    letters = await run(direct, ana, ben)
    first = await run(send, ana, letters, "First")
    second = await run(send, ana, letters, "Second")
    third = await run(send, ana, letters, "Third")
    await run(edit_message, actor=actor(ana), message_id=first.pk, content="1st")
    await run(delete_message, actor=actor(ana), message_id=second.pk)
    await run(react, actor=actor(ben), message_id=third.pk, emoji="👍", op="add")
    record = Recording(ana, ben)
    record.watch("ben", await crowd.join(ben, letters, query="after=3"))
    await record.listen()
    return record


@story
async def redacted_for_who_blocked(crowd: Crowd) -> Recording:
    ana, ben, cem = await run(people, "ana", "ben", "cem")
    club = await run(group, ana, ben, cem)
    await run(block_user, actor=actor(ben), target=cem)
    record = Recording(ana, ben, cem)
    record.watch("ben", await crowd.join(ben, club))
    await record.listen()
    await run(send, cem, club, "Ben need not hear this")
    await record.listen()
    return record


@story
async def removed_while_reading(crowd: Crowd) -> Recording:
    ana, ben, cem = await run(people, "ana", "ben", "cem")
    club = await run(group, ana, ben, cem)
    record = Recording(ana, ben, cem)
    record.watch("cem", await crowd.subscribe(cem, club))
    await record.listen()
    await run(
        remove_member,
        actor=actor(ana),
        conversation_id=club.pk,
        user_id=str(cem.pk),
    )
    await record.listen()
    return record


@story
async def too_far_behind(crowd: Crowd) -> Recording:
    ana, ben = await run(people, "ana", "ben")
    letters = await run(direct, ana, ben)
    await run(fill, letters, ana, 501)
    record = Recording(ana, ben)
    record.watch("ben", await crowd.join(ben, letters, query="after=0"))
    await record.listen()
    return record


@pytest.mark.parametrize("name", STORIES)
async def test_a_recorded_conversation_goes_the_same_way_today(
    crowd: Crowd, name: str
) -> None:
    record = await STORIES[name](crowd)
    path = FOLDER / f"{name}.json"

    if os.environ.get("RECORD_FIXTURES"):
        text = json.dumps(record.lines, indent=1, ensure_ascii=False)
        path.write_text(text + "\n", encoding="utf-8")
    assert record.lines == json.loads(path.read_text(encoding="utf-8"))


async def test_every_recorded_conversation_has_its_story() -> None:
    assert {path.stem for path in FOLDER.glob("*.json")} == set(STORIES)
