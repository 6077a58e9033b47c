"""Who has read a message, and when."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Min, OuterRef, Subquery

from django_chat.timeline.models import Message, Participant, ReadMark

__all__ = ["readers_of"]


def readers_of(message: Message, *, until: datetime | None = None) -> Any:
    """Return the members but the author, each with `read_at`, None where unread.

    Who read a message read everything before it: the time is that of the first mark
    at or above its number. What was read after `until` counts as unread.
    """
    marks = ReadMark.objects.filter(
        conversation=message.conversation_id,
        user=OuterRef("user"),
        seq__gte=message.seq,
    )
    if until is not None:
        marks = marks.filter(read_at__lte=until)
    first_mark = (
        marks.order_by().values("user").annotate(first=Min("read_at")).values("first")
    )
    return (
        Participant.objects.active()
        .filter(conversation=message.conversation_id, history_from_seq__lte=message.seq)
        .exclude(user=message.sender_id)
        .select_related("user")
        .annotate(read_at=Subquery(first_mark))
        .order_by("pk")
    )
