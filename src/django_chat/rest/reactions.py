"""Emoji on messages."""

from __future__ import annotations

from typing import Any, Literal
from uuid import UUID

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from django_chat.feed.details import reaction_payload, reaction_summary, reactors
from django_chat.messages.services import react
from django_chat.rest.fields import OneOf, Text
from django_chat.rest.operations import operation
from django_chat.rest.pagination import cursor_page
from django_chat.rest.reading import Body, CursorQuery
from django_chat.rest.shapes import Page, ReactionSummaryShape
from django_chat.rest.view import ChatView

__all__ = ["Reaction", "Reactions"]


class ReactorsQuery(CursorQuery):
    """Which emoji to look for."""

    emoji = Text(required=False, max_length=64)


class React(Body):
    """The emoji to put on, or to take back."""

    emoji = Text()
    op = OneOf("add", "remove", default="add")


class ReactorShape(serializers.Serializer[Any]):
    """Who reacted, how and when."""

    emoji = serializers.CharField()
    user_id = serializers.CharField()
    name = serializers.CharField()
    created_at = serializers.DateTimeField()


class ReactorPage(Page):
    results = ReactorShape(many=True)


class _ReactView(ChatView):
    def react(
        self, message_id: UUID, emoji: str, op: Literal["add", "remove"]
    ) -> Response:
        message = react(actor=self.actor, message_id=message_id, emoji=emoji, op=op)
        return Response(reaction_summary(self.actor, message))


class Reactions(_ReactView):
    """The reactions to a message."""

    @operation({200: ReactorPage}, query=ReactorsQuery)
    def get(self, request: Request, message_id: UUID, **_: Any) -> Response:
        """List who reacted, oldest first."""
        query = self.read_query()
        rows = reactors(self.actor, message_id, emoji=query.get("emoji"))
        return Response(cursor_page(request, query, rows, "pk").body(reaction_payload))

    @operation({200: ReactionSummaryShape}, body=React)
    def post(self, request: Request, message_id: UUID, **_: Any) -> Response:
        """Put an emoji on a message, or take it back."""
        body = self.read_body()
        return self.react(message_id, body["emoji"], body["op"])


class Reaction(_ReactView):
    """One's own emoji on a message."""

    @operation({200: ReactionSummaryShape})
    def put(self, request: Request, message_id: UUID, emoji: str, **_: Any) -> Response:
        """Put an emoji on a message; again is no change."""
        return self.react(message_id, emoji, "add")

    @operation({200: ReactionSummaryShape})
    def delete(
        self, request: Request, message_id: UUID, emoji: str, **_: Any
    ) -> Response:
        """Take one's emoji back; again is no change."""
        return self.react(message_id, emoji, "remove")
