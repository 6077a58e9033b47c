"""Who is where when messages are sent: asked behind the lock, for a whole batch."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any
from uuid import UUID

from django.contrib.auth import get_user_model
from django.db.models import Exists, F, OuterRef, Value

from django_chat.kept_queries import Given, KeptQuery
from django_chat.people.directory import has_column
from django_chat.people.models import Block
from django_chat.timeline.models import Conversation, Participant
from django_chat.timeline.transactions import database

__all__ = ["PARTNERS", "SEATS", "Partners", "everybody_in"]

SEATS = KeptQuery(
    lambda given: (
        Participant.objects.active()
        .filter(
            given.among("conversation", "conversations"), given.among("user", "users")
        )
        .select_related("user")
    )
)
"""The memberships of `users` in `conversations`."""


def _partners(given: Given) -> Any:
    is_column = has_column(get_user_model(), "is_active")
    blocks = Block.objects.filter(
        tenant=OuterRef("conversation__tenant"),
        blocker=OuterRef("user"),
        blocked__in=Participant.objects.filter(
            conversation=OuterRef(OuterRef("conversation"))
        ).values("user"),
    )
    return (
        Participant.objects.active()
        .filter(
            given.among("conversation", "conversations"),
            conversation__kind=Conversation.Kind.DIRECT,
        )
        .annotate(
            # A host's users need not have this in a column.
            active=F("user__is_active") if is_column else Value(None),
            blocks=Exists(blocks),
        )
        .values_list("conversation_id", "user_id", "active", "blocks")
    )


PARTNERS = KeptQuery(_partners)
"""Both sides of those `conversations` that are direct, as `Partners` takes them."""


class Partners:
    """The two sides of direct conversations, and whether they can reach each other."""

    def __init__(self, rows: Iterable[tuple[UUID, Any, bool | None, bool]]) -> None:
        self._sides: dict[UUID, list[tuple[Any, bool | None]]] = {}
        self._parted: set[UUID] = set()
        for conversation_id, user_id, is_active, blocks in rows:
            self._sides.setdefault(conversation_id, []).append((user_id, is_active))
            if blocks:
                self._parted.add(conversation_id)

    def available(self, conversation_id: UUID, user_id: Any) -> bool:
        """Is there somebody on the other side, active, with no block between them?"""
        for other, is_active in self._sides.get(conversation_id, ()):
            if other != user_id:
                if is_active is None:
                    users = get_user_model()._base_manager.using(database())
                    is_active = users.get(pk=other).is_active
                return is_active and conversation_id not in self._parted
        return False


def everybody_in(conversation_ids: Collection[UUID]) -> list[tuple[UUID, Any]]:
    """Return the ids of conversation and user of everybody in them."""
    if not conversation_ids:
        return []
    return list(
        Participant.objects.using(database())
        .active()
        .filter(conversation__in=conversation_ids)
        .values_list("conversation_id", "user_id")
    )
