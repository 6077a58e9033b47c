"""Who is there, and who types."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from django_chat.exceptions import ChatError
from django_chat.people.presenters import presenter
from django_chat.presence.querysets import (
    WATCH_MAX,
    Presence,
    acquaintances,
    own_presence,
    presence_of,
    statuses,
)
from django_chat.presence.services import set_status, show_typing
from django_chat.rest.fields import OPTIONAL, Flag, Moment, OneOf, Text
from django_chat.rest.operations import operation
from django_chat.rest.reading import Body, Query
from django_chat.rest.view import ChatView
from django_chat.tenancy.actor import Actor
from django_chat.timeline.wiretime import wire_time

__all__ = ["ContactStatuses", "OwnStatus", "Typing", "UpdateStatus"]


class TypingBody(Body):
    """Whether one types, or records, or picks a file."""

    is_typing = Flag()
    activity = OneOf("text", "voice", "file", default="text")


class NewStatus(Body):
    """How to appear. What is left out is emptied: no text, and for good."""

    status = OneOf("online", "away", "dnd", "invisible")
    text = Text(**OPTIONAL)
    until = Moment(**OPTIONAL)


class StatusesQuery(Query):
    """Whom to look for: up to 100 ids with commas between; without it, all."""

    user_ids = Text(required=False)


class OwnStatusShape(serializers.Serializer[Any]):
    """What one has chosen to show."""

    user_id = serializers.CharField()
    name = serializers.CharField()
    status = OneOf("online", "away", "dnd", "invisible")
    last_seen = serializers.DateTimeField(allow_null=True)
    text = serializers.CharField()
    until = serializers.DateTimeField(allow_null=True)


class StatusShape(serializers.Serializer[Any]):
    """How somebody appears."""

    user_id = serializers.CharField()
    status = OneOf("online", "away", "dnd", "offline")
    last_seen = serializers.DateTimeField(allow_null=True)


class Typing(ChatView):
    """Showing that one types."""

    @operation({204: None}, body=TypingBody)
    def post(self, request: Request, conversation_id: UUID, **_: Any) -> Response:
        """Show the others that one types, or stopped."""
        body = self.read_body()
        show_typing(actor=self.actor, conversation_id=conversation_id, **body)
        return Response(status=204)


class _StatusView(ChatView):
    def change(self) -> Response:
        set_status(actor=self.actor, **self.read_body())
        return Response(_own(self.actor))


class OwnStatus(_StatusView):
    """One's own status."""

    @operation({200: OwnStatusShape})
    def get(self, request: Request, **_: Any) -> Response:
        """Return what one has chosen to show."""
        return Response(_own(self.actor))

    @operation({200: OwnStatusShape}, body=NewStatus)
    def patch(self, request: Request, **_: Any) -> Response:
        """Choose how to appear."""
        return self.change()


class UpdateStatus(_StatusView):
    """Choosing how to appear."""

    @operation({200: OwnStatusShape}, body=NewStatus)
    def post(self, request: Request, **_: Any) -> Response:
        """Choose how to appear."""
        return self.change()

    @operation({200: OwnStatusShape}, body=NewStatus)
    def patch(self, request: Request, **_: Any) -> Response:
        """Choose how to appear."""
        return self.change()


def _own(actor: Actor) -> dict[str, Any]:
    chosen = own_presence(actor)
    return {
        "user_id": chosen.user_id,
        "name": presenter().name(actor.user),
        "status": chosen.status,
        "last_seen": wire_time(chosen.last_seen) if chosen.last_seen else None,
        "text": chosen.text,
        "until": wire_time(chosen.until) if chosen.until else None,
    }


class ContactStatuses(ChatView):
    """How the people appear with whom one shares a conversation."""

    @operation({200: StatusShape(many=True)}, query=StatusesQuery)
    def get(self, request: Request, **_: Any) -> Response:
        """List who is there; strangers among `user_ids` are left out."""
        asked = self.read_query().get("user_ids")
        return Response([_shown(one) for one in self._found(asked)])

    def _found(self, asked: str | None) -> list[Presence]:
        if asked is None:
            everybody = acquaintances(self.actor)
            return list(statuses(self.actor.tenant, everybody).values())
        ids = [value for value in asked.split(",") if value]
        if len(ids) > WATCH_MAX:
            detail = {"max": WATCH_MAX}
            raise ChatError("invalid_payload", field="user_ids", detail=detail)
        return presence_of(self.actor, ids)


def _shown(one: Presence) -> dict[str, Any]:
    payload = one.payload()
    return {
        "user_id": payload["id"],
        "status": payload["status"],
        "last_seen": payload["last_seen"],
    }
