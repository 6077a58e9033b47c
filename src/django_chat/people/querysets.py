"""Reads of blocks: always within a tenant."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from django.db import models

from django_chat.kept_queries import KeptQuery, Question
from django_chat.tenancy.actor import Actor, asked_by, whoever

__all__ = [
    "BlockQuerySet",
    "asking_blocks",
    "blocked_by",
    "blocked_since",
    "blocks_among",
    "blocks_of",
    "blocks_touching",
    "is_blocked",
]


class BlockQuerySet(models.QuerySet[Any]):
    """Blocks, reached through the actor who made them."""

    def made_by(self, actor: Actor) -> BlockQuerySet:
        """Return the blocks that `actor` has made."""
        return self.filter(tenant=actor.tenant, blocker=actor.user)


def _blocks() -> BlockQuerySet:
    from django_chat.people.models import Block  # the model imports this module

    return Block.objects.all()


def blocked_by(actor: Actor) -> frozenset[str]:
    """Return the ids of everybody whom `actor` has blocked."""
    return frozenset(map(str, _MADE.rows(_blocks().db, **asked_by(actor))))


_MADE = KeptQuery(
    lambda given: _blocks().made_by(whoever(given)).values_list("blocked_id", flat=True)
)


_AMONG = KeptQuery(
    lambda given: (
        _blocks()
        .filter(
            given.among("tenant", "tenants"),
            given.among("blocker", "people"),
            given.among("blocked", "people"),
        )
        .values_list("blocker_id", "blocked_id")
    )
)


_OF = KeptQuery(
    lambda given: (
        _blocks()
        .filter(
            models.Q(given.among("blocker", "people"))
            | models.Q(given.among("blocked", "people")),
            given.among("tenant", "tenants"),
        )
        .values_list("blocker_id", "blocked_id")
    )
)


def blocks_of(actor: Actor) -> tuple[frozenset[str], frozenset[str]]:
    """Return the ids of whom `actor` has blocked, and of who has blocked him."""
    found: tuple[frozenset[str], frozenset[str]] = asking_blocks(actor).answer(
        _blocks().db
    )
    return found


def asking_blocks(actor: Actor) -> Question:
    """Return the question that `blocks_of` asks."""

    def read(pairs: Iterable[tuple[Any, Any]]) -> tuple[frozenset[str], frozenset[str]]:
        made, met = set(), set()
        for blocker, blocked in pairs:
            if blocker == actor.user_id:
                made.add(str(blocked))
            else:
                met.add(str(blocker))
        return frozenset(made), frozenset(met)

    return _OF.ask(read, tenants=[actor.tenant], people=[actor.user_id])


def blocks_touching(tenant: str, user_ids: Collection[Any]) -> set[tuple[str, str]]:
    """Return (blocker, blocked) ids of every block that one of the users is part of."""
    rows = (
        _blocks()
        .filter(models.Q(blocker__in=user_ids) | models.Q(blocked__in=user_ids))
        .filter(tenant=tenant)
        .values_list("blocker_id", "blocked_id")
    )
    return {(str(blocker), str(blocked)) for blocker, blocked in rows}


def blocks_among(tenant: str, user_ids: Collection[Any]) -> set[tuple[Any, Any]]:
    """Return (blocker, blocked) pairs in which both are among `user_ids`."""
    using = _blocks().db
    return set(_AMONG.rows(using, tenants=[tenant], people=user_ids))


def blocked_since(tenant: str, one: Any, other: Any) -> datetime | None:
    """Return when the first of the two blocked the other, if either has."""
    return (
        _blocks()
        .filter(tenant=tenant, blocker__in=(one, other), blocked__in=(one, other))
        .order_by("created_at")
        .values_list("created_at", flat=True)
        .first()
    )


def is_blocked(tenant: str, one: Any, other: Any) -> bool:
    """Has either of the two blocked the other?"""
    return bool(blocks_among(tenant, (one, other)))
