"""Issuing and redeeming tickets, and telling sockets that their user has changed."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Any

from django.utils import timezone

from django_chat.connections.models import WsTicket
from django_chat.exceptions import ChatError
from django_chat.realtime.events import ControlEvent
from django_chat.realtime.publish import publish
from django_chat.tenancy.actor import Actor
from django_chat.timeline.models import Participant
from django_chat.timeline.transactions import database

__all__ = [
    "TICKET_SECONDS",
    "Redeemed",
    "end_session",
    "issue_ticket",
    "recheck_user",
    "redeem_ticket",
    "session_hash",
]

TICKET_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Redeemed:
    """Whom a ticket was issued to, and from which session."""

    user: Any
    tenant: str
    session_key: str | None


def session_hash(session_key: str | None) -> str:
    """Return what names a session in events: a hash, since the key opens it."""
    return sha256(session_key.encode()).hexdigest() if session_key else ""


def issue_ticket(*, actor: Actor, session_key: str | None = None) -> str:
    """Return a ticket that opens one socket within 30 seconds.

    It lives in the database, where deleting it decides who redeemed it: two sockets
    that present the same ticket at once cannot both win.
    """
    now = timezone.now()
    ticket = secrets.token_urlsafe(32)
    WsTicket.objects.using(database()).filter(expires_at__lt=now).delete()
    WsTicket.objects.using(database()).create(
        digest=sha256(ticket.encode()).hexdigest(),
        tenant=actor.tenant,
        user=actor.user,
        # One kept in a cookie has no key but itself, and cannot end before the user.
        session_key=session_key if session_key and len(session_key) <= 64 else "",
        expires_at=now + timedelta(seconds=TICKET_SECONDS),
    )
    return ticket


def redeem_ticket(ticket: str) -> Redeemed:
    """Use a ticket up and return whose it was; raise `ticket_invalid`."""
    digest = sha256(ticket.encode(errors="replace")).hexdigest()
    rows = WsTicket.objects.using(database()).filter(
        digest=digest, expires_at__gte=timezone.now()
    )
    row = rows.select_related("user").first()
    if row is None or not row.user.is_active or not rows.delete()[0]:
        raise ChatError("ticket_invalid")
    return Redeemed(row.user, row.tenant, row.session_key or None)


def end_session(user: Any, session_key: str | None) -> None:
    """Close the sockets of one session of a user, in every tenant: he logged out."""
    for tenant in _tenants(user):
        publish(ControlEvent(tenant, str(user.pk), "logout", session_hash(session_key)))


def recheck_user(user: Any) -> None:
    """Let every process look again whether a user's sockets are still good."""
    for tenant in _tenants(user):
        publish(ControlEvent(tenant, str(user.pk), "recheck"))


def _tenants(user: Any) -> set[str]:
    """Return the tenants in which a user may have sockets open."""
    tenants = set(
        Participant.objects.filter(user=user)
        .order_by()
        .values_list("conversation__tenant", flat=True)
        .distinct()
    )
    return tenants | {""}
