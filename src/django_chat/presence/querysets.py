"""What one person may know of others' presence."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils import timezone

from django_chat.kept_queries import KeptQuery, answers
from django_chat.people.keys import user_keys
from django_chat.people.models import Block
from django_chat.presence.models import PresenceLease, UserStatus
from django_chat.tenancy.actor import Actor
from django_chat.timeline.models import Participant
from django_chat.timeline.wiretime import wire_time

__all__ = ["Presence", "acquaintances", "own_presence", "presence_of", "statuses"]

WATCH_MAX = 100


@dataclass(frozen=True, slots=True)
class Presence:
    """How somebody appears: `status` is online, away, dnd or offline.

    `key` is the user's primary key, of the host's type.
    """

    user_id: str
    status: str
    last_seen: datetime | None
    text: str = ""
    until: datetime | None = None
    key: Any = None

    def payload(self) -> dict[str, Any]:
        """Return the wire form; `last_seen` only while away from the keyboard."""
        last_seen = None
        if self.status == "offline" and self.last_seen is not None:
            # To the minute: exact times would tell when somebody looks at his phone.
            last_seen = wire_time(self.last_seen.replace(second=0, microsecond=0))
        return {"id": self.user_id, "status": self.status, "last_seen": last_seen}


_LEASES = KeptQuery(
    lambda given: PresenceLease.objects.filter(
        given.among("tenant", "tenants"), given.among("user", "users")
    )
)
_STATUSES = KeptQuery(
    lambda given: UserStatus.objects.filter(
        given.among("tenant", "tenants"), given.among("user", "users")
    )
)


def statuses(tenant: str, user_ids: Collection[Any]) -> dict[str, Presence]:
    """Return how each of the users appears, from leases and chosen statuses."""
    now = timezone.now()
    here: dict[str, bool] = {}
    seen: dict[str, datetime] = {}
    if not user_ids:
        return {}
    asked: dict[str, Any] = {"tenants": [tenant], "users": user_ids}
    leases, rows = answers(
        PresenceLease.objects.db, _LEASES.ask(**asked), _STATUSES.ask(**asked)
    )
    for lease in leases:
        key = str(lease.user_id)
        seen[key] = max(seen.get(key, lease.renewed_at), lease.renewed_at)
        if lease.expires_at > now:
            # Away only when every connection says so.
            here[key] = here.get(key, True) and lease.is_away
    chosen = {str(row.user_id): row for row in rows}
    return {
        str(pk): _combine(pk, chosen.get(str(pk)), here, seen, now) for pk in user_ids
    }


def _combine(
    pk: Any,
    row: UserStatus | None,
    here: dict[str, bool],
    seen: dict[str, datetime],
    now: datetime,
) -> Presence:
    key = str(pk)
    status, text, until = "online", "", None
    last_seen = seen.get(key)
    if row is not None:
        if row.until is None or row.until > now:
            status, text, until = row.status, row.text, row.until
        if row.last_seen and (last_seen is None or row.last_seen > last_seen):
            last_seen = row.last_seen
    if status == UserStatus.Status.INVISIBLE:
        return Presence(key, "offline", row.last_seen if row else None, key=pk)
    if key not in here:
        return Presence(key, "offline", last_seen, text, until, pk)
    if status == UserStatus.Status.ONLINE and here[key]:
        status = "away"
    return Presence(key, status, last_seen, text, until, pk)


def presence_of(actor: Actor, user_ids: Collection[str]) -> list[Presence]:
    """Return the presence of those of `user_ids` whom `actor` may watch.

    Strangers, and people with a block on either side, are left out without a word.
    """
    visible = acquaintances(actor, user_ids)
    return list(statuses(actor.tenant, visible).values())


def acquaintances(actor: Actor, user_ids: Collection[str] | None = None) -> list[Any]:
    """Return the ids of people who share a conversation with `actor`, none blocked."""
    mine = Participant.objects.of(actor).active().values("conversation")
    rows = Participant.objects.active().filter(conversation__in=mine)
    if user_ids is not None:
        rows = rows.filter(user__in=user_keys(user_ids))
    blocks = Block.objects.filter(tenant=actor.tenant)
    rows = (
        rows.exclude(user=actor.user)
        .exclude(user__in=blocks.filter(blocker=actor.user).values("blocked"))
        .exclude(user__in=blocks.filter(blocked=actor.user).values("blocker"))
    )
    return list(rows.order_by().values_list("user_id", flat=True).distinct()[:500])


def own_presence(actor: Actor) -> Presence:
    """Return what `actor` has chosen, unaltered by whether he is connected."""
    row = UserStatus.objects.filter(
        Q(until__isnull=True) | Q(until__gt=timezone.now()),
        tenant=actor.tenant,
        user=actor.user,
    ).first()
    if row is None:
        return Presence(actor.id, "online", None)
    return Presence(actor.id, row.status, row.last_seen, row.text, row.until)
