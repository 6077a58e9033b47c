"""Catching up without a socket: of one conversation, or of all."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from django_chat import metrics
from django_chat.exceptions import ChatError
from django_chat.feed.changes import GAP, changes_for_reader
from django_chat.feed.sync import sync
from django_chat.ids import parse_uuid
from django_chat.presence.services import touch_polling
from django_chat.rest.fields import Digits, Text
from django_chat.rest.operations import operation
from django_chat.rest.reading import Query
from django_chat.rest.shapes import ConversationShape
from django_chat.rest.view import ChatView

__all__ = ["Changes", "Sync"]

CURSORS_MAX = 50


class ChangesQuery(Query):
    """After which change; without it, nothing but where the feed ends."""

    after = Digits(required=False)
    limit = Digits(min_value=1, default=200)


class SyncQuery(Query):
    """Where one stands: `c` is `<conversation id>:<rev>`, up to 50 times; `list` and
    `t` come from the answer before.
    """

    c = serializers.ListField(child=Text(), required=False, max_length=CURSORS_MAX)
    t = Text(required=False)

    def get_fields(self) -> dict[str, Any]:
        # Assigned in the class body, it would hide the type of that name.
        return {**super().get_fields(), "list": Text(required=False)}


class ChangesShape(serializers.Serializer[Any]):
    """Frames in the order of their `rev`; `next_after` is the new cursor."""

    events = serializers.ListField(child=serializers.DictField())
    next_after = serializers.IntegerField()
    rev = serializers.IntegerField()
    has_more = serializers.BooleanField()
    gap = serializers.BooleanField()
    reason = serializers.CharField(required=False)
    epoch = serializers.CharField()


class TotalsShape(serializers.Serializer[Any]):
    """What is unread over all conversations but the archived."""

    total = serializers.IntegerField()
    mentions = serializers.IntegerField()


class SyncShape(serializers.Serializer[Any]):
    """Frames, and everything to ask the next time with."""

    events = serializers.ListField(child=serializers.DictField())
    cursors = serializers.DictField(child=serializers.IntegerField())
    more = serializers.ListField(child=serializers.UUIDField())
    gap = serializers.ListField(child=serializers.UUIDField())
    gone = serializers.ListField(child=serializers.UUIDField())
    list_etag = serializers.CharField()
    unread = TotalsShape()
    t = serializers.CharField()
    epoch = serializers.CharField()
    next_poll_ms = serializers.IntegerField()

    def get_fields(self) -> dict[str, Any]:
        listed = ConversationShape(many=True, allow_null=True)
        return {**super().get_fields(), "list": listed}


class Changes(ChatView):
    """The changes of a conversation."""

    @operation({200: ChangesShape}, query=ChangesQuery)
    def get(self, request: Request, conversation_id: UUID, **_: Any) -> Response:
        """Return what changed after `after`, each message once, as it is now."""
        query = self.read_query()
        return Response(
            changes_for_reader(
                actor=self.actor,
                conversation_id=conversation_id,
                after=query.get("after"),
                limit=min(query["limit"], GAP),
            )
        )


class Sync(ChatView):
    """Everything that happened."""

    @operation({200: SyncShape, 304: None}, query=SyncQuery)
    def get(self, request: Request, **_: Any) -> Response:
        """Return what happened in one's conversations; 304 when nothing did.

        Without `c`: the list, with every cursor at its end.
        """
        query = self.read_query()
        cursors = [_cursor(text) for text in query.get("c", [])]
        touch_polling(self.actor)
        found = sync(
            actor=self.actor,
            cursors=dict(cursors),
            etag=_tag(query.get("list")),
            token=query.get("t"),
        )
        metrics.POLLS.labels("nothing" if found is None else "news").inc()
        if found is None:
            return Response(status=304)
        return Response(found.as_dict())


def _tag(etag: str | None) -> str | None:
    """Return the tag itself, also when it is written as in the header."""
    return None if etag is None else etag.removeprefix("W/").strip('"')


def _cursor(text: str) -> tuple[UUID, int]:
    key, _, after = text.partition(":")
    conversation_id = parse_uuid(key)
    is_number = after.isascii() and after.isdigit() and len(after) < 16
    if conversation_id is None or not is_number:
        raise ChatError("invalid_payload", field="c")
    return conversation_id, int(after)
