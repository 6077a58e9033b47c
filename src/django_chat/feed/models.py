"""The epoch: tells clients that the numbers they remember are of another life."""

from __future__ import annotations

from django.db import models

from django_chat.ids import new_id

__all__ = ["Epoch"]


class Epoch(models.Model):
    """One row. Its value changes when a database is restored from a backup."""

    value = models.UUIDField(default=new_id)

    class Meta:
        app_label = "django_chat"

    def __str__(self) -> str:
        return str(self.value)
