"""Reading: moving one's watermarks, and asking who has read a message."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from django_chat.exceptions import ChatError
from django_chat.feed.details import receipt_payload, receipts
from django_chat.receipts.services import mark_delivered, mark_read, mark_unread
from django_chat.rest.fields import OPTIONAL, Id, Whole
from django_chat.rest.operations import operation
from django_chat.rest.pagination import cursor_page
from django_chat.rest.reading import Body, CursorQuery
from django_chat.rest.shapes import Page
from django_chat.rest.view import ChatView

__all__ = ["Delivered", "MarkRead", "MarkUnread", "Receipts"]


class UpTo(Body):
    """How far one has read; without either, everything."""

    up_to_seq = Whole(**OPTIONAL)
    message_id = Id(**OPTIONAL)


class From(Body):
    """From which message on it counts as unread; without it, the newest."""

    seq = Whole(**OPTIONAL)


class Received(Body):
    """Up to which message a device has everything."""

    up_to_seq = Whole()


class ReadShape(serializers.Serializer[Any]):
    """Where one's watermark stands; `marked` messages were read now."""

    read_seq = serializers.IntegerField()
    unread_count = serializers.IntegerField()
    marked = serializers.IntegerField()


class UnreadShape(serializers.Serializer[Any]):
    """What is unread now."""

    unread_count = serializers.IntegerField()


class ReceiptShape(serializers.Serializer[Any]):
    """One member as a reader; `read_at` is null where unread."""

    user_id = serializers.CharField()
    name = serializers.CharField()
    read_at = serializers.DateTimeField(allow_null=True)


class ReceiptPage(Page):
    results = ReceiptShape(many=True)
    read_count = serializers.IntegerField()
    member_count = serializers.IntegerField()


class MarkRead(ChatView):
    """Marking read."""

    @operation({200: ReadShape}, body=UpTo)
    def post(self, request: Request, conversation_id: UUID, **_: Any) -> Response:
        """Mark a conversation read, up to a message or entirely."""
        body = self.read_body()
        if len(body) > 1:
            raise ChatError("invalid_payload", field="message_id")
        state = mark_read(actor=self.actor, conversation_id=conversation_id, **body)
        return Response(
            {
                "read_seq": state.read_seq,
                "unread_count": state.unread_count,
                "marked": state.marked,
            }
        )


class MarkUnread(ChatView):
    """Marking unread."""

    @operation({200: UnreadShape}, body=From)
    def post(self, request: Request, conversation_id: UUID, **_: Any) -> Response:
        """Flag a conversation as unread in one's own list; nobody else is told."""
        state = mark_unread(
            actor=self.actor,
            conversation_id=conversation_id,
            seq=self.read_body().get("seq"),
        )
        return Response({"unread_count": state.unread_count})


class Delivered(ChatView):
    """Saying that messages have arrived."""

    @operation({204: None}, body=Received)
    def post(self, request: Request, conversation_id: UUID, **_: Any) -> Response:
        """Say that a device has everything up to a message."""
        mark_delivered(
            actor=self.actor,
            conversation_id=conversation_id,
            up_to_seq=self.read_body()["up_to_seq"],
        )
        return Response(status=204)


class Receipts(ChatView):
    """Who has read a message."""

    @operation({200: ReceiptPage}, query=CursorQuery)
    def get(self, request: Request, message_id: UUID, **_: Any) -> Response:
        """List the other members, each with the time he read the message."""
        query = self.read_query()
        found = receipts(self.actor, message_id)
        body = cursor_page(request, query, found.rows, "pk").body(receipt_payload)
        body["read_count"] = found.read_count
        body["member_count"] = found.member_count
        return Response(body)
