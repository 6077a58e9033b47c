"""What the app does when the host's users change: log out, are edited, are deleted."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.signals import user_logged_out
from django.db.models.signals import post_save, pre_delete

from django_chat.connections.services import end_session, recheck_user
from django_chat.groups.services.members import forget_user

__all__ = ["connect"]


def connect() -> None:
    """Listen; called once, by the app's `ready()`."""
    user_model = get_user_model()
    user_logged_out.connect(_on_logout, dispatch_uid="django_chat.logout")
    post_save.connect(_on_save, sender=user_model, dispatch_uid="django_chat.save")
    pre_delete.connect(_on_delete, sender=user_model, dispatch_uid="django_chat.delete")


def _on_logout(*, request: Any, user: Any, **_: Any) -> None:
    if user is not None:
        session = getattr(request, "session", None)
        end_session(user, session.session_key if session is not None else None)


def _on_save(
    *, instance: Any, created: bool, update_fields: Any = None, **_: Any
) -> None:
    # Logging in saves `last_login` alone; that ends nobody's socket.
    decisive = update_fields is None or {"password", "is_active"} & set(update_fields)
    if decisive and not created:
        recheck_user(instance)


def _on_delete(*, instance: Any, **_: Any) -> None:
    recheck_user(instance)
    forget_user(instance)
