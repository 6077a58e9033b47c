"""Behind nginx, configured word for word as the manual says, nothing is different."""

from __future__ import annotations

import asyncio
import re
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from django_chat.conf import chat_settings
from tests.faults.client import sent, talking, until
from tests.faults.invariants import all_is_told
from tests.faults.rest import ask, call
from tests.faults.site import PEOPLE, PUBSUB, ROOT, Site, site
from tests.faults.sockets import SECONDS, dial, hear, hears_at_once, say
from tests.servers import PrivateNginx
from tests.services import Services

MANUAL = (ROOT / "docs" / "deployment.md").read_text()
[CONFIGURATION] = re.findall(r"^```nginx\n(.*?^upstream .*?)^```", MANUAL, re.M | re.S)
EACH = 50
TOO_LARGE = 1024 * 1024 + 1


@contextmanager
def nginx_before(
    services: Services, town: Site, static: Path
) -> Iterator[PrivateNginx]:
    """Run nginx in front of both processes of a site, without TLS and on other ports."""
    here, there = town.servers

    def configuration(port: int) -> str:
        text = CONFIGURATION
        for manual, ours in (
            (r"^server \{\n    listen 80;.*?^\}", ""),
            (r"\blisten 443 ssl;", f"listen 127.0.0.1:{port};"),
            (r"^    ssl_certificate .*?;$", ""),
            (r"^    ssl_certificate_key .*?;$", ""),
            (r"\b127\.0\.0\.1:8001\b", f"127.0.0.1:{here.port}"),
            (r"\b127\.0\.0\.1:8002\b", f"127.0.0.1:{there.port}"),
            (r"\balias \S+;", f"alias {static}/;"),
        ):
            text, count = re.subn(manual, ours, text, flags=re.M | re.S)
            assert count == 1, manual
        return text

    with services.private_nginx(configuration) as nginx:
        yield nginx


@pytest.mark.asyncio
async def test_a_killed_process_and_a_reload_of_nginx_cost_nobody_a_message(
    services: Services, tmp_path: Path
) -> None:
    with (
        site(services, layer=PUBSUB, servers=2) as town,
        nginx_before(services, town, tmp_path) as nginx,
    ):
        ana, ben, *_ = town.sessions
        here, there = town.servers
        total = PEOPLE * EACH
        async with talking(town, each=EACH, urls=[nginx.url]) as clients:
            await until(clients, lambda: sent(clients) >= total * 0.2, seconds=60)
            await asyncio.to_thread(here.kill)
            done = {c: len(c.acknowledged) for c in clients}
            # One answer may have been under way. Who has got another is connected.
            await until(
                clients,
                lambda: all(len(c.acknowledged) > done[c] + 1 for c in clients),
                seconds=60,
            )
            before = {client: client.connections for client in clients}
            assert 0 < sum(count > 1 for count in before.values()) < PEOPLE
            await asyncio.to_thread(here.start)

            await asyncio.to_thread(nginx.reload)
            said = len(nginx.words())
            path = f"conversations/{town.group}/messages/"
            status, message = await asyncio.to_thread(
                call, nginx, ana, "POST", path, content="by request", client_id="r1"
            )
            assert status == 201
            await all_is_told(town, clients)
            assert all(message["id"] in client.messages for client in clients)
            # The old workers of nginx stay for as long as somebody is connected to them.
            assert {client: client.connections for client in clients} == before
            newest = max(clients[0].messages.values(), key=lambda one: one["seq"])
            page = await asyncio.to_thread(ask, nginx, ben, f"{path}?limit=1")
            assert [row["id"] for row in page["results"]] == [newest["id"]]
        async with (
            dial(town, ana, at=nginx, max_queue=None) as one,
            dial(town, ben, at=nginx, max_queue=None) as other,
        ):
            await hears_at_once(one, other)
            await hears_at_once(other, one)
        # A WebSocket gets its line when it has ended; the one that was killed serves again.
        for server in (here, there):
            served = f"101 by 127.0.0.1:{server.port}\n"
            await asyncio.to_thread(nginx.wait_for, served, after=said)


def fetched(address: str) -> bytes:
    """Return what is at an address that anybody may read."""
    with urllib.request.urlopen(address) as answer:  # noqa: S310
        return bytes(answer.read())


async def close_code(socket: ClientConnection) -> int | None:
    """Return the code with which the server ends a connection."""
    with pytest.raises(ConnectionClosed) as closed:
        while True:
            await socket.recv()
    return closed.value.rcvd.code if closed.value.rcvd else None


@pytest.mark.asyncio
async def test_who_was_at_a_process_that_is_replaced_is_told_and_goes_to_another(
    services: Services, tmp_path: Path
) -> None:
    (tmp_path / "chat.css").write_text("/* served by nginx */")
    with (
        site(services, layer=PUBSUB, servers=2) as town,
        nginx_before(services, town, tmp_path) as nginx,
    ):
        ana, ben, *_ = town.sessions
        here, _ = town.servers
        # Who has fewer connections gets the next: each of them is at another process.
        async with (
            dial(town, ana, at=nginx, max_queue=None) as one,
            dial(town, ben, at=nginx, max_queue=None) as other,
        ):
            await hear(one, "caught_up")
            await hear(other, "caught_up")
            ends = {asyncio.ensure_future(close_code(each)) for each in (one, other)}
            await asyncio.to_thread(here.stop)
            ended, staying = await asyncio.wait(
                ends, return_when=asyncio.FIRST_COMPLETED, timeout=SECONDS
            )
            assert [end.result() for end in ended] == [1012]
            # One process is away, and the first attempt succeeds all the same.
            async with dial(town, ana, at=nginx) as back:
                await hear(back, "caught_up")
                await say(back, "send_message", content="語" * 10_000, ref="long")
                await hear(back, "ack")
            for end in staying:
                assert not end.done()
                end.cancel()
        path = f"conversations/{town.group}/messages/"
        status, refusal = await asyncio.to_thread(
            call, nginx, ana, "POST", path, content="x" * TOO_LARGE
        )
        # In the words of the chat, not as a page of nginx.
        assert (status, refusal["code"]) == (413, "frame_too_large")
        found = await asyncio.to_thread(fetched, f"{nginx.url}/static/chat.css")
        assert found == b"/* served by nginx */"


def test_nginx_waits_for_longer_than_two_pings() -> None:
    waits = re.findall(r"proxy_(?:read|send)_timeout (\d+)s;", CONFIGURATION)
    assert len(waits) == 2
    assert all(int(seconds) > 2 * chat_settings.PING_SECONDS for seconds in waits)
