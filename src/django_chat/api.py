"""The public Python API: a table of contents of the services, for host code.

Every function takes a user first and an optional `tenant`; without one the tenant
resolver is asked. Errors are `ChatError` with a code. The names with `a` in front are
for async code.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal
from uuid import UUID, uuid4

from asgiref.sync import sync_to_async

from django_chat.exceptions import ChatError
from django_chat.feed.inbox import inbox_totals
from django_chat.groups import references as _references
from django_chat.groups.services import members as _members
from django_chat.groups.services import opening as _opening
from django_chat.groups.services import settings as _settings
from django_chat.messages import services as _messages
from django_chat.messages.drafts import Draft
from django_chat.people import services as _people
from django_chat.receipts import services as _receipts
from django_chat.receipts.services import ReadState
from django_chat.tenancy.actor import actor_for
from django_chat.timeline import contexts as _contexts
from django_chat.timeline.models import Conversation, Message

__all__ = [
    "ChatError",
    "add_members",
    "aopen_about",
    "aopen_direct",
    "asend",
    "aunread_for",
    "block",
    "conversations_about",
    "conversations_for",
    "create_group",
    "delete_message",
    "edit_message",
    "leave",
    "mark_read",
    "mark_unread",
    "messages_for",
    "open_about",
    "open_direct",
    "react",
    "remove_member",
    "rename",
    "send",
    "sign_reference",
    "unblock",
    "unread_for",
]


def _pk(row: Any) -> Any:
    return row if isinstance(row, UUID) else row.pk


def send(
    user: Any,
    conversation: Conversation | UUID,
    content: str,
    *,
    client_id: str | None = None,
    reply_to: Message | UUID | None = None,
    extra: dict[str, Any] | None = None,
    marks_read: bool = True,
    tenant: str | None = None,
) -> Message:
    """Send a message as `user` and return it.

    Give a `client_id` of your own to make a repeat harmless: the same key and content
    return the message that is there. `marks_read=False` is for bots.
    """
    draft = Draft(
        actor=actor_for(user, tenant=tenant),
        conversation_id=_pk(conversation),
        content=content,
        client_id=client_id or uuid4().hex,
        reply_to=_pk(reply_to) if reply_to else None,
        extra=extra or {},
        marks_read=marks_read,
    )
    sent = _messages.send_message(draft)
    return sent.message or Message.objects.get(pk=sent.id)


def open_direct(user: Any, other: Any, *, tenant: str | None = None) -> Conversation:
    """Return the one direct conversation of two users, made if need be."""
    actor = actor_for(user, tenant=tenant)
    return _opening.open_direct(actor=actor, target=other)[0]


def open_about(
    user: Any,
    about: Any,
    members: Sequence[Any],
    *,
    title: str = "",
    tenant: str | None = None,
) -> Conversation:
    """Return the one group of `user` and `members` about an object, made if need be."""
    actor = actor_for(user, tenant=tenant)
    conversation, _ = _opening.open_about(
        actor=actor, about=about, members=members, title=title
    )
    return conversation


def sign_reference(
    user: Any,
    about: Any,
    members: Sequence[Any],
    *,
    title: str = "",
    tenant: str | None = None,
) -> str:
    """Return a text by which the client of `user` can open a conversation.

    With None for `about` it is the direct one with the only member. With None for
    `user` it is for whomever the policy lets; in any case for `members`.
    """
    if user is not None:
        tenant = actor_for(user, tenant=tenant).tenant
    return _references.sign_reference(
        about, members, title, user=user, tenant=tenant or ""
    )


def create_group(
    user: Any,
    title: str,
    members: Sequence[Any],
    *,
    client_id: str | None = None,
    tenant: str | None = None,
) -> Conversation:
    """Form a group that `user` owns."""
    actor = actor_for(user, tenant=tenant)
    return _opening.create_group(
        actor=actor, title=title, members=members, client_id=client_id
    )[0]


def add_members(
    user: Any,
    conversation: Conversation | UUID,
    members: Sequence[Any],
    *,
    tenant: str | None = None,
) -> None:
    """Bring `members` into a group."""
    actor = actor_for(user, tenant=tenant)
    _members.add_members(actor=actor, conversation_id=_pk(conversation), users=members)


def remove_member(
    user: Any,
    conversation: Conversation | UUID,
    member: Any,
    *,
    tenant: str | None = None,
) -> None:
    """Take `member` out of a group."""
    actor = actor_for(user, tenant=tenant)
    _members.remove_member(
        actor=actor, conversation_id=_pk(conversation), user_id=str(member.pk)
    )


def leave(
    user: Any, conversation: Conversation | UUID, *, tenant: str | None = None
) -> None:
    """Let `user` leave a group."""
    actor = actor_for(user, tenant=tenant)
    _members.leave(actor=actor, conversation_id=_pk(conversation))


def rename(
    user: Any,
    conversation: Conversation | UUID,
    title: str,
    *,
    tenant: str | None = None,
) -> None:
    """Give a group another title."""
    actor = actor_for(user, tenant=tenant)
    _settings.update_conversation(
        actor=actor, conversation_id=_pk(conversation), title=title
    )


def edit_message(
    user: Any, message: Message | UUID, content: str, *, tenant: str | None = None
) -> Message:
    """Change the text of one's own message."""
    actor = actor_for(user, tenant=tenant)
    return _messages.edit_message(actor=actor, message_id=_pk(message), content=content)


def delete_message(
    user: Any, message: Message | UUID, *, tenant: str | None = None
) -> Message:
    """Delete a message for everyone; it stays as an empty tombstone."""
    actor = actor_for(user, tenant=tenant)
    return _messages.delete_message(actor=actor, message_id=_pk(message))


def react(
    user: Any,
    message: Message | UUID,
    emoji: str,
    *,
    op: Literal["add", "remove"] = "add",
    tenant: str | None = None,
) -> Message:
    """Put an emoji on a message, or take it back."""
    actor = actor_for(user, tenant=tenant)
    return _messages.react(actor=actor, message_id=_pk(message), emoji=emoji, op=op)


def mark_read(
    user: Any,
    conversation: Conversation | UUID,
    *,
    up_to_seq: int | None = None,
    tenant: str | None = None,
) -> ReadState:
    """Mark a conversation read, up to a message number or entirely."""
    actor = actor_for(user, tenant=tenant)
    return _receipts.mark_read(
        actor=actor, conversation_id=_pk(conversation), up_to_seq=up_to_seq
    )


def mark_unread(
    user: Any, conversation: Conversation | UUID, *, tenant: str | None = None
) -> ReadState:
    """Flag a conversation as unread in one's own list."""
    actor = actor_for(user, tenant=tenant)
    return _receipts.mark_unread(actor=actor, conversation_id=_pk(conversation))


def block(user: Any, other: Any, *, tenant: str | None = None) -> bool:
    """Let `user` hear nothing more from `other`."""
    return _people.block_user(actor=actor_for(user, tenant=tenant), target=other)


def unblock(user: Any, other: Any, *, tenant: str | None = None) -> bool:
    """Lift a block."""
    return _people.unblock_user(actor=actor_for(user, tenant=tenant), target=other)


def unread_for(user: Any, *, tenant: str | None = None) -> int:
    """Return how many messages `user` has not read. One query."""
    return inbox_totals(actor_for(user, tenant=tenant))["unread"]


def conversations_for(user: Any, *, tenant: str | None = None) -> Any:
    """Return a queryset of the conversations that `user` is in."""
    return Conversation.objects.visible_to(actor_for(user, tenant=tenant))


def conversations_about(user: Any, about: Any, *, tenant: str | None = None) -> Any:
    """Return a queryset of the conversations about an object that `user` is in."""
    return _contexts.conversations_about(actor_for(user, tenant=tenant), about)


def messages_for(user: Any, *, tenant: str | None = None) -> Any:
    """Return a queryset of the messages that `user` may see."""
    return Message.objects.visible_to(actor_for(user, tenant=tenant))


# Not thread-sensitive: the one thread that sensitive calls share serves the host.
asend = sync_to_async(send, thread_sensitive=False)
aopen_about = sync_to_async(open_about, thread_sensitive=False)
aopen_direct = sync_to_async(open_direct, thread_sensitive=False)
aunread_for = sync_to_async(unread_for, thread_sensitive=False)
