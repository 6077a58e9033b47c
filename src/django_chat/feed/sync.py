"""Polling: the same frames for a client that has no socket."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone

from django_chat.conf import chat_settings
from django_chat.feed.changes import GAP, changes_since, frames_for_reader
from django_chat.feed.epoch import current_epoch
from django_chat.feed.heads import inbox_revs
from django_chat.feed.inbox import inbox_payloads, inbox_totals, newest_of_inbox
from django_chat.feed.variants import Reader
from django_chat.people.querysets import blocks_of
from django_chat.tenancy.actor import Actor
from django_chat.timeline.events import BROADCAST_MEMBERS, read_event
from django_chat.timeline.models import Participant, ReadMark

__all__ = ["Sync", "list_etag", "sync"]

Frame = dict[str, Any]

PAGE = 200
LISTED = 50
# Transactions that committed a little late must not be missed: watermarks merge by
# maximum, so telling one twice is harmless.
_OVERLAP = timedelta(seconds=10)
_OLDEST = timedelta(days=1)


@dataclass(slots=True)
class Sync:
    """One answer to a poll; the fields are those of the REST body."""

    events: list[Frame] = field(default_factory=list)
    cursors: dict[str, int] = field(default_factory=dict)
    more: list[str] = field(default_factory=list)
    gap: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    list: list[Frame] | None = None
    list_etag: str = ""
    unread: dict[str, int] = field(default_factory=dict)
    t: str = ""
    epoch: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Return the REST body."""
        next_poll_ms = int(chat_settings.POLL_SECONDS * 1000)
        body = {item.name: getattr(self, item.name) for item in fields(self)}
        return {**body, "next_poll_ms": next_poll_ms}


def list_etag(actor: Actor) -> str:
    """Return a text that changes whenever `actor`'s list looks different."""
    return inbox_revs(actor.tenant, [actor.user_id])[actor.id]


def sync(
    *,
    actor: Actor,
    cursors: Mapping[UUID, int],
    etag: str | None,
    token: str | None,
) -> Sync | None:
    """Return what happened after the client's cursors, or None when nothing did.

    Without cursors: the list, with every cursor at its head. A conversation that is
    not the actor's is `gone`, it never fails the call.
    """
    now = timezone.now()
    since = _since(token, now)
    result = Sync(t=str(int(now.timestamp() * 1000)), list_etag=list_etag(actor))
    is_first = not cursors
    blocked, blockers = blocks_of(actor)
    seats = {
        row.conversation_id: row
        for row in Participant.objects.of(actor)
        .active()
        .filter(conversation__in=list(cursors))
        .select_related("conversation")
    }
    for conversation_id, after in cursors.items():
        seat = seats.get(conversation_id)
        if seat is None:
            result.gone.append(str(conversation_id))
            continue
        reader = Reader(actor.id, seat.visible_from, blocked)
        _collect(result, actor, seat, after, reader)
    if since is not None:
        result.events += _reads(list(seats.values()), since, blocked, blockers)
    if is_first or etag != result.list_etag:
        rows = newest_of_inbox(actor, LISTED)
        result.list = inbox_payloads(actor, rows)
        if is_first:
            result.cursors = {str(r.conversation_id): r.conversation.rev for r in rows}
    elif not result.events and not result.gone and not result.gap:
        return None
    totals = inbox_totals(actor)
    result.unread = {"total": totals["unread"], "mentions": totals["mentions"]}
    result.epoch = current_epoch()
    return result


def _collect(result: Sync, actor: Actor, seat: Any, after: int, reader: Reader) -> None:
    conversation = seat.conversation
    key = str(conversation.pk)
    head = conversation.rev
    result.cursors[key] = head
    if after == head:
        return
    if after > head or head - after > GAP:
        result.gap.append(key)
        return
    page = changes_since(conversation, after, limit=PAGE)
    result.events += frames_for_reader(actor, page.events, reader)
    result.cursors[key] = page.next_after
    if page.has_more:
        result.more.append(key)


def _reads(
    seats: list[Any],
    since: datetime,
    blocked: frozenset[str],
    blockers: frozenset[str],
) -> list[Frame]:
    """Return a `read` frame for each member whose watermark moved.

    Between two people of whom one has blocked the other, reading is not shown.
    """
    small = {
        seat.conversation_id: seat.conversation
        for seat in seats
        if seat.conversation.member_count <= BROADCAST_MEMBERS
    }
    moved: dict[tuple[Any, Any], datetime] = {}
    marks = ReadMark.objects.filter(conversation__in=small, read_at__gt=since)
    for mark in marks.order_by("read_at"):
        is_group = small[mark.conversation_id].is_group
        silent = blocked if is_group else blocked | blockers
        if str(mark.user_id) not in silent:
            moved[mark.conversation_id, mark.user_id] = mark.read_at
    if not moved:
        return []
    rows = (
        Participant.objects.active()
        .filter(
            conversation__in={key for key, _ in moved},
            user__in={key for _, key in moved},
        )
        .select_related("user")
    )
    return [
        read_event(
            small[row.conversation_id],
            row,
            user=row.user,
            message_id=None,
            read_at=moved[row.conversation_id, row.user_id],
        ).frame
        for row in rows
        if (row.conversation_id, row.user_id) in moved
    ]


def _since(token: str | None, now: datetime) -> datetime | None:
    """Read the opaque token; one that is absent, foreign or stale asks for a day."""
    if token is None:
        return None
    if not token.isdecimal() or len(token) > 15:
        return now - _OLDEST
    stamp = min(int(token) / 1000, now.timestamp())
    asked = now - timedelta(seconds=now.timestamp() - stamp) - _OVERLAP
    return max(asked, now - _OLDEST)
