"""Reads: rows are reached only through the actor who asks."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Case, Count, F, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Coalesce, Greatest, Least

from django_chat.tenancy.actor import Actor

__all__ = ["ConversationQuerySet", "MessageQuerySet", "ParticipantQuerySet"]

UNREAD_CAP = 100
COUNTS_FROM = Greatest(F("read_seq"), F("hidden_before")) + 1
"""Of a membership: the lowest number that a message which is unread can have."""
SUBTRACTED = Greatest(
    F("conversation__ordinal") - F("read_ordinal"),
    Value(0),
    output_field=models.BigIntegerField(),
)
"""Of a membership without `unread_from_seq`: how many messages are unread."""


class ConversationQuerySet(models.QuerySet[Any]):
    """Conversations."""

    def visible_to(self, actor: Actor) -> ConversationQuerySet:
        """Return the conversations that `actor` is in, in his tenant."""
        return self.filter(
            tenant=actor.tenant,
            participants__user=actor.user,
            participants__left_at__isnull=True,
        )


class ParticipantQuerySet(models.QuerySet[Any]):
    """Memberships."""

    def active(self) -> ParticipantQuerySet:
        """Return the memberships of those who have not left."""
        return self.filter(left_at__isnull=True)

    def of(self, actor: Actor) -> ParticipantQuerySet:
        """Return the memberships that `actor` has in his tenant, left ones too."""
        return self.filter(user=actor.user, conversation__tenant=actor.tenant)

    def inbox_of(self, actor: Actor) -> ParticipantQuerySet:
        """Return `actor`'s conversations as he lists them: not those he deleted.

        A conversation deleted for oneself comes back with its next message.
        """
        return (
            self.of(actor)
            .active()
            .filter(Q(hidden_before=0) | Q(conversation__seq__gt=F("hidden_before")))
            .select_related("conversation")
        )

    def with_unread(self) -> ParticipantQuerySet:
        """Annotate `unread`: messages of others that the member has not read.

        The difference of two counters, except after "mark unread" or after messages of
        one's own that marked nothing: then those are counted, up to a cap.
        """
        from django_chat.timeline.models import Message  # it imports this module

        others = (
            Message.objects.filter(
                conversation=OuterRef("conversation"),
                seq__gte=OuterRef("unread_from_seq"),
                kind=Message.Kind.TEXT,
            )
            .exclude(sender=OuterRef("user"))
            .order_by()
            .values("conversation")
            .annotate(total=Count("id"))
            .values("total")
        )
        counted = Least(Coalesce(Subquery(others), Value(0)), Value(UNREAD_CAP))
        counted_rows: ParticipantQuerySet = self.annotate(
            unread=Case(
                When(unread_from_seq__isnull=False, then=counted),
                default=SUBTRACTED,
                output_field=models.BigIntegerField(),
            )
        )
        return counted_rows


class MessageQuerySet(models.QuerySet[Any]):
    """Messages."""

    def visible_to(self, actor: Actor) -> MessageQuerySet:
        """Return what `actor` may see: his conversations, from his horizon on."""
        return self.filter(
            conversation__tenant=actor.tenant,
            conversation__participants__user=actor.user,
            conversation__participants__left_at__isnull=True,
            conversation__participants__history_from_seq__lte=F("seq"),
            conversation__participants__hidden_before__lt=F("seq"),
        )
