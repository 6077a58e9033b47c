"""Blocking and unblocking."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.db import router, transaction
from django.utils import timezone

from django_chat.exceptions import ChatError
from django_chat.people.models import Block
from django_chat.realtime.events import ControlEvent, UserEvent
from django_chat.realtime.publish import publish
from django_chat.signals import announce, user_blocked, user_unblocked
from django_chat.tenancy.actor import Actor

__all__ = ["block_user", "unblock_user"]


def block_user(*, actor: Actor, target: Any) -> bool:
    """Make `actor` hear nothing from `target`; return False when it was so already.

    Raises `self_target`.
    """
    if target.pk == actor.user_id:
        raise ChatError("self_target", field="user_id")
    using = router.db_for_write(Block)
    with transaction.atomic(using=using):
        _, created = Block.objects.using(using).get_or_create(
            tenant=actor.tenant,
            blocker=actor.user,
            blocked=target,
            defaults={"created_at": timezone.now()},
        )
        if created:
            _tell(actor, target, "blocked", user_blocked, using)
    return created


def unblock_user(*, actor: Actor, target: Any) -> bool:
    """Lift the block; return False when there was none."""
    using = router.db_for_write(Block)
    with transaction.atomic(using=using):
        count, _ = (
            Block.objects.using(using).made_by(actor).filter(blocked=target).delete()
        )
        if count:
            _tell(actor, target, "unblocked", user_unblocked, using)
    return bool(count)


def _tell(actor: Actor, target: Any, event: str, signal: Any, using: str) -> None:
    # Both sides' sockets look again at what they may hear; only the blocker is told.
    publish(
        UserEvent(
            actor.tenant,
            actor.id,
            {"type": "contact_updated", "event": event, "user_id": str(target.pk)},
        ),
        ControlEvent(actor.tenant, actor.id, "blocks"),
        ControlEvent(actor.tenant, str(target.pk), "blocks"),
        using=using,
    )
    facts = {"blocker": actor.user, "blocked": target, "tenant": actor.tenant}
    send = partial(announce, signal, Block, **facts)
    transaction.on_commit(send, using=using, robust=True)
