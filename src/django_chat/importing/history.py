"""Past messages through the same way as new ones.

They take numbers, mentions and replies as if sent, keep their own times, and nobody is
told.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django_chat.messages.drafts import Draft
from django_chat.messages.sending import Outcome, Sent, send_messages
from django_chat.tenancy.actor import Actor
from django_chat.timeline.models import Conversation, Participant, ReadMark
from django_chat.timeline.numbering import save_heads, touch_meta
from django_chat.timeline.transactions import database, lock_conversations, write

__all__ = ["Entry", "import_messages"]


@dataclass(frozen=True, slots=True)
class Entry:
    """A message of the past. The same `client_id` is the same message in every run."""

    conversation_id: UUID
    author: Any
    content: str
    created_at: datetime
    client_id: str
    reply_to: UUID | None = None


@write
def import_messages(*, entries: Sequence[Entry], tenant: str = "") -> list[Outcome]:
    """Append past messages to conversations that exist, in one transaction.

    Returns for each a `Sent` or the error it met. Who had read everything before has
    read these too. Authors who were never in a group become members of it.
    """
    conversations = lock_conversations({entry.conversation_id for entry in entries})
    _seat_authors(tenant, conversations, entries)
    readers = _who_read_all(conversations)
    drafts = [
        Draft(
            actor=Actor(entry.author, tenant),
            conversation_id=entry.conversation_id,
            content=entry.content,
            client_id=entry.client_id,
            reply_to=entry.reply_to,
            marks_read=False,
            created_at=entry.created_at,
        )
        for entry in entries
    ]
    outcomes = send_messages(drafts, live=False)
    newest: dict[UUID, Any] = {}
    for outcome in outcomes:
        if isinstance(outcome, Sent) and outcome.message is not None:
            newest[outcome.conversation_id] = outcome.message
    for conversation_id, message in newest.items():
        _mark_read(readers.get(conversation_id, []), message)
    return outcomes


def _seat_authors(
    tenant: str, conversations: dict[UUID, Conversation], entries: Sequence[Entry]
) -> None:
    """Make members of those authors of groups who never were."""
    groups = {
        pk: row
        for pk, row in conversations.items()
        if row.is_group and row.tenant == tenant
    }
    seated = set(
        Participant.objects.using(database())
        .filter(
            conversation__in=groups, user__in={entry.author.pk for entry in entries}
        )
        .values_list("conversation_id", "user_id")
    )
    newcomers = []
    for entry in entries:
        place = entry.conversation_id, entry.author.pk
        group = groups.get(entry.conversation_id)
        if group is None or place in seated:
            continue
        seated.add(place)
        group.member_count += 1
        newcomers.append(
            Participant(
                conversation=group,
                user=entry.author,
                joined_at=entry.created_at,
                joined_seq=group.seq + 1,
                read_seq=group.seq,
                read_ordinal=group.ordinal,
            )
        )
    if not newcomers:
        return
    Participant.objects.using(database()).bulk_create(newcomers)
    grown = {row.conversation_id: groups[row.conversation_id] for row in newcomers}
    for group in grown.values():
        touch_meta(group)
        group.save(using=database(), update_fields=["member_count"])
    save_heads(grown.values())


def _who_read_all(
    conversations: dict[UUID, Conversation],
) -> dict[UUID, list[Participant]]:
    """Return the members who have nothing unread."""
    rows = (
        Participant.objects.using(database())
        .active()
        .filter(conversation__in=conversations, unread_from_seq__isnull=True)
    )
    found: dict[UUID, list[Participant]] = {}
    for row in rows:
        if row.read_ordinal >= conversations[row.conversation_id].ordinal:
            found.setdefault(row.conversation_id, []).append(row)
    return found


def _mark_read(readers: list[Participant], message: Any) -> None:
    """Let `readers` have read everything up to `message`, at its time."""
    Participant.objects.using(database()).filter(
        pk__in=[row.pk for row in readers]
    ).update(
        read_seq=message.seq,
        read_ordinal=message.ordinal,
        unread_from_seq=None,
        marked_unread=False,
    )
    ReadMark.objects.using(database()).bulk_create(
        ReadMark(
            conversation_id=row.conversation_id,
            user_id=row.user_id,
            seq=message.seq,
            read_at=message.created_at,
        )
        for row in readers
    )
