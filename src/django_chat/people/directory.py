"""Whom a person may find: swappable by `DJANGO_CHAT["DIRECTORY"]`."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from django.contrib.auth import get_user_model
from django.db import models
from django.db.models import Q, QuerySet

from django_chat.conf import strategy
from django_chat.exceptions import ChatError
from django_chat.people.keys import user_key, user_keys
from django_chat.people.querysets import blocks_among
from django_chat.policy import policy
from django_chat.tenancy.actor import Actor
from django_chat.tenancy.resolvers import tenant_resolver
from django_chat.text import is_storable

__all__ = [
    "Directory",
    "directory",
    "find_acquaintance",
    "find_blocked",
    "find_named",
    "find_people",
    "find_person",
    "has_column",
    "name_contains",
]


class Directory:
    """The default: people one shares a conversation with, and exact usernames.

    Private by default: nobody can list the members of a site. A host whose members may
    see each other overrides `visible` and returns more.
    """

    def visible(self, actor: Actor, users: QuerySet[Any]) -> QuerySet[Any]:
        """Narrow the active users of the tenant to those whom `actor` may list."""
        shared = Q(
            chat_participations__left_at__isnull=True,
            chat_participations__conversation__tenant=actor.tenant,
            chat_participations__conversation__participants__user=actor.user,
            chat_participations__conversation__participants__left_at__isnull=True,
        )
        return users.filter(shared).distinct()

    def search(self, actor: Actor, query: str) -> QuerySet[Any]:
        """Return visible people whose name contains `query`, and an exact username."""
        users = people_of(actor)
        found = self.visible(actor, users).filter(name_contains(query)).values("pk")
        exact = Q(**{users.model.USERNAME_FIELD: query.removeprefix("@")})
        return users.filter(Q(pk__in=found) | exact).exclude(pk=actor.user_id)


def name_contains(query: str, *, path: str = "") -> Q:
    """Return the condition that the user at `path` has `query` in a name of his.

    An address as username must not be found by guessing parts of it.
    """
    model = get_user_model()
    condition = Q()
    for name in (model.USERNAME_FIELD, "first_name", "last_name"):
        if name != model.get_email_field_name() and has_column(model, name):
            condition |= Q(**{f"{path}{name}__icontains": query})
    # Without any such column the empty condition would match everybody.
    return condition or Q(**{f"{path}pk__in": []})


def directory() -> Directory:
    """Return the directory that the host has chosen."""
    chosen: Directory = strategy("DIRECTORY")
    return chosen


def people_of(actor: Actor) -> QuerySet[Any]:
    """Return the active users of the actor's tenant."""
    model = get_user_model()
    users: QuerySet[Any] = model._default_manager.all()
    if has_column(model, "is_active"):
        users = users.filter(is_active=True)
    return tenant_resolver().users(actor.tenant, users)


def has_column(model: type[models.Model], name: str) -> bool:
    """Does a model, which may be the host's, keep this in a column of its table?"""
    return any(field.name == name for field in model._meta.concrete_fields)


def find_person(actor: Actor, address: str) -> Any:
    """Return the user whom `actor` addresses by id, or by `@username`.

    Raises `unavailable` for everybody he may not write to, with one answer for all
    causes: unknown, not visible, of another tenant, deactivated, blocked.
    """
    return find_people(actor, [address])[0]


def find_people(actor: Actor, addresses: Sequence[str]) -> list[Any]:
    """Return the users addressed, all or none, each once.

    Three queries for any number. Raises `unavailable` with the addresses refused.
    """
    users = people_of(actor)
    ids, names = set(), set()
    for address in addresses:
        if address.startswith("@"):
            if is_storable(address):
                names.add(address[1:])
        elif (key := user_key(address)) is not None:
            ids.add(key)
    by_address: dict[str, Any] = {}
    if ids:
        visible = directory().visible(actor, users).values("pk")
        for user in users.filter(Q(pk__in=visible) | Q(pk=actor.user_id), pk__in=ids):
            by_address[str(user.pk)] = user
    if names:
        username = users.model.USERNAME_FIELD
        for user in users.filter(**{f"{username}__in": names}):
            by_address["@" + user.get_username()] = user
    found = {address: by_address.get(str(address)) for address in addresses}
    blocked = blocks_among(
        actor.tenant, {actor.user_id, *(u.pk for u in found.values() if u)}
    )
    refused = [
        address
        for address, user in found.items()
        if user is None
        or (actor.user_id, user.pk) in blocked
        or (user.pk, actor.user_id) in blocked
        or not policy().can_start(actor.user, user)
    ]
    if refused:
        raise ChatError("unavailable", detail={"user_ids": refused})
    unique = {user.pk: user for user in found.values() if user is not None}
    return list(unique.values())


def find_named(actor: Actor, user_ids: Collection[str]) -> list[Any]:
    """Return the users of the tenant whom the site itself has named by id.

    Deactivated ones too, and whether `actor` could find them or not. Raises
    `unavailable` with the ids of those who are no more.
    """
    model = get_user_model()
    users = tenant_resolver().users(actor.tenant, model._default_manager.all())
    found = {str(user.pk): user for user in users.filter(pk__in=user_keys(user_ids))}
    if gone := [user_id for user_id in user_ids if user_id not in found]:
        raise ChatError("unavailable", detail={"user_ids": sorted(gone)})
    return list(found.values())


def find_acquaintance(actor: Actor, address: str) -> Any:
    """Return somebody whom `actor` can see or once talked with, blocked or not.

    For blocking: a block by the other side must not show in the answer. Raises
    `unavailable`.
    """
    users = people_of(actor)
    if address.startswith("@"):
        name = address[1:] if is_storable(address) else ""
        condition = Q(**{users.model.USERNAME_FIELD: name})
    else:
        talked = users.filter(
            chat_participations__conversation__tenant=actor.tenant,
            chat_participations__conversation__participants__user=actor.user,
        )
        known = (
            Q(pk__in=directory().visible(actor, users).values("pk"))
            | Q(pk__in=talked.values("pk"))
            | Q(pk=actor.user_id)
        )
        condition = known & Q(pk=user_key(address))
    found = users.filter(condition).first()
    if found is None:
        raise ChatError("unavailable")
    return found


def find_blocked(actor: Actor, address: str) -> Any | None:
    """Return the user at `address` if `actor` has blocked him."""
    users = get_user_model()._default_manager.filter(
        chat_blocks_met__tenant=actor.tenant, chat_blocks_met__blocker=actor.user
    )
    if address.startswith("@"):
        name = address[1:] if is_storable(address) else ""
        return users.filter(**{users.model.USERNAME_FIELD: name}).first()
    key: Any = user_key(address)
    return users.filter(pk=key).first()
