"""The one line in a host's `asgi.py`: `application = with_chat(get_asgi_application())`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from django.core.handlers.asgi import ASGIHandler

from django_chat.routing import websocket_urlpatterns

__all__ = ["with_chat"]

Application = Callable[[Any, Any, Any], Awaitable[None]]


def with_chat(application: Application) -> Application:
    """Return `application` with the chat's sockets in front of it.

    Everything else passes through: HTTP, lifespan, and the host's own sockets when
    `application` serves some (a `ProtocolTypeRouter`).
    """

    async def chat_application(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "websocket":
            found = _match(scope)
            if found is not None:
                await found(scope, receive, send)
                return
            if isinstance(application, ASGIHandler):
                # Django's own handler knows HTTP only and would raise.
                await receive()
                await send({"type": "websocket.close", "code": 4004})
                return
        elif scope["type"] == "lifespan" and isinstance(application, ASGIHandler):
            await _answer_lifespan(receive, send)
            return
        await application(scope, receive, send)

    return chat_application


def _match(scope: Any) -> Application | None:
    """Return the consumer for the path, below the mount point of the application."""
    path = scope["path"].removeprefix(scope.get("root_path", "")).lstrip("/")
    for route in websocket_urlpatterns:
        matched = route.pattern.match(path)
        if matched is not None and not matched[0]:
            scope["url_route"] = {"args": matched[1], "kwargs": matched[2]}
            consumer: Application = route.callback
            return consumer
    return None


async def _answer_lifespan(receive: Any, send: Any) -> None:
    while True:
        message = await receive()
        await send({"type": message["type"] + ".complete"})
        if message["type"] == "lifespan.shutdown":
            return
