"""The app, and its wiring."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

__all__ = ["ChatConfig"]


class ChatConfig(AppConfig):
    """`INSTALLED_APPS = [..., "django_chat"]`."""

    name = "django_chat"
    verbose_name = _("Chat")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from django_chat import checks, receivers

        checks.register()
        receivers.connect()
