"""A thousand sockets in one process: each change is encoded a few times, not a thousand."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import pytest_asyncio

from django_chat.groups.services.members import add_members
from django_chat.messages import services as messages
from django_chat.people.services import block_user
from django_chat.realtime import events
from django_chat.timeline.models import Conversation
from django_chat.ws.authentication import Login
from django_chat.ws.hub import hub
from django_chat.ws.listener import Listener
from django_chat.ws.socket import Socket
from tests.factories import actor, person, send
from tests.ws.clients import Crowd, quiet, run, until

pytestmark = [pytest.mark.asyncio]


class Ear:
    """One of many sockets of a user, with what a server would have to send to it."""

    def __init__(self, user: Any) -> None:
        self.user = user
        self.texts: list[str] = []
        self.socket = Socket(self._take, mode="multi", speaks_v1=False)
        self.socket.login = Login(actor(user))

    async def _take(self, message: dict[str, Any]) -> None:
        self.texts.append(message["text"])

    @property
    def frames(self) -> list[dict[str, Any]]:
        return [json.loads(text) for text in self.texts]


async def written(audience: list[Ear]) -> None:
    """Wait until nothing is left to write: before Python 3.12 it takes a turn each."""
    await until(lambda: not any(ear.socket._writing for ear in audience))


async def ears(
    user: Any, conversation: Conversation, number: int, *, subscribed: bool = True
) -> list[Ear]:
    """Let `number` sockets of a user listen; the first takes the long way in."""
    first, *others = [Ear(user) for _ in range(number)]
    await hub().connect_to_inbox(first.socket, {"type": "welcome"})
    if subscribed:
        await hub().subscribe(first.socket, conversation.pk, None)
    room = first.socket.rooms[str(conversation.pk)]
    known = room.listeners[first.socket]
    for ear in others:
        hub().connect(ear.socket)
        room.add(
            Listener(
                ear.socket,
                room.id,
                known.reader,
                is_member=True,
                subscribed=subscribed,
                rev=known.rev,
            )
        )
    await quiet()
    await written([first, *others])
    for ear in (first, *others):
        ear.texts.clear()
    return [first, *others]


@contextmanager
def encodings(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Note the type of every frame that is encoded inside the block."""
    encoded: list[str] = []
    encode = events._encoder.encode

    def counting(frame: Any) -> str:
        encoded.append(frame["type"])
        return encode(frame)

    with monkeypatch.context() as patch:
        patch.setattr(events._encoder, "encode", counting)
        yield encoded


@pytest_asyncio.fixture(autouse=True)
async def audience(crowd: Crowd) -> AsyncIterator[list[Ear]]:
    """Everybody who listens; all leave before the crowd does."""
    everybody: list[Ear] = []
    yield everybody
    for ear in everybody:
        await hub().disconnect(ear.socket)


async def test_a_message_to_a_thousand_sockets_is_encoded_four_times(
    monkeypatch: pytest.MonkeyPatch,
    chat_settings: Any,
    ana: Any,
    bob: Any,
    cleo: Any,
    crew: Conversation,
    audience: list[Ear],
) -> None:
    chat_settings(MAX_CONNECTIONS_PER_USER=1000)
    dora = await run(person, "dora")
    await run(add_members, actor=actor(ana), conversation_id=crew.pk, users=[dora])
    quoted = await run(send, bob, crew, "a quotation")
    # Four kinds of readers: the author, everybody, who blocked the author, and who
    # blocked the one whom he quotes.
    await run(block_user, actor=actor(cleo), target=ana)
    await run(block_user, actor=actor(dora), target=bob)
    for user in (ana, bob, cleo, dora):
        audience += await ears(user, crew, 250)

    with encodings(monkeypatch) as encoded:
        sent = [await run(send, ana, crew, str(n), reply_to=quoted.pk) for n in (1, 2)]
        await written(audience)

    assert encoded.count("message") == 2 * 4
    for ear in audience:
        frames = [frame for frame in ear.frames if frame["type"] == "message"]
        assert [frame["rev"] for frame in frames] == [row.rev for row in sent]
        for frame in frames:
            assert frame["is_own_message"] is (ear.user == ana)
            assert (frame["content"] == "") is (ear.user == cleo)
            hidden = frame["reply_to"] is None or "unavailable" in frame["reply_to"]
            assert hidden is (ear.user in (cleo, dora))


async def test_an_edit_to_a_thousand_sockets_is_encoded_once_for_each_kind(
    monkeypatch: pytest.MonkeyPatch,
    chat_settings: Any,
    ana: Any,
    bob: Any,
    crew: Conversation,
    audience: list[Ear],
) -> None:
    chat_settings(MAX_CONNECTIONS_PER_USER=1000)
    old = await run(send, ana, crew, "before dora")
    dora = await run(person, "dora")
    await run(add_members, actor=actor(ana), conversation_id=crew.pk, users=[dora])
    for user in (ana, bob, dora):
        audience += await ears(user, crew, 333)

    with encodings(monkeypatch) as encoded:
        await run(
            messages.edit_message, actor=actor(ana), message_id=old.pk, content="new"
        )
        await quiet()
        await written(audience)

    assert 2 <= len(encoded) <= 4
    assert encoded.count("message_updated") == 2
    kinds = {(ear.user.username, ear.frames[-1]["type"]) for ear in audience}
    assert kinds == {
        *(("ana", "message_updated"), ("bob", "message_updated"), ("dora", "skip")),
    }


async def test_a_thousand_hints_are_encoded_once_for_each_kind(
    monkeypatch: pytest.MonkeyPatch,
    chat_settings: Any,
    ana: Any,
    bob: Any,
    crew: Conversation,
    audience: list[Ear],
) -> None:
    chat_settings(MAX_CONNECTIONS_PER_USER=1000)
    for user in (ana, bob):
        audience += await ears(user, crew, 500, subscribed=False)

    with encodings(monkeypatch) as encoded:
        await run(send, ana, crew, "@bob hello")
        await written(audience)

    assert encoded.count("inbox") == 2
    for ear in audience:
        assert ear.frames[-1]["type"] == "inbox"
        assert ear.frames[-1]["mentions_me"] is (ear.user == bob)


async def test_a_lost_message_is_read_once_for_a_thousand_sockets(
    monkeypatch: pytest.MonkeyPatch,
    chat_settings: Any,
    ana: Any,
    bob: Any,
    crew: Conversation,
    audience: list[Ear],
) -> None:
    chat_settings(MAX_CONNECTIONS_PER_USER=1000)
    for user in (ana, bob):
        audience += await ears(user, crew, 500)
    loads: list[int] = []
    (room,) = hub().rooms.values()
    read_rows = room._read_rows

    async def counting() -> None:
        loads.append(room.rev)
        await read_rows()

    monkeypatch.setattr(room, "_read_rows", counting)
    with monkeypatch.context() as patch:
        patch.setattr("django_chat.realtime.bus.Bus.send", lambda *_: None)
        lost = await run(send, ana, crew, "lost")
    found = await run(send, ana, crew, "found")
    await quiet()
    await written(audience)

    assert loads == [crew.rev]
    for ear in audience:
        kinds = [(frame["type"], frame["rev"]) for frame in ear.frames]
        assert [kind for kind in kinds if kind[0] != "read"] == [
            ("message", lost.rev),
            ("message", found.rev),
            ("caught_up", found.rev),
        ]
