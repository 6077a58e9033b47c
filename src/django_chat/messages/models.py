"""What hangs on a message: reactions, mentions, earlier texts, and "not for me"."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from django_chat.timeline.fields import ExactCharField
from django_chat.timeline.models import Conversation, Message

__all__ = ["HiddenMessage", "Mention", "Reaction", "Revision"]


class Reaction(models.Model):
    """One person's emoji on one message."""

    message = models.ForeignKey(
        Message, models.CASCADE, related_name="reactions", db_index=False
    )
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    emoji = ExactCharField(max_length=64)
    created_at = models.DateTimeField()

    class Meta:
        app_label = "django_chat"
        constraints = [
            models.UniqueConstraint(
                fields=["message", "emoji", "user"], name="django_chat_reaction_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.emoji} by {self.user_id}"


class Mention(models.Model):
    """A person addressed by a message; `user` is null for @all."""

    conversation = models.ForeignKey(
        Conversation, models.CASCADE, related_name="+", db_index=False
    )
    message = models.ForeignKey(
        Message, models.CASCADE, related_name="mention_rows", db_index=False
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="+"
    )
    seq = models.PositiveBigIntegerField()

    class Meta:
        app_label = "django_chat"
        constraints = [
            models.UniqueConstraint(
                fields=["message", "user"], name="django_chat_mention_once"
            )
        ]
        indexes = [
            models.Index(fields=["conversation", "seq"], name="django_chat_mentions")
        ]

    def __str__(self) -> str:
        return f"{self.user_id or 'all'} in {self.message_id}"


class Revision(models.Model):
    """What a message said before an edit."""

    message = models.ForeignKey(
        Message, models.CASCADE, related_name="revisions", db_index=False
    )
    version = models.PositiveIntegerField()
    content = models.TextField()
    written_at = models.DateTimeField()

    class Meta:
        app_label = "django_chat"
        constraints = [
            models.UniqueConstraint(
                fields=["message", "version"], name="django_chat_revision_once"
            )
        ]

    def __str__(self) -> str:
        return f"version {self.version} of {self.message_id}"


class HiddenMessage(models.Model):
    """A message that one person has deleted for himself."""

    message = models.ForeignKey(
        Message, models.CASCADE, related_name="hidden_rows", db_index=False
    )
    conversation = models.ForeignKey(
        Conversation, models.CASCADE, related_name="+", db_index=False
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", db_index=False
    )
    seq = models.PositiveBigIntegerField()

    class Meta:
        app_label = "django_chat"
        constraints = [
            models.UniqueConstraint(
                fields=["user", "message"], name="django_chat_hidden_once"
            )
        ]
        indexes = [
            models.Index(
                fields=["user", "conversation", "seq"], name="django_chat_hidden"
            )
        ]

    def __str__(self) -> str:
        return f"{self.message_id} hidden from {self.user_id}"
