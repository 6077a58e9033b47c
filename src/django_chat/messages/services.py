"""Edit, delete, hide and react; sending is in `sending`.

Every verb locks the conversation, looks behind the lock whether the actor may, writes,
and publishes. Repeating a verb changes nothing and tells nobody.
"""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any, Literal
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from django_chat.conf import chat_settings
from django_chat.exceptions import ChatError
from django_chat.messages.drafts import Draft, check_content
from django_chat.messages.emoji import check_emoji
from django_chat.messages.mentions import (
    candidates,
    find_mentions,
    members_named,
    mention_rows,
    validate_mentions,
)
from django_chat.messages.models import HiddenMessage, Mention, Reaction, Revision
from django_chat.messages.querysets import reaction_payloads, reactors_by_emoji
from django_chat.messages.sending import Sent, send_messages
from django_chat.policy import policy
from django_chat.realtime.events import UserEvent
from django_chat.realtime.publish import publish
from django_chat.signals import (
    announce,
    message_deleted,
    message_edited,
    reaction_changed,
)
from django_chat.tenancy.actor import Actor
from django_chat.timeline.access import Seat, enter, visible_message
from django_chat.timeline.events import updated_event
from django_chat.timeline.models import EXCERPT_MAX, Conversation, Message
from django_chat.timeline.numbering import place_change, save_heads
from django_chat.timeline.transactions import database, write

__all__ = [
    "delete_message",
    "edit_message",
    "hide_message",
    "react",
    "send_message",
]


def send_message(draft: Draft) -> Sent:
    """Store one draft; raise the error it meets."""
    (outcome,) = send_messages([draft])
    if isinstance(outcome, ChatError):
        raise outcome
    return outcome


def _conversation_of(message_id: UUID) -> UUID:
    """Return where the message is; it never moves, so no lock is needed to ask.

    It is asked before the transaction, whose first statement must be the lock.
    """
    located = (
        Message.objects.using(database())
        .filter(pk=message_id)
        .values_list("conversation_id", flat=True)
        .first()
    )
    if not isinstance(located, UUID):
        raise ChatError("not_found")
    return located


def edit_message(
    *,
    actor: Actor,
    message_id: UUID,
    content: str,
    mentions: list[dict[str, Any]] | None = None,
    base_version: int | None = None,
) -> Message:
    """Replace the text of one's own message; the earlier text is kept as a revision.

    Raises `forbidden`, `edit_window_expired`, `already_deleted`, and `stale_revision`
    when `base_version` is not the version now; repeating the same text is no change.
    """
    check_content(content)
    return _edit(
        _conversation_of(message_id), actor, message_id, content, mentions, base_version
    )


@write
def _edit(
    conversation_id: UUID,
    actor: Actor,
    message_id: UUID,
    content: str,
    mentions: list[dict[str, Any]] | None,
    base_version: int | None,
) -> Message:
    seat = enter(actor, conversation_id)
    message = visible_message(actor, message_id)
    own = message.sender_id == actor.user_id
    _refuse_unless(policy().can_edit(seat.scene, own=own), seat)
    if message.kind != Message.Kind.TEXT:
        raise ChatError("forbidden")
    if message.deleted_at is not None:
        raise ChatError("already_deleted")
    if base_version is not None and base_version != message.version:
        raise ChatError(
            "stale_revision",
            field="base_version",
            detail={"version": message.version, "content": message.content},
        )
    if content == message.content and mentions is None:
        return message
    window = timedelta(seconds=chat_settings.EDIT_WINDOW_SECONDS)
    now = timezone.now()
    if now - message.created_at > window:
        raise ChatError("edit_window_expired")
    found = _mentions(seat, conversation_id, content, mentions)
    Revision.objects.create(
        message=message,
        version=message.version,
        content=message.content,
        written_at=message.edited_at or message.created_at,
    )
    message.content = content
    message.version += 1
    message.edited_at = now
    if found != message.mentions:
        message.mentions = found
        Mention.objects.filter(message=message).delete()
        Mention.objects.bulk_create(mention_rows(message))
    _store_change(seat.conversation, message)
    _tell(seat.conversation, message, "edit")
    _after_commit(message_edited, seat, message, actor)
    return message


def _mentions(
    seat: Seat,
    conversation_id: UUID,
    content: str,
    given: list[dict[str, Any]] | None,
) -> list[dict[str, Any]]:
    may_all = seat.conversation.is_group and policy().can_mention_all(seat.scene)
    if given is None:
        named = members_named({conversation_id: candidates(content)})
        return find_mentions(content, named.get(conversation_id, {}), may_all=may_all)
    return validate_mentions(given, content, conversation_id, may_all=may_all)


def delete_message(*, actor: Actor, message_id: UUID) -> Message:
    """Empty a message for everyone; it stays as a tombstone. Twice is once.

    Its earlier texts, reactions and mentions go with it.
    """
    return _delete(_conversation_of(message_id), actor, message_id)


@write
def _delete(conversation_id: UUID, actor: Actor, message_id: UUID) -> Message:
    seat = enter(actor, conversation_id)
    message = visible_message(actor, message_id)
    own = message.sender_id == actor.user_id
    may = policy().can_delete(seat.scene, own=own)
    if message.kind != Message.Kind.TEXT or not may:
        raise ChatError("forbidden")
    if message.deleted_at is not None:
        return message
    message.content = ""
    message.mentions = []
    message.extra = {}
    message.deleted_at = timezone.now()
    message.deleted_by = "author" if own else "moderator"
    for model in (Revision, Reaction, Mention):
        model._default_manager.filter(message=message).delete()
    _store_change(seat.conversation, message)
    _tell(seat.conversation, message, "delete")
    _after_commit(message_deleted, seat, message, actor)
    return message


def hide_message(*, actor: Actor, message_id: UUID) -> Message:
    """Delete a message for oneself only; the others see no difference."""
    message = visible_message(actor, message_id)
    _hide(actor, message)
    return message


@write
def _hide(actor: Actor, message: Message) -> None:
    HiddenMessage.objects.bulk_create(
        [
            HiddenMessage(
                message=message,
                user=actor.user,
                conversation=message.conversation,
                seq=message.seq,
            )
        ],
        ignore_conflicts=True,
    )
    frame = {
        "type": "message_hidden",
        "conversation_id": str(message.conversation_id),
        "message_id": str(message.pk),
    }
    publish(UserEvent(actor.tenant, actor.id, frame), using=database())


def react(
    *, actor: Actor, message_id: UUID, emoji: str, op: Literal["add", "remove"]
) -> Message:
    """Add or take back one's emoji on a message; repeating it is no change.

    Raises `invalid_emoji`, `already_deleted` and `limit_reached`.
    """
    check_emoji(emoji)
    return _react(_conversation_of(message_id), actor, message_id, emoji, op)


@write
def _react(
    conversation_id: UUID,
    actor: Actor,
    message_id: UUID,
    emoji: str,
    op: Literal["add", "remove"],
) -> Message:
    seat = enter(actor, conversation_id)
    message = visible_message(actor, message_id)
    _refuse_unless(policy().can_post(seat.scene), seat)
    if message.kind != Message.Kind.TEXT:
        raise ChatError("forbidden")
    if message.deleted_at is not None:
        raise ChatError("already_deleted")
    by_emoji = reactors_by_emoji([message.pk]).get(message.pk, {})
    if (actor.id in by_emoji.get(emoji, ())) == (op == "add"):
        return message
    if op == "add":
        limit = chat_settings.REACTIONS_PER_MESSAGE
        if emoji not in by_emoji and len(by_emoji) >= limit:
            raise ChatError("limit_reached", detail={"max": limit})
        Reaction.objects.create(
            message=message, user=actor.user, emoji=emoji, created_at=timezone.now()
        )
        by_emoji.setdefault(emoji, []).append(actor.id)
    else:
        Reaction.objects.filter(message=message, user=actor.user, emoji=emoji).delete()
        by_emoji[emoji].remove(actor.id)
        if not by_emoji[emoji]:
            del by_emoji[emoji]
    _store_change(seat.conversation, message)
    # Frames name at most ten people per emoji: this says what the eleventh did.
    reaction = {"emoji": emoji, "op": op, "user_id": actor.id}
    publish(
        updated_event(
            seat.conversation,
            message,
            reason="reaction",
            reactions=reaction_payloads(by_emoji),
            reaction=reaction,
        ),
        using=database(),
    )
    _after_commit(reaction_changed, seat, message, actor, emoji=emoji, op=op)
    return message


def _refuse_unless(allowed: bool, seat: Seat) -> None:
    if allowed:
        return
    reason = policy().send_disabled_reason(seat.scene)
    if reason is None:
        raise ChatError("forbidden")
    raise ChatError("unavailable" if reason == "unavailable" else "read_only")


def _store_change(conversation: Conversation, message: Message) -> None:
    """Stamp the change on the row that changed and advance the conversation."""
    place_change(conversation, message)
    if conversation.last_message_id == message.pk:
        conversation.last_excerpt = message.content[:EXCERPT_MAX]
    message.save(
        update_fields=[
            "rev",
            "version",
            "content",
            "mentions",
            "extra",
            "edited_at",
            "deleted_at",
            "deleted_by",
        ]
    )
    save_heads([conversation])


def _tell(conversation: Conversation, message: Message, reason: str) -> None:
    by_emoji = reactors_by_emoji([message.pk]).get(message.pk, {})
    event = updated_event(
        conversation, message, reason=reason, reactions=reaction_payloads(by_emoji)
    )
    publish(event, using=database())


def _after_commit(
    signal: Any, seat: Seat, message: Message, actor: Actor, **more: Any
) -> None:
    send = partial(
        announce,
        signal,
        Message,
        message=message,
        conversation=seat.conversation,
        actor=actor.user,
        **more,
    )
    transaction.on_commit(send, using=database(), robust=True)
