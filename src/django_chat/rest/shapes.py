"""What answers look like, for OpenAPI. Payloads are built below, never from these."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from django_chat.rest.fields import OneOf

__all__ = [
    "ConversationPage",
    "ConversationShape",
    "ErrorShape",
    "MemberPage",
    "MemberShape",
    "MessagePage",
    "MessageShape",
    "Page",
    "ReactionSummaryShape",
    "RepeatShape",
    "RevShape",
]

Shape = serializers.Serializer[Any]
_NULL: dict[str, Any] = {"allow_null": True}
_MAYBE: dict[str, Any] = {"required": False}


class ErrorShape(Shape):
    """Every refusal. `code` is for programs, `message` for logs."""

    code = serializers.CharField()
    message = serializers.CharField()
    temporary = serializers.BooleanField()
    field = serializers.CharField(**_MAYBE)
    errors = serializers.DictField(  # type: ignore[assignment]
        child=serializers.ListField(child=serializers.CharField()), **_MAYBE
    )
    retry_after_ms = serializers.IntegerField(**_MAYBE)
    detail = serializers.DictField(**_MAYBE)


class Page(Shape):
    """A page of a list; `next` and `previous` are addresses of its neighbours."""

    next = serializers.URLField(**_NULL)
    previous = serializers.URLField(**_NULL)


class MemberShape(Shape):
    """Somebody in a conversation."""

    user_id = serializers.CharField()
    name = serializers.CharField()
    username = serializers.CharField()
    avatar_url = serializers.CharField(**_NULL)
    role = OneOf("owner", "admin", "member")
    joined_at = serializers.DateTimeField()
    read_seq = serializers.IntegerField()
    delivered_seq = serializers.IntegerField()


class MemberPage(Page):
    results = MemberShape(many=True)


class LastMessageShape(Shape):
    """The newest message, as lists show it."""

    id = serializers.UUIDField()
    seq = serializers.IntegerField()
    sender = serializers.CharField()
    sender_id = serializers.CharField(**_NULL)
    excerpt = serializers.CharField()
    timestamp = serializers.DateTimeField()
    kind = serializers.CharField()
    is_own_message = serializers.BooleanField()


class ContextShape(Shape):
    """What a conversation is about; without a label and an address it is gone."""

    type = serializers.CharField()
    id = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    url = serializers.CharField(**_NULL)
    image = serializers.CharField(**_MAYBE)


class ConversationShape(Shape):
    """A conversation as one of its members sees it."""

    id = serializers.UUIDField()
    kind = OneOf("direct", "group")
    is_group = serializers.BooleanField()
    status = OneOf("open", "read_only", "closed", "archived")
    title = serializers.CharField()
    avatar_url = serializers.CharField(**_NULL)
    context = ContextShape(**_NULL)  # type: ignore[assignment]
    seq = serializers.IntegerField()
    rev = serializers.IntegerField()
    meta_rev = serializers.IntegerField()
    read_seq = serializers.IntegerField()
    unread_count = serializers.IntegerField()
    mention_count = serializers.IntegerField()
    marked_unread = serializers.BooleanField()
    last_message = LastMessageShape(**_NULL)
    member_count = serializers.IntegerField()
    members = MemberShape(many=True)
    my_role = OneOf("owner", "admin", "member")
    permissions = serializers.DictField(child=serializers.BooleanField())
    send_disabled_reason = serializers.CharField(**_NULL)
    history_from_seq = serializers.IntegerField()
    pinned = serializers.BooleanField()
    archived_by_me = serializers.BooleanField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class ConversationPage(Page):
    results = ConversationShape(many=True)
    total_unread = serializers.IntegerField()
    total_mentions = serializers.IntegerField()


class ReactionShape(Shape):
    """An emoji on a message; `user_ids` are the first ten."""

    emoji = serializers.CharField()
    count = serializers.IntegerField()
    user_ids = serializers.ListField(child=serializers.CharField())
    me = serializers.BooleanField()


class ReactionSummaryShape(Shape):
    rev = serializers.IntegerField()
    reactions = ReactionShape(many=True)


class MentionShape(Shape):
    """A range of the text, in code points, that addresses somebody or everybody."""

    kind = OneOf("user", "all")
    user_id = serializers.CharField(**_NULL)
    offset = serializers.IntegerField()
    length = serializers.IntegerField()


class ReplyShape(Shape):
    """The message replied to; `unavailable` when the reader may not see it."""

    id = serializers.UUIDField()
    seq = serializers.IntegerField()
    sender = serializers.CharField()
    excerpt = serializers.CharField()
    sender_id = serializers.CharField(**_MAYBE, **_NULL)
    kind = serializers.CharField(**_MAYBE)
    deleted = serializers.BooleanField(**_MAYBE)
    unavailable = serializers.BooleanField(**_MAYBE)


class SystemShape(Shape):
    """A fact that the conversation tells; clients word it."""

    event = serializers.CharField()
    actor = serializers.CharField(**_NULL)
    targets = serializers.ListField(child=serializers.CharField())
    data = serializers.DictField()  # type: ignore[assignment]


class MessageShape(Shape):
    """A message. With `hidden: "me"` only `id`, `seq` and `rev` are there."""

    id = serializers.UUIDField()
    seq = serializers.IntegerField()
    rev = serializers.IntegerField()
    conversation_id = serializers.UUIDField(**_MAYBE)
    version = serializers.IntegerField(**_MAYBE)
    client_id = serializers.CharField(**_MAYBE, **_NULL)
    sender = serializers.CharField(**_MAYBE)
    sender_id = serializers.CharField(**_MAYBE, **_NULL)
    content = serializers.CharField(**_MAYBE)
    timestamp = serializers.DateTimeField(**_MAYBE)
    kind = OneOf("text", "system", **_MAYBE)
    attachments = serializers.ListField(child=serializers.DictField(), **_MAYBE)
    reply_to = ReplyShape(**_MAYBE, **_NULL)
    mentions = MentionShape(many=True, **_MAYBE)
    reactions = ReactionShape(many=True, **_MAYBE)
    edited_at = serializers.DateTimeField(**_MAYBE, **_NULL)
    deleted_at = serializers.DateTimeField(**_MAYBE, **_NULL)
    deleted_by = serializers.CharField(**_MAYBE, **_NULL)
    system = SystemShape(**_MAYBE, **_NULL)
    extra = serializers.DictField(**_MAYBE)
    file = serializers.CharField(**_MAYBE)
    is_voice = serializers.BooleanField(**_MAYBE)
    is_read = serializers.BooleanField(**_MAYBE)
    is_own_message = serializers.BooleanField(**_MAYBE)
    is_broadcast = serializers.BooleanField(**_MAYBE)
    hidden = OneOf("me", "blocked", **_MAYBE)


class MessagePage(Shape):
    """A page of history, in ascending order."""

    results = MessageShape(many=True)
    rev = serializers.IntegerField()
    seq = serializers.IntegerField()
    history_from_seq = serializers.IntegerField()
    has_older = serializers.BooleanField()
    has_newer = serializers.BooleanField()


class RepeatShape(Shape):
    """Where the message stands that the same request made before."""

    id = serializers.UUIDField()
    conversation_id = serializers.UUIDField()
    client_id = serializers.CharField()
    seq = serializers.IntegerField()
    rev = serializers.IntegerField()
    timestamp = serializers.DateTimeField()
    duplicate = serializers.BooleanField()


class RevShape(Shape):
    """The number of the change that was made."""

    rev = serializers.IntegerField()
