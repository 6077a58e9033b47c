"""How a user is shown to others: swappable by `DJANGO_CHAT["USER_PRESENTER"]`."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from django_chat.conf import strategy

__all__ = ["UserPresenter", "presenter"]

_GONE = _("Deleted user")


class UserPresenter:
    """Shows the full name, else the username; never an e-mail address."""

    def name(self, user: Any) -> str:
        """Return the name that others read; `user` is None for somebody erased."""
        if user is None:
            return str(_GONE)
        full_name = getattr(user, "get_full_name", str)()
        return full_name.strip() or self.username(user) or f"#{user.pk}"

    def username(self, user: Any) -> str:
        """Return the name that others can type, or `""` when that is an address."""
        username = str(user.get_username())
        # With e-mail as USERNAME_FIELD the username is private.
        is_address = user.get_email_field_name() == user.USERNAME_FIELD
        return "" if is_address or "@" in username else username

    def avatar_url(self, user: Any) -> str | None:
        """Return the address of the user's picture, or None for initials."""
        return None

    def card(self, user: Any) -> dict[str, Any]:
        """Return the few facts that lists of people show."""
        return {
            "id": str(user.pk),
            "name": self.name(user),
            "username": self.username(user),
            "avatar_url": self.avatar_url(user),
        }


def presenter() -> UserPresenter:
    """Return the presenter that the host has chosen."""
    shown: UserPresenter = strategy("USER_PRESENTER")
    return shown
