"""Messages: history, sending, and each of them."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from django_chat.exceptions import ChatError
from django_chat.feed.details import revision_payloads
from django_chat.feed.history import history_page, message_for_reader, sent_payload
from django_chat.feed.offer import MENTIONS_MAX, PAGE_MAX
from django_chat.groups.services.opening import open_direct
from django_chat.messages.drafts import Draft, check_draft
from django_chat.messages.services import (
    delete_message,
    edit_message,
    hide_message,
    send_message,
)
from django_chat.people.directory import find_person
from django_chat.rest.fields import (
    OPTIONAL,
    Address,
    Digits,
    Id,
    OneOf,
    Switch,
    Text,
    Whole,
)
from django_chat.rest.operations import operation
from django_chat.rest.reading import Body, Keyed, PageQuery, Query, client_id
from django_chat.rest.shapes import MessagePage, MessageShape, RepeatShape
from django_chat.rest.throttling import RequestThrottle, SendThrottle
from django_chat.rest.view import ChatView

__all__ = ["ConversationMessages", "Message", "Messages", "Revisions"]


class HistoryQuery(PageQuery):
    """Next to, or around, which message number; without one, the newest."""

    before_seq = Digits(required=False)
    after_seq = Digits(required=False)
    around_seq = Digits(required=False)


class HistoryOfQuery(HistoryQuery):
    """Of which conversation."""

    conversation = Id()


class MentionBody(serializers.Serializer[Any]):
    """A range of the text, in code points, that addresses somebody or everybody."""

    kind = OneOf("user", "all", default="user")
    user_id = Text(**OPTIONAL)
    offset = Whole()
    length = Whole()


class MentionsField(serializers.ListField):
    """Up to 50 ranges."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(child=MentionBody(), max_length=MENTIONS_MAX, **kwargs)


class NewMessage(Keyed):
    """A message. Without `mentions` the text is searched for them."""

    content = Text(default="")
    reply_to = Id(**OPTIONAL)
    mentions = MentionsField(**OPTIONAL)
    extra = serializers.DictField(**OPTIONAL)
    attachment_ids = serializers.ListField(child=Text(), **OPTIONAL)
    file = serializers.JSONField(**OPTIONAL)


class NewMessageTo(NewMessage):
    """A message, and where it goes: to a conversation, or to a person."""

    conversation_id = Id(**OPTIONAL)
    to = Address(**OPTIONAL)


class Edit(Body):
    """The new text. With `base_version` an edit in between is not overwritten."""

    content = Text()
    mentions = MentionsField(**OPTIONAL)
    base_version = Whole(**OPTIONAL)


class RevealQuery(Query):
    """Whether to show what somebody wrote whom one has blocked."""

    reveal = Switch(default=False)


class ScopeQuery(Query):
    """Whether the message goes for everyone or only for oneself."""

    scope = OneOf("everyone", "me", default="everyone")


class RevisionShape(serializers.Serializer[Any]):
    """What a message said from `edited_at` until the next edit."""

    version = serializers.IntegerField()
    content = serializers.CharField()
    edited_at = serializers.DateTimeField()


class _SendView(ChatView):
    throttle_classes = [RequestThrottle, SendThrottle]

    def page(self, conversation_id: UUID, query: dict[str, Any]) -> Response:
        places = ("before_seq", "after_seq", "around_seq")
        page = history_page(
            actor=self.actor,
            conversation_id=conversation_id,
            limit=min(query["limit"], PAGE_MAX),
            **{name: query[name] for name in places if name in query},
        )
        return Response(page.as_dict())

    def draft(self, body: dict[str, Any], conversation_id: UUID) -> Draft:
        if "file" in body:
            raise ChatError("file_too_large", field="file", detail={"max": 0})
        if body.get("attachment_ids"):
            raise ChatError("not_found", field="attachment_ids")
        return Draft(
            actor=self.actor,
            conversation_id=conversation_id,
            content=body["content"],
            client_id=client_id(self.request, body) or uuid4().hex,
            reply_to=body.get("reply_to"),
            mentions=body.get("mentions"),
            extra=body.get("extra", {}),
        )

    def send(self, draft: Draft) -> Response:
        sent = send_message(draft)
        status = 200 if sent.duplicate else 201
        return Response(sent_payload(sent), status=status)


class ConversationMessages(_SendView):
    """The messages of a conversation."""

    @operation({200: MessagePage}, query=HistoryQuery)
    def get(self, request: Request, conversation_id: UUID, **_: Any) -> Response:
        """Return a page of history, in ascending order."""
        return self.page(conversation_id, self.read_query())

    @operation({201: MessageShape, 200: RepeatShape}, body=NewMessage, is_keyed=True)
    def post(self, request: Request, conversation_id: UUID, **_: Any) -> Response:
        """Send a message; 200 when the same request has sent it before."""
        return self.send(self.draft(self.read_body(), conversation_id))


class Messages(_SendView):
    """The messages of a conversation that the request names itself."""

    @operation({200: MessagePage}, query=HistoryOfQuery)
    def get(self, request: Request, **_: Any) -> Response:
        """Return a page of the history of `conversation`, in ascending order."""
        query = self.read_query()
        return self.page(query["conversation"], query)

    @operation({201: MessageShape, 200: RepeatShape}, body=NewMessageTo, is_keyed=True)
    def post(self, request: Request, **_: Any) -> Response:
        """Send a message to a conversation, or to a person one may write to."""
        body = self.read_body()
        if ("conversation_id" in body) == ("to" in body):
            raise ChatError("invalid_payload", field="conversation_id")
        if "conversation_id" in body:
            return self.send(self.draft(body, body["conversation_id"]))
        target = find_person(self.actor, body["to"])
        draft = self.draft(body, UUID(int=0))
        # What is refused whatever the place must not leave an empty conversation.
        check_draft(draft)
        conversation, _is_new = open_direct(actor=self.actor, target=target)
        draft.conversation_id = conversation.pk
        return self.send(draft)


class Message(ChatView):
    """One message."""

    @operation({200: MessageShape}, query=RevealQuery)
    def get(self, request: Request, message_id: UUID, **_: Any) -> Response:
        """Return a message."""
        reveal = self.read_query()["reveal"]
        return Response(message_for_reader(self.actor, message_id, reveal=reveal))

    @operation({200: MessageShape}, body=Edit)
    def patch(self, request: Request, message_id: UUID, **_: Any) -> Response:
        """Change the text of one's own message."""
        edit_message(actor=self.actor, message_id=message_id, **self.read_body())
        return Response(message_for_reader(self.actor, message_id))

    @operation({200: MessageShape, 204: None}, query=ScopeQuery)
    def delete(self, request: Request, message_id: UUID, **_: Any) -> Response:
        """Delete a message; 200 with what is left of it, 204 for `scope=me`."""
        if self.read_query()["scope"] == "me":
            hide_message(actor=self.actor, message_id=message_id)
            return Response(status=204)
        delete_message(actor=self.actor, message_id=message_id)
        return Response(message_for_reader(self.actor, message_id))


class Revisions(ChatView):
    """The earlier texts of a message."""

    @operation({200: RevisionShape(many=True)})
    def get(self, request: Request, message_id: UUID, **_: Any) -> Response:
        """List what a message said before each edit, for its author and moderators."""
        return Response(revision_payloads(self.actor, message_id))
