"""Renewing leases, choosing a status, and showing that one types."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib.auth import get_user_model
from django.db import transaction
from django.utils import timezone

from django_chat.exceptions import ChatError
from django_chat.people.presenters import presenter
from django_chat.policy import policy
from django_chat.presence.models import PresenceLease, UserStatus
from django_chat.presence.querysets import statuses
from django_chat.realtime.events import ConversationEvent, PresenceEvent
from django_chat.realtime.publish import publish
from django_chat.tenancy.actor import Actor
from django_chat.text import check_text
from django_chat.timeline.access import seat_of
from django_chat.timeline.transactions import database

__all__ = [
    "LEASE",
    "POLLING",
    "RENEW_EVERY",
    "drop_leases",
    "renew_leases",
    "set_status",
    "show_typing",
    "sweep_leases",
    "touch_polling",
]

LEASE = timedelta(seconds=60)
RENEW_EVERY = timedelta(seconds=20)
POLLING = "polling"
TYPING_EXPIRES_MS = 8_000
TYPING_MEMBERS = 100
Person = tuple[str, Any]
"""Tenant and user key."""


def renew_leases(holder: str, people: Mapping[Person, bool]) -> None:
    """Vouch for `people` (and whether each is away) for another minute.

    One UPDATE for those known, one INSERT for newcomers; others are told of newcomers
    and of changes between online and away.
    """
    now = timezone.now()
    with transaction.atomic(using=database()):
        held = {
            (row.tenant, row.user_id): row
            for row in PresenceLease.objects.filter(holder=holder)
        }
        if held:
            # Usually nobody: who is gone was dropped.
            gone = [row.pk for person, row in held.items() if person not in people]
            PresenceLease.objects.filter(holder=holder).exclude(pk__in=gone).update(
                renewed_at=now, expires_at=now + LEASE
            )
        new = [person for person in people if person not in held]
        known = _existing(new)
        PresenceLease.objects.bulk_create(
            [
                PresenceLease(
                    tenant=tenant,
                    user_id=key,
                    holder=holder,
                    is_away=people[tenant, key],
                    renewed_at=now,
                    expires_at=now + LEASE,
                )
                for tenant, key in new
                if key in known
            ],
            ignore_conflicts=True,
        )
        changed = [
            p for p, away in people.items() if p in held and held[p].is_away != away
        ]
        for person in changed:
            PresenceLease.objects.filter(pk=held[person].pk).update(
                is_away=people[person]
            )
        _tell(new + changed)


def drop_leases(holder: str, people: Collection[Person]) -> None:
    """Stop vouching for `people`, and note when they were last here."""
    if not people:
        return
    keys: dict[str, list[Any]] = {}
    for tenant, key in people:
        keys.setdefault(tenant, []).append(key)
    held = PresenceLease.objects.filter(holder=holder)
    with transaction.atomic(using=database()):
        for tenant, users in keys.items():
            held.filter(tenant=tenant, user__in=users).delete()
        _note_last_seen({person: timezone.now() for person in people})
        _tell(people)


def sweep_leases() -> int:
    """Clear leases whose holder died; return how many. Any process may do it."""
    now = timezone.now()
    with transaction.atomic(using=database()):
        dead = list(PresenceLease.objects.filter(expires_at__lt=now))
        if dead:
            PresenceLease.objects.filter(
                pk__in=[row.pk for row in dead], expires_at__lt=now
            ).delete()
            seen: dict[Person, datetime] = {}
            for row in dead:
                person = row.tenant, row.user_id
                seen[person] = max(seen.get(person, row.renewed_at), row.renewed_at)
            _note_last_seen(seen)
            _tell(seen)
    return len(dead)


def touch_polling(actor: Actor) -> None:
    """Count somebody who polls as online; writes at most every 20 seconds."""
    now = timezone.now()
    fresh = now + LEASE - RENEW_EVERY
    row = PresenceLease.objects.filter(
        holder=POLLING, tenant=actor.tenant, user=actor.user
    ).first()
    if row is not None and row.expires_at > fresh:
        return
    with transaction.atomic(using=database()):
        PresenceLease.objects.update_or_create(
            holder=POLLING,
            tenant=actor.tenant,
            user=actor.user,
            defaults={"renewed_at": now, "expires_at": now + LEASE, "is_away": False},
        )
        if row is None or row.expires_at <= now:
            _tell([(actor.tenant, actor.user_id)])


def set_status(
    *, actor: Actor, status: str, text: str = "", until: datetime | None = None
) -> UserStatus:
    """Choose how one appears; `online` means: as the connections say."""
    if status not in UserStatus.Status.values:
        raise ChatError("invalid_payload", field="status")
    check_text(text, field="text", limit=100)
    chosen: dict[str, Any] = {"status": status, "text": text, "until": until}
    with transaction.atomic(using=database()):
        if status == UserStatus.Status.INVISIBLE and _is_seen(actor):
            chosen["last_seen"] = timezone.now()
        row, _ = UserStatus.objects.update_or_create(
            tenant=actor.tenant, user=actor.user, defaults=chosen
        )
        _tell([(actor.tenant, actor.user_id)])
    return row


def _is_seen(actor: Actor) -> bool:
    return statuses(actor.tenant, [actor.user_id])[actor.id].status != "offline"


def show_typing(
    *, actor: Actor, conversation_id: UUID, is_typing: bool, activity: str = "text"
) -> None:
    """Tell the others that `actor` types, or stopped. Nothing is stored.

    In groups over 100 nobody is told. Raises `not_found`, `unavailable`, `read_only`.
    """
    if activity not in ("text", "voice", "file"):
        raise ChatError("invalid_payload", field="activity")
    seat = seat_of(actor, conversation_id)
    if not policy().can_post(seat.scene):
        reason = policy().send_disabled_reason(seat.scene)
        raise ChatError("unavailable" if reason == "unavailable" else "read_only")
    conversation = seat.conversation
    if conversation.member_count > TYPING_MEMBERS:
        return
    frame = {
        "type": "typing",
        "conversation_id": str(conversation.pk),
        "user_id": actor.id,
        "user": presenter().name(actor.user),
        "is_typing": is_typing,
        "activity": activity,
        "expires_in_ms": TYPING_EXPIRES_MS,
        "expires_in": TYPING_EXPIRES_MS,
    }
    event = ConversationEvent(
        tenant=conversation.tenant,
        conversation_id=str(conversation.pk),
        frame=frame,
        meta_rev=conversation.meta_rev,
        author_id=actor.id,
    )
    publish(event, using=database())


def _note_last_seen(seen: Mapping[Person, datetime]) -> None:
    known = _existing(seen)
    for (tenant, key), moment in seen.items():
        if key not in known:
            continue
        row, created = UserStatus.objects.get_or_create(
            tenant=tenant, user_id=key, defaults={"last_seen": moment}
        )
        # To those who watch, the invisible left when they became invisible.
        if not created and not row.is_invisible:
            UserStatus.objects.filter(pk=row.pk).update(last_seen=moment)


def _existing(people: Collection[Person]) -> set[Any]:
    """Return the keys of those who were not deleted while their sockets were open.

    One row that refers to nobody would undo the transaction for everybody.
    """
    if not people:
        return set()
    users = get_user_model()._default_manager.filter(pk__in={key for _, key in people})
    return set(users.values_list("pk", flat=True))


def _tell(people: Collection[Person]) -> None:
    events = [PresenceEvent(tenant, str(key)) for tenant, key in people]
    if events:
        publish(*events, using=database())
