"""Block: one person wants nothing from another."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from django_chat.people.querysets import BlockQuerySet

__all__ = ["Block"]


class Block(models.Model):
    """`blocker` has blocked `blocked` in one tenant. The blocked side is never told."""

    tenant = models.CharField(max_length=63, blank=True, default="")
    blocker = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="chat_blocks_made"
    )
    blocked = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="chat_blocks_met"
    )
    created_at = models.DateTimeField()

    objects = BlockQuerySet.as_manager()

    class Meta:
        app_label = "django_chat"
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "blocker", "blocked"], name="django_chat_block_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.blocker_id} blocks {self.blocked_id}"
