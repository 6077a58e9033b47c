"""Who is in a conversation, for somebody who is in it too."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django_chat.exceptions import ChatError
from django_chat.people.directory import name_contains
from django_chat.people.keys import user_key
from django_chat.tenancy.actor import Actor
from django_chat.timeline.access import participant_of
from django_chat.timeline.models import Participant
from django_chat.timeline.payloads import member_payload

__all__ = ["member_for_reader", "members"]


def members(actor: Actor, conversation_id: UUID, *, named: str | None = None) -> Any:
    """Return the memberships in a conversation, oldest first, with their users.

    `named` narrows them to names that contain it. Raises `not_found` and
    `not_participant`.
    """
    participant_of(actor, conversation_id)
    rows = Participant.objects.active().filter(conversation=conversation_id)
    if named:
        rows = rows.filter(name_contains(named, path="user__"))
    return rows.select_related("user").order_by("pk")


def member_for_reader(
    actor: Actor, conversation_id: UUID, user_id: str
) -> dict[str, Any]:
    """Return the Member object of one member; raise `not_found`."""
    row = members(actor, conversation_id).filter(user=user_key(user_id)).first()
    if row is None:
        raise ChatError("not_found", field="user_id")
    return member_payload(row)
