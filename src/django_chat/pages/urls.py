"""Addresses of the pages."""

from __future__ import annotations

from django.urls import path

from django_chat.pages.views import (
    conversations,
    details,
    groups,
    inbox,
    messages,
    opening,
    people,
)

__all__ = ["urlpatterns"]

_CONVERSATION = "<uuid:conversation_id>/"
_MESSAGE = "messages/<uuid:message_id>/"

urlpatterns = [
    path("", inbox.inbox, name="inbox"),
    path("new/", people.new_direct, name="new_direct"),
    path("new/group/", groups.new_group, name="new_group"),
    path("open/", opening.open_conversation, name="open"),
    path("blocked/", people.blocked, name="blocked"),
    path("block/", people.block, name="block"),
    path("unblock/", people.unblock, name="unblock"),
    path(_CONVERSATION, conversations.conversation, name="conversation"),
    path(f"{_CONVERSATION}details/", details.details, name="details"),
    path(f"{_CONVERSATION}rename/", details.rename, name="rename"),
    path(f"{_CONVERSATION}members/add/", details.add_members, name="add_members"),
    path(
        f"{_CONVERSATION}members/remove/", details.remove_member, name="remove_member"
    ),
    path(f"{_CONVERSATION}leave/", details.leave, name="leave"),
    path(f"{_CONVERSATION}archive/", details.archive, name="archive"),
    path(_MESSAGE, messages.message, name="message"),
    path(f"{_MESSAGE}edit/", messages.edit, name="edit"),
    path(f"{_MESSAGE}delete/", messages.delete, name="delete"),
    path(f"{_MESSAGE}reaction/", messages.reaction, name="reaction"),
]
