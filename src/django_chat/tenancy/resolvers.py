"""Tenant resolvers: swappable by `DJANGO_CHAT["TENANT_RESOLVER"]`.

A tenant is a short text, at most 63 characters, stored on every root row and part of
every unique key, group name and cache key. It is always an explicit value: a tenant
kept in a thread or task local would leak between the sockets of one process.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.exceptions import ImproperlyConfigured
from django.db.models import QuerySet
from django.http.request import validate_host

from django_chat.conf import strategy

__all__ = [
    "HostTenants",
    "SingleTenant",
    "TenantResolver",
    "UserAttributeTenants",
    "tenant_resolver",
]


TENANT_MAX = 63


class TenantResolver:
    """Base of all resolvers: override `for_host` or `for_user`, and `users`."""

    def for_request(self, request: Any) -> str:
        """Return the tenant of an HTTP request whose user is authenticated."""
        return self.resolve(user=request.user, host=request.get_host())

    def for_scope(self, scope: Any, user: Any) -> str | None:
        """Return the tenant of a WebSocket, or None when its host names none."""
        host = scope_host(scope)
        return self.resolve(user=user, host=host) if host else None

    def resolve(self, *, user: Any, host: str) -> str:
        """Return the tenant for this user at this host; raise nothing."""
        raise NotImplementedError

    def for_user(self, user: Any) -> str:
        """Return the tenant that host code acts in when it names only a user."""
        raise NotImplementedError

    def allows(self, user: Any, tenant: str) -> bool:
        """Is `user` one of the people of `tenant`?"""
        return self.users(
            tenant, get_user_model()._default_manager.filter(pk=user.pk)
        ).exists()

    def users(self, tenant: str, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Narrow `queryset` of users to those who belong to `tenant`."""
        raise NotImplementedError


class SingleTenant(TenantResolver):
    """Everybody is in the one tenant `""`."""

    def resolve(self, *, user: Any, host: str) -> str:
        return ""

    def for_user(self, user: Any) -> str:
        return ""

    def allows(self, user: Any, tenant: str) -> bool:
        return tenant == ""

    def users(self, tenant: str, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset


class HostTenants(TenantResolver):
    """The tenant is the host name of the request, without its port.

    Every user may act at every host; override `users` where accounts belong to one.
    Host code has no request, so it names the tenant: `for_user` returns `""`.
    """

    def resolve(self, *, user: Any, host: str) -> str:
        return _short(bare_host(host).strip(".").lower())

    def for_user(self, user: Any) -> str:
        return ""

    def users(self, tenant: str, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset


class UserAttributeTenants(TenantResolver):
    """The tenant is an attribute of the user: subclass and name it.

    `attribute` is a field path as in a filter (`"company_id"`, `"profile__org"`), so
    the same name serves for reading one user and for finding all.
    """

    attribute = "tenant"

    def resolve(self, *, user: Any, host: str) -> str:
        return self.for_user(user)

    def for_user(self, user: Any) -> str:
        value = user
        for name in self.attribute.split("__"):
            value = getattr(value, name, None)
        tenant = "" if value is None else str(value)
        if len(tenant) > TENANT_MAX:
            # Cut, it might be the name of another.
            raise ImproperlyConfigured(f"A tenant has at most {TENANT_MAX} characters.")
        return tenant

    def allows(self, user: Any, tenant: str) -> bool:
        return self.for_user(user) == tenant

    def users(self, tenant: str, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if tenant == "":
            return queryset.filter(**{f"{self.attribute}__isnull": True})
        return queryset.filter(**{self.attribute: tenant})


def scope_host(scope: Any) -> str | None:
    """Return the Host header of an ASGI scope when Django would accept it."""
    for name, value in scope.get("headers", ()):
        if name == b"host":
            host: str = value.decode("latin-1")
            allowed = settings.ALLOWED_HOSTS
            if settings.DEBUG and not allowed:
                allowed = [".localhost", "127.0.0.1", "[::1]"]
            # `Request.get_host` does the same; a socket must not skip that check.
            return host if validate_host(bare_host(host).lower(), allowed) else None
    return None


def bare_host(host: str) -> str:
    """Return `host` without its port."""
    return host if host.endswith("]") else host.rsplit(":", 1)[0]


def _short(name: str) -> str:
    """Return `name`, or what stands for it where it is too long for the column."""
    if len(name) <= TENANT_MAX:
        return name
    return f"{name[:30]}-{blake2b(name.encode(), digest_size=16).hexdigest()}"


def tenant_resolver() -> TenantResolver:
    """Return the resolver that the host has chosen."""
    resolver: TenantResolver = strategy("TENANT_RESOLVER")
    return resolver
