"""What a client gets when it begins to listen: where things stand, and what it missed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django_chat.feed.changes import GAP, changes_since
from django_chat.feed.variants import Reader
from django_chat.kept_queries import KeptQuery, answers
from django_chat.messages.querysets import asking_hidden
from django_chat.people.querysets import asking_blocks
from django_chat.presence.querysets import statuses
from django_chat.realtime.events import ConversationEvent
from django_chat.tenancy.actor import Actor
from django_chat.timeline.access import asking_seat, partner_available
from django_chat.timeline.models import Conversation, Participant

__all__ = ["Snapshot", "reachable", "snapshot"]

_MEMBERS_READ = 100
_MEMBERS = KeptQuery(
    lambda given: (
        Participant.objects.active()
        .filter(given.among("conversation", "conversations"))
        .select_related("user")
        .order_by("pk")[:_MEMBERS_READ]
    )
)


@dataclass(slots=True)
class Snapshot:
    """The state at `rev`, and the events that lead there from the client's cursor."""

    conversation: Conversation
    reader: Reader
    after: int | None
    gap: bool = False
    ahead: bool = False
    events: list[ConversationEvent] = field(default_factory=list)
    members_read: list[dict[str, Any]] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)
    online: list[str] = field(default_factory=list)
    reachable: bool = True

    @property
    def rev(self) -> int:
        """The head that the snapshot stands at."""
        return self.conversation.rev

    def frame(self, *, epoch: str, typing: list[str]) -> dict[str, Any]:
        """Return the `subscribed` frame."""
        return {
            "type": "subscribed",
            "conversation_id": str(self.conversation.pk),
            "epoch": epoch,
            "after": self.after,
            "rev": self.rev,
            "seq": self.conversation.seq,
            "replay": len(self.events),
            "gap": self.gap,
            "members_read": self.members_read,
            "hidden": self.hidden,
            "history_from_seq": self.reader.visible_from,
            "typing": typing,
            "online": self.online,
        }


def snapshot(*, actor: Actor, conversation_id: UUID, after: int | None) -> Snapshot:
    """Return where a conversation stands for `actor`, and what follows `after`.

    `after=None` replays nothing. Too far behind: `gap`; ahead of the database, which
    was restored meanwhile: `ahead`. The head is read first, so it is a lower bound of
    all that follows. Raises `not_found` and `not_participant`.
    """
    participant, (made, met), members, hidden = answers(
        Participant.objects.db,
        asking_seat(actor, conversation_id),
        asking_blocks(actor),
        _MEMBERS.ask(conversations=[conversation_id]),
        asking_hidden(actor, conversation_id),
    )
    conversation = participant.conversation
    reader = Reader(actor.id, participant.visible_from, made)
    result = Snapshot(conversation, reader, after)
    if after is not None:
        result.ahead = after > conversation.rev
        result.gap = conversation.rev - after > GAP
        if not result.ahead and not result.gap and after < conversation.rev:
            result.events = changes_since(conversation, after).events
    result.members_read = [
        {
            "user_id": str(member.user_id),
            "read_seq": member.read_seq,
            "delivered_seq": member.delivered_seq,
        }
        for member in members
    ]
    result.hidden = [str(pk) for pk in hidden]
    others = {
        str(member.user_id): member
        for member in members
        if member.user_id != actor.user_id
    }
    watched = [m.user_id for key, m in others.items() if key not in made | met]
    result.online = [
        found.user_id
        for found in statuses(actor.tenant, watched).values()
        if found.status != "offline"
    ]
    if not conversation.is_group:
        partner = next(iter(others.values()), None)
        result.reachable = (
            partner is not None and partner.user.is_active and bool(watched)
        )
    return result


def reachable(actor: Actor, conversation_ids: list[UUID]) -> set[str]:
    """Return those of `actor`'s conversations that no block has closed to him."""
    rows = (
        Participant.objects.of(actor)
        .active()
        .filter(conversation__in=conversation_ids)
        .select_related("conversation")
    )
    return {
        str(row.conversation_id)
        for row in rows
        if partner_available(actor, row.conversation)
    }
