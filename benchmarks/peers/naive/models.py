"""Rooms that carry their newest message, and messages."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models

__all__ = ["Message", "Room"]


class Room(models.Model):
    """Some people and what they say."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    members = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="rooms")
    updated_at = models.DateTimeField(auto_now=True, db_index=True)
    last_message = models.TextField(blank=True)
    last_message_at = models.DateTimeField(null=True, db_index=True)

    def __str__(self) -> str:
        return str(self.pk)


class Message(models.Model):
    """What somebody said."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    room = models.ForeignKey(Room, models.CASCADE, related_name="messages")
    sender = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE)
    content = models.TextField()
    is_read = models.BooleanField(default=False)
    sent_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [
            models.Index(fields=["room", "-sent_at"]),
            models.Index(fields=["room", "is_read"]),
        ]

    def __str__(self) -> str:
        return self.content
