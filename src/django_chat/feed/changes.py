"""The change feed: rows whose `rev` is above yours, in `rev` order.

There is no table of events. A row appears once, at its latest change, so the feed is
short however much happened; `next_after`, not a count, is the new cursor.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django_chat.feed.epoch import current_epoch
from django_chat.feed.variants import Reader, frame_for, variant_for
from django_chat.messages.querysets import hidden_among, reactions_by, reactions_of
from django_chat.people.querysets import blocked_by
from django_chat.realtime.events import ConversationEvent
from django_chat.tenancy.actor import Actor
from django_chat.timeline.access import participant_of
from django_chat.timeline.events import message_event
from django_chat.timeline.models import Conversation, Message
from django_chat.timeline.payloads import message_payload

__all__ = [
    "GAP",
    "Changes",
    "changes_for_reader",
    "changes_since",
    "frames_for_reader",
]

GAP = 500
"""More changes than this are not replayed: the client loads the newest page instead."""


@dataclass(slots=True)
class Changes:
    """A page of the feed. `next_after` is the cursor once `events` are applied."""

    events: list[ConversationEvent]
    next_after: int
    head: int
    has_more: bool


def changes_since(
    conversation: Conversation, after: int, *, limit: int = GAP
) -> Changes:
    """Return the neutral events of a conversation after a `rev`.

    `conversation` must have been read before this call: its `rev` is the head, and rows
    read later can only be newer than it says, never older. Two queries.
    """
    head = conversation.rev
    rows: list[Any] = list(
        Message.objects.filter(
            conversation=conversation.pk, rev__gt=after, rev__lte=head
        )
        .select_related("sender", "reply_to__sender")
        .order_by("rev")[: limit + 1]
    )
    has_more = len(rows) > limit
    rows = rows[:limit]
    next_after = rows[-1].rev if has_more else head
    reactions = reactions_of([row.pk for row in rows]) if rows else {}
    events = [
        row_event(conversation, row, after, reactions.get(row.pk, [])) for row in rows
    ]
    if after < conversation.meta_rev <= next_after:
        events.append(_meta(conversation))
        events.sort(key=lambda event: event.rev or 0)
    return Changes(events, next_after, head, has_more)


def row_event(
    conversation: Conversation,
    row: Message,
    after: int,
    reactions: list[dict[str, Any]],
) -> ConversationEvent:
    """Return a row as the event that brings a client at `after` up to date.

    A message made after the cursor is a `message`, so that a client which knows nothing
    else still gets it; an older one that changed is a `message_updated`.
    """
    payload = message_payload(row, reactions)
    if row.created_rev > after:
        return message_event(conversation, row, {"type": "message", **payload})
    reason = "delete" if row.deleted_at else "edit" if row.edited_at else "reaction"
    frame = {"type": "message_updated", **payload, "reason": reason}
    return message_event(conversation, row, frame)


def _meta(conversation: Conversation) -> ConversationEvent:
    """Return the current facts of the conversation, in place of what changed them."""
    frame = {
        "type": "conversation_updated",
        "conversation_id": str(conversation.pk),
        "rev": conversation.meta_rev,
        "changes": {"title": conversation.title, "status": conversation.status},
        "members_changed": True,
        "member_count": conversation.member_count,
        "actor_id": None,
    }
    return ConversationEvent(
        tenant=conversation.tenant,
        conversation_id=str(conversation.pk),
        frame=frame,
        meta_rev=conversation.meta_rev,
        rev=conversation.meta_rev,
    )


def frames_for_reader(
    actor: Actor, events: Sequence[ConversationEvent], reader: Reader
) -> list[dict[str, Any]]:
    """Return the events as `reader`, who is `actor`, gets them.

    Reactions say which are his: an event for all names only the first few people. Of a
    message that he has deleted for himself he gets its numbers only.
    """
    rows = [event.frame for event in events if event.seq is not None]
    hidden = hidden_among(actor, [row["id"] for row in rows]) if rows else set()
    reacted = [row["id"] for row in rows if row["reactions"]]
    own = reactions_by(actor, reacted) if reacted else set()
    frames = []
    for event in events:
        frame = frame_for(event, variant_for(event, reader))
        if frame.get("id") in hidden:
            kept = ("type", "conversation_id", "id", "seq", "rev")
            frame = {name: frame[name] for name in kept} | {"hidden": "me"}
        elif frame.get("reactions"):
            frame["reactions"] = [
                {**row, "me": (frame["id"], row["emoji"]) in own}
                for row in frame["reactions"]
            ]
        frames.append(frame)
    return frames


def changes_for_reader(
    *, actor: Actor, conversation_id: UUID, after: int | None, limit: int
) -> dict[str, Any]:
    """Return the REST body of a page of the feed; without `after`, where it ends.

    A cursor ahead of the conversation is of a database that was restored since: `gap`.
    Raises `not_found` and `not_participant`.
    """
    participant = participant_of(actor, conversation_id)
    conversation = participant.conversation
    head = conversation.rev
    body: dict[str, Any] = {
        "events": [],
        "next_after": head,
        "rev": head,
        "has_more": False,
        "gap": False,
        "epoch": current_epoch(),
    }
    if after is None or after == head:
        return body
    if after > head:
        return {**body, "gap": True, "reason": "epoch"}
    page = changes_since(conversation, after, limit=limit)
    reader = Reader(actor.id, participant.visible_from, blocked_by(actor))
    return {
        **body,
        "events": frames_for_reader(actor, page.events, reader),
        "next_after": page.next_after,
        "has_more": page.has_more,
    }
