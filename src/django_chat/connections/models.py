"""The ticket: opens one socket, once, within seconds."""

from __future__ import annotations

from django.conf import settings
from django.db import models

__all__ = ["WsTicket"]


class WsTicket(models.Model):
    """Only the hash is stored: whoever reads the table can open no socket.

    The session that asked for it is noted, so that its end ends the socket too.
    """

    digest = models.CharField(max_length=64, primary_key=True)
    tenant = models.CharField(max_length=63, blank=True, default="")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    session_key = models.CharField(max_length=64, blank=True, default="")
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        app_label = "django_chat"

    def __str__(self) -> str:
        return f"ticket of {self.user_id}"
