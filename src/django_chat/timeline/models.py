"""The four tables that everything stands on.

`seq` numbers the messages of a conversation, dense from 1. `rev` numbers every durable
change of it and is stamped on the row that changed. `ordinal` numbers only what can be
unread. `numbering.py` is the only writer of the three.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models

from django_chat.ids import new_id
from django_chat.timeline.fields import ExactCharField
from django_chat.timeline.querysets import (
    ConversationQuerySet,
    MessageQuerySet,
    ParticipantQuerySet,
)

__all__ = ["Conversation", "Message", "Participant", "ReadMark"]

TITLE_MAX = 255
CONTEXT_ID_MAX = 64
EXCERPT_MAX = 255


class Conversation(models.Model):
    """A timeline and the people who share it."""

    class Kind(models.TextChoices):
        DIRECT = "direct"
        GROUP = "group"

    class Status(models.TextChoices):
        OPEN = "open"
        READ_ONLY = "read_only"
        CLOSED = "closed"
        ARCHIVED = "archived"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant = models.CharField(max_length=63, blank=True, default="")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    status = models.CharField(
        max_length=10, choices=Status.choices, default=Status.OPEN
    )
    # One direct conversation per pair and tenant, by the database and not by a look-up.
    direct_key = ExactCharField(max_length=64, null=True, editable=False)
    title = models.CharField(max_length=TITLE_MAX, blank=True, default="")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        related_name="chat_conversations_created",
    )
    client_id = ExactCharField(max_length=64, null=True, editable=False)
    request_hash = models.CharField(
        max_length=32, blank=True, default="", editable=False
    )
    created_at = models.DateTimeField()
    member_count = models.PositiveIntegerField(default=0)

    # The object of the host's site that this is about. No generic relation: the
    # object may be gone, and what it is called is asked for a whole page at once.
    context_type = models.ForeignKey(
        "contenttypes.ContentType",
        models.SET_NULL,
        null=True,
        editable=False,
        related_name="+",
        db_index=False,
    )
    context_id = ExactCharField(
        max_length=CONTEXT_ID_MAX, blank=True, default="", editable=False
    )
    # One conversation about an object for those who began it; see `direct_key`.
    context_key = ExactCharField(max_length=64, null=True, editable=False)

    seq = models.PositiveBigIntegerField(default=0)
    rev = models.PositiveBigIntegerField(default=0)
    ordinal = models.PositiveBigIntegerField(default=0)
    meta_rev = models.PositiveBigIntegerField(default=0)

    last_activity = models.DateTimeField()
    # The newest message once more, so that an inbox page needs no join for it.
    last_message_id = models.UUIDField(null=True, editable=False)
    last_message_at = models.DateTimeField(null=True, editable=False)
    last_sender = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        editable=False,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )
    last_kind = models.CharField(max_length=10, blank=True, default="", editable=False)
    last_excerpt = models.CharField(
        max_length=EXCERPT_MAX, blank=True, default="", editable=False
    )

    objects = ConversationQuerySet.as_manager()

    class Meta:
        app_label = "django_chat"
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "direct_key"], name="django_chat_direct_once"
            ),
            models.UniqueConstraint(
                fields=["tenant", "context_key"], name="django_chat_context_once"
            ),
            models.UniqueConstraint(
                fields=["created_by", "client_id"], name="django_chat_group_once"
            ),
            models.CheckConstraint(
                condition=models.Q(
                    ordinal__lte=models.F("seq"), seq__lte=models.F("rev")
                ),
                name="django_chat_numbers_agree",
            ),
        ]
        # None on what every message changes: PostgreSQL then updates the row in place,
        # and not its entry in each of the indexes.
        indexes = [
            models.Index(
                fields=["context_type", "context_id"], name="django_chat_by_context"
            ),
        ]

    def __str__(self) -> str:
        return self.title or f"{self.kind} {self.pk}"

    @property
    def is_group(self) -> bool:
        """Whether this is a group rather than a direct conversation."""
        return self.kind == self.Kind.GROUP


class Participant(models.Model):
    """One person's place in one conversation; the row stays after leaving."""

    class Role(models.TextChoices):
        OWNER = "owner"
        ADMIN = "admin"
        MEMBER = "member"

    conversation = models.ForeignKey(
        Conversation, models.CASCADE, related_name="participants"
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="chat_participations"
    )
    role = models.CharField(max_length=10, choices=Role.choices, default=Role.MEMBER)
    joined_at = models.DateTimeField()
    joined_seq = models.PositiveBigIntegerField(default=0)
    left_at = models.DateTimeField(null=True, blank=True)
    # Messages below this number are not this member's to see.
    history_from_seq = models.PositiveBigIntegerField(default=1)
    # "Delete for me": messages up to this number are hidden from this member.
    hidden_before = models.PositiveBigIntegerField(default=0)

    read_seq = models.PositiveBigIntegerField(default=0)
    read_ordinal = models.PositiveBigIntegerField(default=0)
    delivered_seq = models.PositiveBigIntegerField(default=0)
    # Set by "mark unread": private, and cleared by the next read.
    unread_from_seq = models.PositiveBigIntegerField(null=True, blank=True)
    marked_unread = models.BooleanField(default=False)
    pinned = models.BooleanField(default=False)
    archived_by_me = models.BooleanField(default=False)

    objects = ParticipantQuerySet.as_manager()

    class Meta:
        app_label = "django_chat"
        constraints = [
            models.UniqueConstraint(
                fields=["conversation", "user"], name="django_chat_participant_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.user_id} in {self.conversation_id}"

    @property
    def visible_from(self) -> int:
        """The lowest `seq` this member may see."""
        return max(self.history_from_seq, self.hidden_before + 1)

    @property
    def counts_from(self) -> int:
        """The lowest `seq` that a message this member has not read can have."""
        return max(self.read_seq, self.hidden_before) + 1


class Message(models.Model):
    """One entry of a timeline. A deleted one stays, empty, so that `seq` stays dense."""

    class Kind(models.TextChoices):
        TEXT = "text"
        SYSTEM = "system"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    conversation = models.ForeignKey(
        Conversation, models.CASCADE, related_name="messages", db_index=False
    )
    seq = models.PositiveBigIntegerField()
    rev = models.PositiveBigIntegerField()
    created_rev = models.PositiveBigIntegerField()
    ordinal = models.PositiveBigIntegerField()
    version = models.PositiveIntegerField(default=1)
    # Erasing a user never erases what others read.
    sender = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        related_name="chat_messages",
        db_index=False,
    )
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.TEXT)
    content = models.TextField(blank=True, default="")
    reply_to = models.ForeignKey(
        "self", models.SET_NULL, null=True, related_name="replies"
    )
    # Decided once, at sending: the target is older than what some member may see.
    reply_cut = models.BooleanField(default=False)
    mentions = models.JSONField(default=list)
    system = models.JSONField(null=True)
    extra = models.JSONField(default=dict)
    client_id = ExactCharField(max_length=64, null=True, editable=False)
    request_hash = models.CharField(
        max_length=32, blank=True, default="", editable=False
    )
    created_at = models.DateTimeField()
    edited_at = models.DateTimeField(null=True)
    deleted_at = models.DateTimeField(null=True)
    deleted_by = models.CharField(max_length=10, blank=True, default="")

    objects = MessageQuerySet.as_manager()

    class Meta:
        app_label = "django_chat"
        constraints = [
            models.UniqueConstraint(
                fields=["conversation", "seq"], name="django_chat_seq_once"
            ),
            models.UniqueConstraint(
                fields=["sender", "client_id"], name="django_chat_send_once"
            ),
        ]
        indexes = [
            models.Index(fields=["conversation", "rev"], name="django_chat_by_rev")
        ]

    def __str__(self) -> str:
        return f"#{self.seq} of {self.conversation_id}"


class ReadMark(models.Model):
    """A move of somebody's read watermark: who had read up to where, since when.

    "When did she read message 12?" is the first mark at or above 12. The table grows
    with reading, not with messages times members.
    """

    conversation = models.ForeignKey(
        Conversation, models.CASCADE, related_name="read_marks", db_index=False
    )
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    seq = models.PositiveBigIntegerField()
    read_at = models.DateTimeField()

    class Meta:
        app_label = "django_chat"
        constraints = [
            models.UniqueConstraint(
                fields=["conversation", "user", "seq"], name="django_chat_read_once"
            )
        ]
        indexes = [
            models.Index(fields=["conversation", "read_at"], name="django_chat_marks")
        ]

    def __str__(self) -> str:
        return f"{self.user_id} read {self.conversation_id} up to {self.seq}"
