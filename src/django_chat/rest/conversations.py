"""The list of one's conversations, and each of them."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from django.utils.http import parse_etags
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from django_chat.exceptions import ChatError
from django_chat.feed.inbox import (
    INBOX_ORDER,
    NEWEST_MAX,
    conversation_for_reader,
    inbox,
    inbox_payloads,
    inbox_standing,
    newest_of_inbox,
)
from django_chat.groups.services.opening import (
    create_group,
    open_direct,
    open_reference,
)
from django_chat.groups.services.settings import (
    delete_conversation,
    hide_conversation,
    update_conversation,
    update_own_settings,
)
from django_chat.people.directory import find_person
from django_chat.rest.fields import OPTIONAL, Address, Flag, OneOf, Switch, Text
from django_chat.rest.filters import ConversationFilter
from django_chat.rest.operations import operation
from django_chat.rest.pagination import CursorPage, cursor_page, first_page
from django_chat.rest.participants import find_members
from django_chat.rest.reading import Body, CursorQuery, Keyed, Query, client_id
from django_chat.rest.shapes import ConversationPage, ConversationShape
from django_chat.rest.view import ChatView

__all__ = ["Conversation", "Conversations"]


class ListQuery(CursorQuery):
    """Which conversations to list."""

    kind = OneOf("direct", "group", required=False)
    archived = Switch(required=False)
    unread = Switch(required=False)
    search = Text(required=False, max_length=200)


class NewConversation(Keyed):
    """A direct conversation with `user_id`, or a group of `members` called `title`.

    `about` is a signed reference of the site: it names title and members itself.
    """

    aliases: ClassVar = {
        "group_name": "title",
        "name": "title",
        "participants": "members",
        "participant_ids": "members",
    }
    kind = OneOf("direct", "group", **OPTIONAL)
    about = Text(**OPTIONAL)
    user_id = Address(**OPTIONAL)
    title = Text(**OPTIONAL)
    members = serializers.ListField(child=Address(), **OPTIONAL)


class Change(Body):
    """What to change: `title` and `status` for all, the rest for oneself."""

    aliases: ClassVar = {"archived_by_me": "archived"}
    title = Text(**OPTIONAL)
    status = Text(**OPTIONAL)
    pinned = Flag(**OPTIONAL)
    archived = Flag(**OPTIONAL)


class ScopeQuery(Query):
    """Whether the conversation goes for everyone or only for oneself."""

    def get_fields(self) -> dict[str, Any]:
        # A class body cannot assign a keyword.
        return {"for": OneOf("me", "everyone", default="me")}


class Conversations(ChatView):
    """One's conversations."""

    @operation({200: ConversationPage, 304: None}, query=ListQuery)
    def get(self, request: Request, **_: Any) -> Response:
        """List one's conversations, newest activity first.

        Take `If-None-Match` with the `ETag` of an earlier answer to learn cheaply that
        nothing changed. The totals leave out what one has archived.
        """
        query = self.read_query()
        standing = inbox_standing(self.actor)
        headers = {"ETag": f'"{standing.etag}"'}
        if _is_known(request, headers["ETag"]):
            return Response(status=304, headers=headers)
        page = self._page(request, query)
        body = page.with_results(inbox_payloads(self.actor, page.rows))
        body["total_unread"] = standing.unread
        body["total_mentions"] = standing.mentions
        return Response(body, headers=headers)

    def _page(self, request: Request, query: dict[str, Any]) -> CursorPage:
        limit = query["limit"]
        if query.keys() == {"limit"} and limit < NEWEST_MAX:
            # What everybody asks for first.
            newest = newest_of_inbox(self.actor, limit + 1)
            return first_page(request, newest, limit, *INBOX_ORDER)
        listed = ConversationFilter(query, queryset=inbox(self.actor)).qs
        return cursor_page(request, query, listed, *INBOX_ORDER)

    @operation(
        {201: ConversationShape, 200: ConversationShape},
        body=NewConversation,
        is_keyed=True,
    )
    def post(self, request: Request, **_: Any) -> Response:
        """Open a conversation with somebody or about something, or form a group.

        200 when the conversation, or a group with the same key, was there.
        """
        body = self.read_body()
        make = _way_to_make(body)
        conversation_id, is_new = make(self, request, body)
        return Response(
            conversation_for_reader(self.actor, conversation_id),
            status=201 if is_new else 200,
        )


def _way_to_make(body: dict[str, Any]) -> Any:
    if "about" in body:
        if body.get("kind") == "direct":
            raise ChatError("invalid_payload", field="kind")
        return _open_about
    return _open if _given(body, "kind") == "direct" else _form


def _open_about(
    view: ChatView, request: Request, body: dict[str, Any]
) -> tuple[UUID, bool]:
    conversation, is_new = open_reference(actor=view.actor, reference=body["about"])
    return conversation.pk, is_new


def _open(view: ChatView, request: Request, body: dict[str, Any]) -> tuple[UUID, bool]:
    target = find_person(view.actor, _given(body, "user_id"))
    conversation, is_new = open_direct(actor=view.actor, target=target)
    return conversation.pk, is_new


def _form(view: ChatView, request: Request, body: dict[str, Any]) -> tuple[UUID, bool]:
    conversation, is_new = create_group(
        actor=view.actor,
        title=_given(body, "title"),
        members=find_members(view.actor, _given(body, "members")),
        client_id=client_id(request, body),
    )
    return conversation.pk, is_new


def _given(body: dict[str, Any], name: str) -> Any:
    if name not in body:
        raise ChatError("invalid_payload", field=name)
    return body[name]


def _is_known(request: Request, etag: str) -> bool:
    """Has the client this version? Proxies that compress make an ETag weak."""
    known = parse_etags(request.headers.get("If-None-Match", ""))
    return etag in {tag.removeprefix("W/") for tag in known}


class Conversation(ChatView):
    """One conversation."""

    @operation({200: ConversationShape})
    def get(self, request: Request, conversation_id: UUID, **_: Any) -> Response:
        """Return a conversation."""
        return Response(conversation_for_reader(self.actor, conversation_id))

    @operation({200: ConversationShape}, body=Change)
    def patch(self, request: Request, conversation_id: UUID, **_: Any) -> Response:
        """Change a conversation for everybody, or in one's own list."""
        body = self.read_body()
        common = {name: body[name] for name in ("title", "status") if name in body}
        own = {name: body[name] for name in ("pinned", "archived") if name in body}
        if common:
            update_conversation(
                actor=self.actor, conversation_id=conversation_id, **common
            )
        if own:
            update_own_settings(
                actor=self.actor, conversation_id=conversation_id, **own
            )
        return Response(conversation_for_reader(self.actor, conversation_id))

    @operation({204: None}, query=ScopeQuery)
    def delete(self, request: Request, conversation_id: UUID, **_: Any) -> Response:
        """Take a conversation off one's list, or with `for=everyone` end a group."""
        is_for_everyone = self.read_query()["for"] == "everyone"
        remove = delete_conversation if is_for_everyone else hide_conversation
        remove(actor=self.actor, conversation_id=conversation_id)
        return Response(status=204)
