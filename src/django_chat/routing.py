"""WebSocket routes. Most hosts use `asgi.with_chat` and never see this."""

from __future__ import annotations

from typing import Any

from django.urls import path

from django_chat.ws.consumer import ChatConsumer

__all__ = ["alias_websocket_urlpatterns", "websocket_urlpatterns"]

_consumer: Any = ChatConsumer.as_asgi()

websocket_urlpatterns = [
    path("ws/chat/", _consumer),
    path("ws/chat/<str:conversation_id>/", _consumer),
]

alias_websocket_urlpatterns = [
    path("ws/conversations/<str:conversation_id>/", _consumer),
]
"""A second address of the single socket, for clients that expect it; opt in."""
