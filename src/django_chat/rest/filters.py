"""How the list of conversations is narrowed."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import Q, QuerySet

from django_chat.feed.inbox import named
from django_chat.timeline.models import Conversation

__all__ = ["ConversationFilter"]


class ConversationFilter(django_filters.FilterSet):
    """Narrows rows of `feed.inbox.inbox`."""

    kind = django_filters.ChoiceFilter(
        field_name="conversation__kind", choices=Conversation.Kind.choices
    )
    archived = django_filters.BooleanFilter(field_name="archived_by_me")
    unread = django_filters.BooleanFilter(method="filter_unread")
    search = django_filters.CharFilter(method="filter_search")

    def filter_unread(
        self, rows: QuerySet[Any], name: str, value: bool
    ) -> QuerySet[Any]:
        """Keep what has unread messages or is marked unread, or what has neither."""
        is_unread = Q(unread__gt=0) | Q(marked_unread=True)
        return rows.filter(is_unread) if value else rows.exclude(is_unread)

    def filter_search(
        self, rows: QuerySet[Any], name: str, value: str
    ) -> QuerySet[Any]:
        """Keep titles and members' names that contain the text."""
        found: QuerySet[Any] = named(rows, value)
        return found
