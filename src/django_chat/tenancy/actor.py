"""The actor: a user in a tenant. Services take one; they never see a request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib.auth import get_user_model

from django_chat.exceptions import ChatError
from django_chat.kept_queries import Given
from django_chat.tenancy.resolvers import tenant_resolver

__all__ = ["Actor", "actor_for", "asked_by", "whoever"]


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something, and in which tenant (`""` where there is only one)."""

    user: Any
    tenant: str = ""

    @property
    def user_id(self) -> Any:
        """The primary key of the user, of the host's type."""
        return self.user.pk

    @property
    def id(self) -> str:
        """The user's id as it travels: always a string."""
        return str(self.user.pk)


def whoever(given: Given) -> Actor:
    """Return an actor to build a kept query with, who is told when it is asked."""
    return Actor(given.one("user"), given.one("tenant"))


def asked_by(actor: Actor) -> dict[str, Any]:
    """Return the values by which a kept query is told who `whoever` is."""
    return {"user": actor.user_id, "tenant": actor.tenant}


def actor_for(user: Any, *, tenant: str | None = None) -> Actor:
    """Return `user` as an actor; without `tenant` the resolver is asked.

    Raises `not_authenticated` for anonymous and inactive users.
    """
    if not isinstance(user, get_user_model()) or not user.is_active:
        raise ChatError("not_authenticated")
    if tenant is None:
        tenant = tenant_resolver().for_user(user)
    return Actor(user, tenant)
