"""The Django admin: for looking, not for writing.

A row changed here would miss its number, its event and its rules; use the services.
Messages are listed without their text: staff who may run a site need not read it. What
goes with a user when he is deleted is not registered: a model without the right to
delete would keep the admin from deleting the user.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin

from django_chat.models import Conversation, Message, Participant

__all__ = ["ConversationAdmin", "MessageAdmin"]

if TYPE_CHECKING:
    _Inline = admin.TabularInline[Participant, Conversation]
    _ConversationAdmin = admin.ModelAdmin[Conversation]
    _MessageAdmin = admin.ModelAdmin[Message]
else:
    _Inline = admin.TabularInline
    _ConversationAdmin = _MessageAdmin = admin.ModelAdmin


class _ReadOnly:
    """Lets staff view, and nobody add, change or delete."""

    def has_add_permission(self, request: Any, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: Any, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: Any, obj: Any = None) -> bool:
        return False


class ParticipantInline(_ReadOnly, _Inline):
    """Who is, and was, in a conversation."""

    model = Participant
    fields = ("user", "role", "joined_at", "left_at", "read_seq")
    extra = 0


@admin.register(Conversation)
class ConversationAdmin(_ReadOnly, _ConversationAdmin):
    """Conversations with their members and numbers."""

    list_display = ("__str__", "tenant", "kind", "status", "member_count", "seq")
    list_filter = ("kind", "status", "tenant")
    search_fields = ("title", "=id")
    date_hierarchy = "created_at"
    exclude = ("last_excerpt", "direct_key", "client_id", "request_hash")
    inlines = (ParticipantInline,)


@admin.register(Message)
class MessageAdmin(_ReadOnly, _MessageAdmin):
    """Messages: who wrote when, not what."""

    list_display = ("__str__", "sender", "kind", "created_at", "deleted_at")
    list_filter = ("kind", "deleted_by")
    list_select_related = ("sender",)
    search_fields = ("=id", "=conversation__id")
    fields = (
        "id",
        "conversation",
        "seq",
        "sender",
        "kind",
        "created_at",
        "edited_at",
        "deleted_at",
        "deleted_by",
    )
