"""The chat in front of a host's application: what it takes and what it lets through."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from channels.routing import ProtocolTypeRouter, URLRouter
from django.core.asgi import get_asgi_application
from django.urls import path

from django_chat.asgi import with_chat
from django_chat.routing import alias_websocket_urlpatterns, websocket_urlpatterns
from django_chat.timeline.models import Conversation
from django_chat.ws.consumer import ChatConsumer
from tests.ws.clients import Crowd, run
from tests.ws.test_credentials import ticket_for

pytestmark = [pytest.mark.asyncio]


class Hosts:
    """A host's own application, which notes what reaches it."""

    def __init__(self) -> None:
        self.scopes: list[Any] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.scopes.append((scope["type"], scope.get("path")))
        if scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.accept"})
            await send({"type": "websocket.send", "text": '{"type":"hosts own"}'})
            await receive()


async def test_other_sockets_are_the_hosts(crowd: Crowd) -> None:
    hosts = Hosts()
    application = with_chat(hosts)

    for address in ("/ws/orders/", "/ws/chat", "/ws/chat/a/b/", "/", "/x/ws/chat/"):
        peer = await crowd.dial(address, application=application)
        assert (await peer.receive())["type"] == "hosts own"

    assert len(hosts.scopes) == 5


async def test_requests_and_the_lifespan_are_the_hosts() -> None:
    hosts = Hosts()
    application = with_chat(hosts)

    for scope in ({"type": "http", "path": "/ws/chat/"}, {"type": "lifespan"}):
        await application(scope, None, None)

    assert hosts.scopes == [("http", "/ws/chat/"), ("lifespan", None)]


async def test_django_alone_knows_no_lifespan_so_it_is_answered_for_it() -> None:
    application = with_chat(get_asgi_application())
    inbox: asyncio.Queue[Any] = asyncio.Queue()
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message["type"])

    inbox.put_nowait({"type": "lifespan.startup"})
    inbox.put_nowait({"type": "lifespan.shutdown"})
    await application({"type": "lifespan"}, inbox.get, send)

    assert sent == ["lifespan.startup.complete", "lifespan.shutdown.complete"]


async def test_django_alone_knows_no_sockets_so_unknown_ones_are_refused(
    crowd: Crowd,
) -> None:
    application = with_chat(get_asgi_application())

    peer = await crowd.dial("/ws/orders/", application=application)

    assert peer.accepted is None
    assert peer.close_code == 4004


async def test_a_request_goes_to_django() -> None:
    application = with_chat(get_asgi_application())
    sent: list[Any] = []
    inbox: asyncio.Queue[Any] = asyncio.Queue()
    inbox.put_nowait({"type": "http.request", "body": b"", "more_body": False})

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "GET",
        "path": "/nothing/here/",
        "raw_path": b"/nothing/here/",
        "query_string": b"",
        "headers": [(b"host", b"testserver")],
    }
    await application(scope, inbox.get, send)

    assert sent[0]["status"] == 404


@pytest.mark.parametrize("root", ["/site", "/a/b"])
async def test_below_a_prefix_the_chat_is_below_it_too(
    ana: Any, duo: Conversation, crowd: Crowd, root: str
) -> None:
    hosts = Hosts()
    ticket = await run(ticket_for, ana)

    async def mounted(scope: Any, receive: Any, send: Any) -> None:
        scope = {**scope, "root_path": root, "path": root + scope["path"]}
        await with_chat(hosts)(scope, receive, send)

    peer = await crowd.dial(
        f"/ws/chat/{duo.pk}/", query=f"ticket={ticket}", application=mounted
    )

    await peer.receive("caught_up")
    assert not hosts.scopes


async def test_a_host_may_route_by_itself_and_offer_the_second_address(
    ana: Any, duo: Conversation, crowd: Crowd
) -> None:
    application = ProtocolTypeRouter(
        {
            "websocket": URLRouter(
                [*websocket_urlpatterns, *alias_websocket_urlpatterns]  # type: ignore[list-item]
            )
        }
    )
    for address in ("/ws/chat/", f"/ws/chat/{duo.pk}/", f"/ws/conversations/{duo.pk}/"):
        ticket = await run(ticket_for, ana)
        peer = await crowd.dial(
            address, query=f"ticket={ticket}", application=application
        )
        welcome = await peer.receive("welcome")
        assert welcome["mode"] == ("multi" if address == "/ws/chat/" else "single")


async def test_a_host_may_add_a_command_of_its_own(ana: Any, crowd: Crowd) -> None:
    async def shout(request: Any) -> dict[str, Any]:
        return {"said": request.fields.text("text").upper()}

    class HostsConsumer(ChatConsumer):
        commands = {**ChatConsumer.commands, "shout": shout}

    route: Any = path("ws/loud/", HostsConsumer.as_asgi())  # type: ignore[arg-type]
    ticket = await run(ticket_for, ana)
    peer = await crowd.dial(
        "/ws/loud/", query=f"ticket={ticket}", application=URLRouter([route])
    )
    await peer.receive("welcome")

    assert (await peer.ask("shout", text="hello"))["said"] == "HELLO"
    assert "shout" not in ChatConsumer.commands
