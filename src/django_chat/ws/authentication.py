"""Who opens a socket: ticket, session cookie or token, and whether he still may.

An offered credential is final: a bad ticket is not saved by a good cookie, which may be
somebody else's.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import SplitResult, parse_qs, urlsplit

from django.conf import settings
from django.contrib.auth import (
    BACKEND_SESSION_KEY,
    HASH_SESSION_KEY,
    SESSION_KEY,
    get_user_model,
)
from django.http import parse_cookie
from django.utils.crypto import constant_time_compare

from django_chat.conf import chat_settings
from django_chat.connections.services import redeem_ticket, session_hash
from django_chat.exceptions import ChatError
from django_chat.tenancy.actor import Actor
from django_chat.tenancy.resolvers import scope_host, tenant_resolver
from django_chat.ws.sessions import live_sessions, read_session, session_user
from django_chat.ws.tokens import token_authenticator

__all__ = ["Login", "authenticate", "login_by_ticket", "login_by_token", "still_valid"]


@dataclass(frozen=True, slots=True)
class Login:
    """Who is on a socket and by what right, so that the right can be checked again."""

    actor: Actor
    session_key: str | None = None
    auth_hash: str = ""
    expires_at: datetime | None = None

    @property
    def session_hash(self) -> str:
        """What names the session in events."""
        return session_hash(self.session_key)


def authenticate(scope: Any) -> Login:
    """Return the login of a connecting socket; raise `not_authenticated` and the like."""
    query = parse_qs(scope.get("query_string", b"").decode("latin-1"))
    tickets = [
        offered.removeprefix("ticket.")
        for offered in scope.get("subprotocols", ())
        if offered.startswith("ticket.")
    ] + query.get("ticket", [])
    if tickets:
        return login_by_ticket(scope, tickets[0])
    tokens = query.get("token", [])
    if tokens and chat_settings.WS_TOKEN_IN_QUERY:
        return login_by_token(scope, tokens[0])
    return _login_by_cookie(scope)


def login_by_ticket(scope: Any, ticket: str) -> Login:
    """Return the login that a ticket stands for, at the host it was issued at."""
    redeemed = redeem_ticket(ticket)
    if tenant_resolver().for_scope(scope, redeemed.user) != redeemed.tenant:
        raise ChatError("ticket_invalid")
    actor = _admitted(redeemed.user, redeemed.tenant)
    return Login(
        actor, session_key=redeemed.session_key, auth_hash=_auth_hash(actor.user)
    )


def login_by_token(scope: Any, token: str) -> Login:
    """Return the login that a bearer token stands for, until it expires."""
    user, expires_at = token_authenticator().authenticate(token)
    return Login(
        _admitted(user, tenant_resolver().for_scope(scope, user)),
        auth_hash=_auth_hash(user),
        expires_at=expires_at,
    )


def _login_by_cookie(scope: Any) -> Login:
    cookie, origin = _header(scope, b"cookie"), _header(scope, b"origin")
    if not cookie or not _is_own_origin(scope, origin):
        # A page of another site may make a browser connect with our cookie.
        raise ChatError("not_authenticated")
    key = parse_cookie(cookie).get(settings.SESSION_COOKIE_NAME)
    if not key:
        raise ChatError("not_authenticated")
    session = read_session(key)
    try:
        user_key = session[SESSION_KEY]
        backend_path = session[BACKEND_SESSION_KEY]
    except KeyError:
        raise ChatError("not_authenticated") from None
    if backend_path not in settings.AUTHENTICATION_BACKENDS:
        raise ChatError("not_authenticated")
    user = session_user(backend_path, user_key)
    stored = session.get(HASH_SESSION_KEY, "")
    if user is None or not _hash_matches(user, stored):
        raise ChatError("not_authenticated")
    return Login(
        _admitted(user, tenant_resolver().for_scope(scope, user)),
        session_key=key,
        auth_hash=stored,
    )


def _admitted(user: Any, tenant: str | None) -> Actor:
    if (
        tenant is None
        or not user.is_active
        or not tenant_resolver().allows(user, tenant)
    ):
        raise ChatError("not_authenticated")
    return Actor(user, tenant)


def _auth_hash(user: Any) -> str:
    return (
        user.get_session_auth_hash() if hasattr(user, "get_session_auth_hash") else ""
    )


def _hash_matches(user: Any, stored: str) -> bool:
    """Is the session of this password? Old keys count, and the session is not written."""
    if not hasattr(user, "get_session_auth_hash"):
        return True
    valid = [user.get_session_auth_hash(), *user.get_session_auth_fallback_hash()]
    return any(bool(constant_time_compare(stored, found)) for found in valid)


def _header(scope: Any, name: bytes) -> str:
    for key, value in scope.get("headers", ()):
        if key == name:
            return str(value.decode("latin-1"))
    return ""


def _is_own_origin(scope: Any, origin: str) -> bool:
    """Does the page come from this host, or from one that the site trusts?

    The scheme is not compared with the socket's own: behind a proxy that ends TLS the
    server sees `ws`, and would refuse everybody.
    """
    if not origin or origin == "null":
        return False
    host = scope_host(scope)
    try:
        parts = urlsplit(origin)
    except ValueError:  # brackets that do not match
        return False
    is_web = parts.scheme in ("http", "https")
    if host is not None and is_web and parts.netloc.lower() == host.lower():
        return True
    trusted = (*chat_settings.ALLOWED_ORIGINS, *settings.CSRF_TRUSTED_ORIGINS)
    return any(_is_trusted(origin, parts, allowed) for allowed in trusted)


def _is_trusted(origin: str, parts: SplitResult, allowed: str) -> bool:
    if "*" not in allowed:
        return origin.lower() == allowed.lower().rstrip("/")
    wanted = urlsplit(allowed)
    suffix = wanted.netloc.removeprefix("*")
    return parts.scheme == wanted.scheme and parts.netloc.lower().endswith(suffix)


def still_valid(logins: Collection[Login]) -> list[bool]:
    """Say for each login whether its session and user are still good.

    Two queries for all sockets of a process with database sessions.
    """
    users = {
        user.pk: user
        for user in get_user_model()._default_manager.filter(
            pk__in={login.actor.user_id for login in logins}
        )
    }
    alive = live_sessions({login.session_key for login in logins if login.session_key})
    return [_is_valid(login, users.get(login.actor.user_id), alive) for login in logins]


def _is_valid(login: Login, user: Any | None, alive: set[str]) -> bool:
    if user is None or not user.is_active:
        return False
    if login.session_key is not None and login.session_key not in alive:
        return False
    return not login.auth_hash or _hash_matches(user, login.auth_hash)
