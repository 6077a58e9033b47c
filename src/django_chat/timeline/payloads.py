"""From rows to the one shape that every client reads.

The message payload is neutral: the same for all readers, so one encoding serves a
thousand sockets. What differs by reader is added above, in `feed`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django_chat.people.presenters import presenter
from django_chat.policy import Scene, policy
from django_chat.timeline.contexts import context_payload
from django_chat.timeline.models import Conversation, Message, Participant
from django_chat.timeline.wiretime import wire_time

__all__ = [
    "MEMBERS_SHOWN",
    "REPLY_EXCERPT",
    "conversation_payload",
    "cut_reply",
    "last_message_payload",
    "member_payload",
    "message_payload",
    "user_id_text",
]

Payload = dict[str, Any]

REPLY_EXCERPT = 140
MEMBERS_SHOWN = 8


def user_id_text(pk: Any) -> str | None:
    """Return a user's key as it travels: a string, or None for nobody."""
    return None if pk is None else str(pk)


def message_payload(message: Message, reactions: Sequence[Payload] = ()) -> Payload:
    """Return the neutral Message object.

    Needs `sender` loaded, and `reply_to` with its sender where there is one.
    """
    deleted = message.deleted_at is not None
    is_system = message.kind == Message.Kind.SYSTEM
    return {
        "id": str(message.pk),
        "conversation_id": str(message.conversation_id),
        "seq": message.seq,
        "rev": message.rev,
        "version": message.version,
        "client_id": None,
        "sender": "" if is_system else presenter().name(message.sender),
        "sender_id": user_id_text(message.sender_id),
        "content": message.content,
        "timestamp": wire_time(message.created_at),
        "kind": message.kind,
        "attachments": [],
        "reply_to": None if deleted else _reply_payload(message),
        "mentions": [] if deleted else message.mentions,
        "reactions": [] if deleted else list(reactions),
        "edited_at": wire_time(message.edited_at) if message.edited_at else None,
        "deleted_at": wire_time(message.deleted_at) if message.deleted_at else None,
        "deleted_by": message.deleted_by or None,
        "system": message.system,
        "extra": {} if deleted else message.extra,
        "file": "",
        "is_voice": False,
        "is_read": False,
        "is_own_message": False,
        "is_broadcast": not is_system,
    }


def _reply_payload(message: Message) -> Payload | None:
    target = message.reply_to
    if target is None:
        return None
    if message.reply_cut:
        return cut_reply(str(target.pk), target.seq)
    return {
        "id": str(target.pk),
        "seq": target.seq,
        "sender": presenter().name(target.sender),
        "sender_id": user_id_text(target.sender_id),
        "excerpt": target.content[:REPLY_EXCERPT],
        "kind": target.kind,
        "deleted": target.deleted_at is not None,
    }


def cut_reply(message_id: str, seq: int) -> Payload:
    """Return a reference to a message that the readers may not see."""
    return {
        "id": message_id,
        "seq": seq,
        "sender": "",
        "excerpt": "",
        "unavailable": True,
    }


def last_message_payload(conversation: Conversation) -> Payload | None:
    """Return the newest message as lists show it, without who reads it in mind."""
    if conversation.last_message_id is None or conversation.last_message_at is None:
        return None
    is_system = conversation.last_kind == Message.Kind.SYSTEM
    return {
        "id": str(conversation.last_message_id),
        "seq": conversation.seq,
        "sender": "" if is_system else presenter().name(conversation.last_sender),
        "sender_id": user_id_text(conversation.last_sender_id),
        "excerpt": conversation.last_excerpt,
        "timestamp": wire_time(conversation.last_message_at),
        "kind": conversation.last_kind,
    }


def member_payload(participant: Participant) -> Payload:
    """Return the Member object; needs `user` loaded."""
    shown = presenter()
    return {
        "user_id": str(participant.user_id),
        "name": shown.name(participant.user),
        "username": shown.username(participant.user),
        "avatar_url": shown.avatar_url(participant.user),
        "role": participant.role,
        "joined_at": wire_time(participant.joined_at),
        "read_seq": participant.read_seq,
        "delivered_seq": participant.delivered_seq,
    }


def conversation_payload(
    participant: Participant,
    *,
    members: Sequence[Participant],
    about: Any = None,
    unread: int = 0,
    mentions: int = 0,
    last_hidden: bool = False,
    blocked: frozenset[str] = frozenset(),
    partner_available: bool = True,
) -> Payload:
    """Return the Conversation object as one participant sees it.

    Needs `conversation` with `last_sender`, and members with their users. `about` is the
    object that the conversation is about, unless it is gone. `blocked` are the ids of
    those whom the reader has blocked: their words are left out, and so is a newest
    message that he has deleted for himself (`last_hidden`).
    """
    conversation = participant.conversation
    scene = Scene(
        user=participant.user,
        kind=conversation.kind,
        status=conversation.status,
        role=participant.role,
        partner_available=partner_available,
    )
    partner = next((m for m in members if m.user_id != participant.user_id), None)
    shown = presenter()
    if conversation.is_group:
        title, avatar_url = conversation.title, None
    else:
        partner_user = partner.user if partner else None
        title = shown.name(partner_user)
        avatar_url = shown.avatar_url(partner_user) if partner_user else None
    last = last_message_payload(conversation)
    if last is not None:
        last["is_own_message"] = last["sender_id"] == str(participant.user_id)
        unseen = last_hidden or last["seq"] < participant.visible_from
        if unseen or last["sender_id"] in blocked:
            last["excerpt"] = ""
    return {
        "id": str(conversation.pk),
        "kind": conversation.kind,
        "is_group": conversation.is_group,
        "status": conversation.status,
        "title": title,
        "avatar_url": avatar_url,
        "context": context_payload(conversation, about, participant.user),
        "seq": conversation.seq,
        "rev": conversation.rev,
        "meta_rev": conversation.meta_rev,
        "read_seq": participant.read_seq,
        "unread_count": unread,
        "mention_count": mentions,
        "marked_unread": participant.marked_unread,
        "last_message": last,
        "member_count": conversation.member_count,
        "members": [member_payload(member) for member in members[:MEMBERS_SHOWN]],
        "my_role": participant.role,
        "permissions": policy().permissions(scene),
        "send_disabled_reason": policy().send_disabled_reason(scene),
        "history_from_seq": participant.visible_from,
        "pinned": participant.pinned,
        "archived_by_me": participant.archived_by_me,
        "created_at": wire_time(conversation.created_at),
        "updated_at": wire_time(conversation.last_activity),
    }
