"""What a client asks about the server: how to connect, and what it offers."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import SESSION_KEY
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from django_chat.conf import chat_settings
from django_chat.connections.services import TICKET_SECONDS, issue_ticket
from django_chat.exceptions import ChatError
from django_chat.feed.offer import FEATURES, limits, serves_sockets, socket_path
from django_chat.people.presenters import presenter
from django_chat.rest.operations import operation
from django_chat.rest.people import UserShape
from django_chat.rest.view import ChatView

__all__ = ["Config", "Ticket"]


class TicketShape(serializers.Serializer[Any]):
    """A ticket and the address of the socket that it opens, once."""

    ticket = serializers.CharField()
    expires_in = serializers.IntegerField()
    expires_in_s = serializers.IntegerField()
    url = serializers.CharField()


class ConfigShape(serializers.Serializer[Any]):
    """What a client needs to begin."""

    api_url = serializers.CharField()
    ws_url = serializers.CharField(allow_null=True)
    websocket = serializers.BooleanField()
    user = UserShape()
    limits = serializers.DictField()
    features = serializers.ListField(child=serializers.CharField())
    ping_interval_ms = serializers.IntegerField()
    poll_interval_ms = serializers.IntegerField()


class Ticket(ChatView):
    """Tickets for sockets."""

    @operation({201: TicketShape})
    def post(self, request: Request, **_: Any) -> Response:
        """Return a ticket that opens one socket within 30 seconds."""
        if not chat_settings.WEBSOCKETS:
            raise ChatError("not_found")
        ticket = issue_ticket(
            actor=self.actor, session_key=_session_key(request, self.actor.id)
        )
        return Response(
            {
                "ticket": ticket,
                "expires_in": TICKET_SECONDS,
                "expires_in_s": TICKET_SECONDS,
                "url": _socket_address(request),
            },
            status=201,
        )


def _session_key(request: Request, user_id: str) -> str | None:
    """Return the session whose end must end the socket, if this user has one."""
    session = getattr(request, "session", None)
    if session is None or session.get(SESSION_KEY) != user_id:
        return None
    key: str | None = session.session_key
    return key


def _socket_address(request: Request) -> str:
    scheme = "wss" if request.is_secure() else "ws"
    return f"{scheme}://{request.get_host()}{socket_path()}"


class Config(ChatView):
    """What the server offers."""

    @operation({200: ConfigShape})
    def get(self, request: Request, **_: Any) -> Response:
        """Return addresses, limits and features; `ws_url` is null where clients poll."""
        has_sockets = serves_sockets(request)
        return Response(
            {
                "api_url": request.path.removesuffix("config/"),
                "ws_url": _socket_address(request) if has_sockets else None,
                "websocket": has_sockets,
                "user": presenter().card(self.actor.user),
                "limits": limits(),
                "features": list(FEATURES),
                "ping_interval_ms": int(chat_settings.PING_SECONDS * 1000),
                "poll_interval_ms": int(chat_settings.POLL_SECONDS * 1000),
            }
        )
