"""Finding people, and blocking them."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from django_chat.exceptions import ChatError
from django_chat.people.directory import directory, find_acquaintance, find_blocked
from django_chat.people.models import Block as BlockRow
from django_chat.people.presenters import presenter
from django_chat.people.services import block_user, unblock_user
from django_chat.rest.fields import Address, Text
from django_chat.rest.operations import operation
from django_chat.rest.pagination import cursor_page
from django_chat.rest.reading import Body, CursorQuery, Query
from django_chat.rest.shapes import Page
from django_chat.rest.view import ChatView
from django_chat.text import check_text
from django_chat.timeline.wiretime import wire_time

__all__ = ["Block", "Blocked", "BlockedUser", "CheckBlocked", "Unblock", "Users"]

QUERY_MIN, QUERY_MAX = 2, 200


class UsersQuery(CursorQuery):
    """Part of a name, or a whole username."""

    search = Text(default="")


class Target(Body):
    """Whom it is about."""

    user_id = Address()


class TargetQuery(Query):
    """Whom it is about."""

    user_id = Address()


class UserShape(serializers.Serializer[Any]):
    """Somebody, as lists of people show him."""

    id = serializers.CharField()
    name = serializers.CharField()
    username = serializers.CharField()
    avatar_url = serializers.CharField(allow_null=True)


class UserPage(Page):
    results = UserShape(many=True)


class BlockShape(serializers.Serializer[Any]):
    """Somebody whom one has blocked."""

    user = UserShape()
    created_at = serializers.DateTimeField()


class BlockPage(Page):
    results = BlockShape(many=True)


class CheckShape(serializers.Serializer[Any]):
    """Whether one has blocked somebody; never the other way round."""

    blocked = serializers.BooleanField()


class Users(ChatView):
    """The directory."""

    @operation({200: UserPage}, query=UsersQuery)
    def get(self, request: Request, **_: Any) -> Response:
        """Search the people whom one may find."""
        query = self.read_query()
        text = query["search"].strip()
        check_text(text, field="search", limit=QUERY_MAX)
        if len(text) < QUERY_MIN:
            detail = {"min": QUERY_MIN}
            raise ChatError("query_too_short", field="search", detail=detail)
        found = directory().search(self.actor, text)
        return Response(cursor_page(request, query, found, "pk").body(presenter().card))


class Block(ChatView):
    """Blocking somebody."""

    @operation({201: BlockShape, 200: BlockShape}, body=Target)
    def post(self, request: Request, **_: Any) -> Response:
        """Hear nothing more from somebody, who is not told; 200 when it was so."""
        target = find_acquaintance(self.actor, self.read_body()["user_id"])
        is_new = block_user(actor=self.actor, target=target)
        row = BlockRow.objects.made_by(self.actor).get(blocked=target)
        return Response(_payload(row), status=201 if is_new else 200)


class Blocked(Block):
    """Whom one has blocked."""

    @operation({200: BlockPage}, query=CursorQuery)
    def get(self, request: Request, **_: Any) -> Response:
        """List whom one has blocked, the latest first."""
        rows = BlockRow.objects.made_by(self.actor).select_related("blocked")
        page = cursor_page(request, self.read_query(), rows, "-pk")
        return Response(page.body(_payload))


def _payload(row: BlockRow) -> dict[str, Any]:
    return {
        "user": presenter().card(row.blocked),
        "created_at": wire_time(row.created_at),
    }


class CheckBlocked(ChatView):
    """Whether one has blocked somebody."""

    @operation({200: CheckShape}, query=TargetQuery)
    def get(self, request: Request, **_: Any) -> Response:
        """Return whether one has blocked somebody."""
        found = find_blocked(self.actor, self.read_query()["user_id"])
        return Response({"blocked": found is not None})


class _UnblockView(ChatView):
    def unblock(self, address: str) -> Response:
        target = find_blocked(self.actor, address)
        if target is not None:
            unblock_user(actor=self.actor, target=target)
        return Response(status=204)


class Unblock(_UnblockView):
    """Lifting a block."""

    @operation({204: None}, body=Target)
    def post(self, request: Request, **_: Any) -> Response:
        """Lift a block; none is no error."""
        return self.unblock(self.read_body()["user_id"])


class BlockedUser(_UnblockView):
    """Somebody whom one has blocked."""

    @operation({204: None})
    def delete(self, request: Request, user_id: str, **_: Any) -> Response:
        """Lift a block; none is no error."""
        return self.unblock(user_id)
