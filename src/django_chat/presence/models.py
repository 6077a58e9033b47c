"""A lease says "he is here"; a status says what he wants others to see."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone

__all__ = ["PresenceLease", "UserStatus"]


class PresenceLease(models.Model):
    """One holder (a server process, or polling) vouches for one user until a time."""

    tenant = models.CharField(max_length=63, blank=True, default="")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    holder = models.CharField(max_length=32)
    is_away = models.BooleanField(default=False)
    renewed_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        app_label = "django_chat"
        constraints = [
            models.UniqueConstraint(
                fields=["holder", "tenant", "user"], name="django_chat_lease_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.user_id} until {self.expires_at}"


class UserStatus(models.Model):
    """What a user has chosen to show, and when he was last seen."""

    class Status(models.TextChoices):
        ONLINE = "online"
        AWAY = "away"
        DND = "dnd"
        INVISIBLE = "invisible"

    tenant = models.CharField(max_length=63, blank=True, default="")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="chat_statuses"
    )
    status = models.CharField(
        max_length=10, choices=Status.choices, default=Status.ONLINE
    )
    text = models.CharField(max_length=100, blank=True, default="")
    until = models.DateTimeField(null=True, blank=True)
    last_seen = models.DateTimeField(null=True, blank=True)

    class Meta:
        app_label = "django_chat"
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "user"], name="django_chat_status_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.status}"

    @property
    def is_invisible(self) -> bool:
        """Whether others must not notice that he is here."""
        expired = self.until is not None and self.until <= timezone.now()
        return self.status == self.Status.INVISIBLE and not expired
