"""Changing a conversation: for everybody, or only in one's own list."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models.functions import Greatest

from django_chat.exceptions import ChatError
from django_chat.groups.announcing import tell_removed, tell_woken
from django_chat.groups.services.members import end_conversation
from django_chat.policy import policy
from django_chat.realtime.events import UserEvent
from django_chat.realtime.publish import publish
from django_chat.tenancy.actor import Actor
from django_chat.text import check_text
from django_chat.timeline.access import enter, participant_of
from django_chat.timeline.events import meta_event, system_event
from django_chat.timeline.models import TITLE_MAX, Conversation, Participant
from django_chat.timeline.numbering import save_heads, touch_meta
from django_chat.timeline.system import append_system_line
from django_chat.timeline.transactions import database, write

__all__ = [
    "delete_conversation",
    "hide_conversation",
    "update_conversation",
    "update_own_settings",
]


@write
def update_conversation(
    *,
    actor: Actor,
    conversation_id: UUID,
    title: str | None = None,
    status: str | None = None,
) -> Conversation:
    """Rename a group or change its status; None leaves a value as it is.

    Raises `forbidden`, `too_long` and `invalid_payload`; the values it has already are
    no change.
    """
    seat = enter(actor, conversation_id)
    conversation = seat.conversation
    changes: dict[str, Any] = {}
    if title is not None:
        if not policy().can_rename(seat.scene):
            raise ChatError("forbidden")
        check_text(title, field="title", limit=TITLE_MAX)
        if title != conversation.title:
            changes["title"] = conversation.title = title
    if status is not None:
        if not policy().can_change_status(seat.scene):
            raise ChatError("forbidden")
        if status not in Conversation.Status.values:
            raise ChatError("invalid_payload", field="status")
        if status != conversation.status:
            changes["status"] = conversation.status = status
    if not changes:
        return conversation
    lines = [
        append_system_line(
            conversation, f"{name}_changed", actor=actor, data={name: value}
        )
        for name, value in changes.items()
    ]
    line_events = [system_event(conversation, line) for line in lines]
    touch_meta(conversation)
    conversation.save(update_fields=list(changes))
    save_heads([conversation])
    changed = meta_event(conversation, actor_id=actor.id, changes=changes)
    publish(
        *tell_woken(conversation, lines[0]), *line_events, changed, using=database()
    )
    return conversation


@write
def delete_conversation(*, actor: Actor, conversation_id: UUID) -> None:
    """Delete a group with all its messages, for everyone; raise `forbidden`."""
    seat = enter(actor, conversation_id)
    if not policy().can_delete_conversation(seat.scene):
        raise ChatError("forbidden")
    members = Participant.objects.active().filter(conversation=seat.conversation)
    end_conversation(seat.conversation, list(members.values_list("user_id", flat=True)))


def hide_conversation(*, actor: Actor, conversation_id: UUID) -> None:
    """Take a conversation off one's list and hide what it held until now.

    It comes back with its next message; the others see no difference.
    """
    _hide(actor, participant_of(actor, conversation_id))


@write
def _hide(actor: Actor, participant: Participant) -> None:
    conversation = participant.conversation
    # `read_seq` stays: the others would see that these messages were read.
    Participant.objects.using(database()).filter(pk=participant.pk).update(
        hidden_before=Greatest("hidden_before", conversation.seq),
        read_ordinal=Greatest("read_ordinal", conversation.ordinal),
        unread_from_seq=None,
        marked_unread=False,
    )
    publish(*tell_removed(conversation, [actor.user_id]), using=database())


def update_own_settings(
    *,
    actor: Actor,
    conversation_id: UUID,
    pinned: bool | None = None,
    archived: bool | None = None,
) -> Participant:
    """Pin or archive a conversation in one's own list; None leaves it as it is."""
    participant = participant_of(actor, conversation_id)
    changed = {}
    if pinned is not None:
        changed["pinned"] = participant.pinned = pinned
    if archived is not None:
        changed["archived_by_me"] = participant.archived_by_me = archived
    if changed:
        _save_own(actor, participant, changed)
    return participant


@write
def _save_own(actor: Actor, participant: Participant, changed: dict[str, bool]) -> None:
    rows = Participant.objects.using(database()).filter(pk=participant.pk)
    rows.update(**changed)
    frame = {
        "type": "inbox",
        "conversation_id": str(participant.conversation_id),
        "reason": "settings",
        **changed,
    }
    publish(UserEvent(actor.tenant, actor.id, frame), using=database())
