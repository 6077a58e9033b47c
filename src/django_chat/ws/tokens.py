"""Bearer tokens on sockets: swappable by `DJANGO_CHAT["TOKEN_AUTHENTICATOR"]`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.core.exceptions import ImproperlyConfigured

from django_chat.conf import strategy
from django_chat.exceptions import ChatError

__all__ = ["SimpleJWTAuthenticator", "TokenAuthenticator", "token_authenticator"]


class TokenAuthenticator:
    """Base: turn a token into a user and the time it ends."""

    def authenticate(self, token: str) -> tuple[Any, datetime | None]:
        """Return the user and the expiry (None: never); raise `ticket_invalid`."""
        raise NotImplementedError


class SimpleJWTAuthenticator(TokenAuthenticator):
    """Access tokens of djangorestframework-simplejwt, the `jwt` extra."""

    def authenticate(self, token: str) -> tuple[Any, datetime | None]:
        try:
            from rest_framework_simplejwt.authentication import JWTAuthentication
            from rest_framework_simplejwt.exceptions import (
                AuthenticationFailed,
                TokenError,
            )
        except ImportError as error:
            raise ImproperlyConfigured(
                'Tokens on sockets need: pip install "django-chat-app[jwt]"'
            ) from error
        backend = JWTAuthentication()
        try:
            valid = backend.get_validated_token(token.encode(errors="replace"))
            user = backend.get_user(valid)
        except (AuthenticationFailed, TokenError) as error:
            raise ChatError("ticket_invalid") from error
        return user, datetime.fromtimestamp(valid["exp"], UTC)


def token_authenticator() -> TokenAuthenticator:
    """Return the authenticator that the host has chosen."""
    chosen: TokenAuthenticator = strategy("TOKEN_AUTHENTICATOR")
    return chosen
