"""The small client of the manual, as it is printed there, with a real server."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import uvicorn

from django_chat.feed.epoch import renew_epoch
from django_chat.messages.services import edit_message
from django_chat.timeline.models import Conversation
from django_chat.ws.hub import hub
from tests.asgi import application
from tests.factories import actor, send
from tests.servers import free_port
from tests.ws.clients import Crowd, Peer, cookie_of, log_in, run, until

pytestmark = [pytest.mark.asyncio]

PAGE = Path(__file__).parents[2] / "docs" / "dumb-client.md"
Frame = dict[str, Any]


@pytest.fixture
def manual() -> dict[str, Any]:
    """The names that the program of the manual defines."""
    [code] = re.findall(r"^```python\n(.*?)^```", PAGE.read_text(), re.M | re.S)
    namespace: dict[str, Any] = {"__name__": "manual"}
    exec(compile(code, "dumb-client.md", "exec"), namespace)  # noqa: S102
    # Between attempts it sleeps for up to half a minute.
    namespace["random"] = Impatient()
    return namespace


class Impatient:
    """Stands in for `random`: the client waits, but not for long."""

    def uniform(self, _low: float, _high: float) -> float:
        return 0.02


class Site:
    """The test project on a port of its own, which may go away and come back."""

    def __init__(self) -> None:
        self.port = free_port()
        self._server: uvicorn.Server | None = None
        self._task: asyncio.Task[None] | None = None

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    async def start(self) -> None:
        config = uvicorn.Config(
            application,
            port=self.port,
            ws="websockets-sansio",
            lifespan="off",
            log_config=None,
            timeout_graceful_shutdown=5,
        )
        self._server = uvicorn.Server(config)
        self._task = asyncio.create_task(self._server.serve())
        await until(lambda: self._server is not None and self._server.started)

    async def stop(self) -> None:
        if self._server is not None and self._task is not None:
            self._server.should_exit = True
            await asyncio.wait_for(self._task, 10)
            self._server = self._task = None


@asynccontextmanager
async def running(client: Any) -> AsyncIterator[asyncio.Task[str]]:
    """Let a client of the manual run."""
    task: asyncio.Task[str] = asyncio.create_task(client.run())
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@pytest_asyncio.fixture
async def site(crowd: Crowd) -> AsyncIterator[Site]:
    site = Site()
    await site.start()
    yield site
    await site.stop()


async def small_client(
    manual: dict[str, Any], site: Site, user: Any, place: Conversation, how: str
) -> tuple[Any, list[Frame]]:
    """Return a client of the manual, logged in either way, and what it shows."""
    shown: list[Frame] = []
    url = f"ws://{site.host}/ws/chat/{place.pk}/"
    _, cookie = cookie_of(await run(log_in, user))
    if how == "cookie":
        login = manual["by_cookie"](url, cookie.partition("=")[2])
    else:
        token = "x" * 32
        headers = {"Cookie": f"{cookie}; csrftoken={token}", "X-CSRFToken": token}
        address = f"http://{site.host}/api/v1/messages/ws-ticket/"
        login = manual["by_ticket"](address, headers)
    return manual["Client"](url, login, shown.append), shown


def contents(frames: list[Frame]) -> list[str]:
    return [frame["content"] for frame in frames if frame["type"].startswith("message")]


def heard_by(peer: Peer) -> list[str]:
    return contents([frame for frame in peer.frames if frame["type"] == "message"])


@pytest.mark.parametrize("how", ["cookie", "ticket"])
async def test_a_small_client_misses_and_doubles_nothing_while_servers_come_and_go(
    manual: dict[str, Any],
    site: Site,
    crowd: Crowd,
    ana: Any,
    bob: Any,
    duo: Conversation,
    how: str,
) -> None:
    await run(send, bob, duo, "before")
    phone = await crowd.join(bob, duo)
    client, shown = await small_client(manual, site, ana, duo, how)
    async with running(client):
        await until(lambda: contents(shown) == ["before"])
        await client.send("hello")
        await phone.receive("message", content="hello")
        await run(send, bob, duo, "hello yourself")
        await until(lambda: "hello yourself" in contents(shown))

        await site.stop()
        await client.send("I was away")
        await client.send("am I back?")
        first = await run(send, bob, duo, "are you there?")
        await run(
            edit_message, actor=actor(bob), message_id=first.id, content="you there?"
        )
        await site.start()

        await until(lambda: not client.outbox and "am I back?" in contents(shown))
    wanted = ["hello", "hello yourself", "you there?", "I was away", "am I back?"]
    assert contents(shown) == ["before", *wanted]
    said = [text for text in heard_by(phone) if text in wanted]
    assert said == ["hello", "hello yourself", "I was away", "am I back?"]


async def test_a_small_client_forgets_what_a_restored_database_never_heard_of(
    manual: dict[str, Any], site: Site, ana: Any, bob: Any, duo: Conversation
) -> None:
    await run(send, bob, duo, "once")
    client, shown = await small_client(manual, site, ana, duo, "cookie")
    async with running(client):
        await until(lambda: contents(shown) == ["once"])
        await run(renew_epoch)
        await hub().heart.beat()

        await until(lambda: contents(shown) == ["once", "once"])


async def test_a_small_client_drops_a_text_that_the_server_refuses(
    manual: dict[str, Any], site: Site, ana: Any, duo: Conversation
) -> None:
    client, shown = await small_client(manual, site, ana, duo, "cookie")
    async with running(client):
        await client.send(" ")
        await client.send("words")

        await until(lambda: contents(shown) == ["words"])
        await until(lambda: not client.outbox)


async def test_a_small_client_of_a_stranger_learns_that_it_is_for_good(
    manual: dict[str, Any], site: Site, mallory: Any, duo: Conversation
) -> None:
    client, shown = await small_client(manual, site, mallory, duo, "cookie")
    async with running(client) as task:
        assert await asyncio.wait_for(task, 10) == "not_participant"
    assert shown == []
