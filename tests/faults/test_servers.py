"""The same chat on each server: what people see, and the codes that really arrive."""

from __future__ import annotations

import asyncio
import json
import urllib.request
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from tests.faults.site import CORE, PUBSUB, ChatServer, Site, site
from tests.faults.sockets import SECONDS, dial, hear
from tests.services import Services


async def refused(town: Site, session: str | None, **more: Any) -> tuple[str, int]:
    """Return the code of the fatal error and the close code that a client gets."""
    async with dial(town, session, **more) as socket:
        error = await hear(socket, "error")
        assert error["fatal"] is True
        with pytest.raises(ConnectionClosed) as closed:
            async with asyncio.timeout(SECONDS):
                await socket.recv()
    assert closed.value.rcvd is not None
    return error["code"], closed.value.rcvd.code


@pytest.mark.asyncio
@pytest.mark.parametrize("program", ["uvicorn", "daphne"])
async def test_two_people_chat_and_others_learn_why_they_may_not(
    services: Services, program: str
) -> None:
    with site(services, program=program) as town:
        ana, ben, *_, stranger = town.sessions
        async with (
            dial(town, ana, subprotocols=["django-chat.v1"]) as one,
            dial(town, ben) as other,
        ):
            assert one.subprotocol == "django-chat.v1"
            await hear(one, "caught_up")
            await hear(other, "caught_up")
            await other.send(json.dumps({"type": "typing", "is_typing": True}))
            assert (await hear(one, "typing"))["user"] == "person1"
            await one.send(json.dumps({"type": "send_message", "content": "Hello ☀️"}))
            heard = await hear(other, "message")
            assert (heard["content"], heard["is_own_message"]) == ("Hello ☀️", False)
            assert (await hear(one, "message"))["is_own_message"] is True
            read = {"type": "read", "message_id": heard["id"]}
            await other.send(json.dumps(read))
            assert (await hear(one, "read"))["up_to_seq"] == heard["seq"]
        assert await refused(town, None) == ("not_authenticated", 4001)
        assert await refused(town, stranger) == ("not_participant", 4003)
        unknown = {"subprotocols": ["django-chat.v9"]}
        assert await refused(town, ana, **unknown) == ("unsupported_version", 4010)


async def send_from(socket: ClientConnection, count: int, content: str) -> None:
    """Send messages one after the other, each when the one before is stored."""
    for number in range(count):
        frame = {"type": "send_message", "content": content, "ref": str(number)}
        await socket.send(json.dumps(frame, ensure_ascii=False))
        await hear(socket, "ack")


@pytest.mark.asyncio
@pytest.mark.parametrize("program", ["uvicorn", "daphne"])
async def test_who_does_not_read_is_sent_away_and_holds_up_nobody(
    services: Services, program: str
) -> None:
    with site(services, program=program) as town:
        ana, ben, cleo, *_ = town.sessions
        async with (
            dial(town, ana, max_queue=1, subprotocols=["django-chat.v1"]) as stuck,
            dial(town, ben, max_queue=None) as reader,
            dial(town, cleo, max_queue=None) as writer,
        ):
            for one in (stuck, reader, writer):
                await hear(one, "caught_up")
            await send_from(writer, 500, "語" * 10_000)
            for _ in range(500):
                await hear(reader, "message")
            # Too much waits for it, or it has answered no ping: whichever is noticed
            # first. What it reads now, it reads too late.
            with pytest.raises(ConnectionClosed) as closed:
                async with asyncio.timeout(2 * SECONDS):
                    while True:
                        await stuck.recv()
            code = closed.value.rcvd.code if closed.value.rcvd else None
            # Daphne waits a second for the client to read that, and then drops it.
            assert code in ((4011, 4012, None) if program == "daphne" else (4011, 4012))
            await send_from(writer, 1, "still here")
            await hear(reader, "message")


def log_out(server: ChatServer, session: str) -> None:
    """Log out as a page does, at the process that happens to be asked."""
    token = "a" * 32
    request = urllib.request.Request(  # noqa: S310
        f"{server.url}/accounts/logout/",
        data=b"",
        headers={
            "Cookie": f"sessionid={session}; csrftoken={token}",
            "X-CSRFToken": token,
        },
    )
    with urllib.request.urlopen(request) as answer:  # noqa: S310
        assert answer.status == 200


@pytest.mark.asyncio
@pytest.mark.parametrize("layer", [PUBSUB, CORE], ids=["pubsub", "core"])
async def test_who_logs_out_at_one_process_is_sent_away_by_the_other(
    services: Services, layer: str
) -> None:
    with site(services, layer=layer, servers=2) as town:
        ana, ben, *_ = town.sessions
        asked, other = town.servers
        async with (
            dial(town, ana, at=other) as leaving,
            dial(town, ben, at=other) as staying,
        ):
            await hear(leaving, "caught_up")
            await hear(staying, "caught_up")
            await asyncio.to_thread(log_out, asked, ana)
            assert (await hear(leaving, "error"))["code"] == "not_authenticated"
            with pytest.raises(ConnectionClosed) as closed:
                await leaving.recv()
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == 4001
            await staying.send(json.dumps({"type": "ping", "t": 1}))
            await hear(staying, "pong")
