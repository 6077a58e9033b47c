"""Addresses of the API; a host may mount them in several places."""

from __future__ import annotations

from importlib.util import find_spec
from uuid import UUID

from django.urls import path, register_converter

from django_chat.ids import parse_uuid
from django_chat.rest import (
    conversations,
    health,
    messages,
    participants,
    people,
    presence,
    reactions,
    receipts,
    server,
    sync,
)

__all__ = ["app_name", "urlpatterns"]


class _IdConverter:
    """Any text is an id; one that is no UUID becomes the UUID that nothing has.

    So it is answered as every unknown id is, and not by the host's page for "not found".
    """

    regex = "[^/]+"

    def to_python(self, value: str) -> UUID:
        return parse_uuid(value) or UUID(int=0)

    def to_url(self, value: object) -> str:
        return str(value)


register_converter(_IdConverter, "django_chat_id")

_CONVERSATION = "conversations/<django_chat_id:conversation_id>/"
_MESSAGE = "messages/<django_chat_id:message_id>/"

app_name = "django_chat_api"
urlpatterns = [
    path("conversations/", conversations.Conversations.as_view(), name="conversations"),
    path(_CONVERSATION, conversations.Conversation.as_view(), name="conversation"),
    path(f"{_CONVERSATION}mark_read/", receipts.MarkRead.as_view(), name="mark_read"),
    path(
        f"{_CONVERSATION}mark_unread/",
        receipts.MarkUnread.as_view(),
        name="mark_unread",
    ),
    path(f"{_CONVERSATION}delivered/", receipts.Delivered.as_view(), name="delivered"),
    path(f"{_CONVERSATION}typing/", presence.Typing.as_view(), name="typing"),
    path(
        f"{_CONVERSATION}participants/",
        participants.Participants.as_view(),
        name="participants",
    ),
    path(
        f"{_CONVERSATION}participants/<str:user_id>/",
        participants.Participant.as_view(),
        name="participant",
    ),
    path(
        f"{_CONVERSATION}add_participants/",
        participants.AddParticipants.as_view(),
        name="add_participants",
    ),
    path(
        f"{_CONVERSATION}remove_participant/",
        participants.RemoveParticipant.as_view(),
        name="remove_participant",
    ),
    path(f"{_CONVERSATION}leave/", participants.Leave.as_view(), name="leave"),
    path(
        f"{_CONVERSATION}messages/",
        messages.ConversationMessages.as_view(),
        name="conversation_messages",
    ),
    path(f"{_CONVERSATION}changes/", sync.Changes.as_view(), name="changes"),
    path("messages/", messages.Messages.as_view(), name="messages"),
    path(_MESSAGE, messages.Message.as_view(), name="message"),
    path(f"{_MESSAGE}revisions/", messages.Revisions.as_view(), name="revisions"),
    path(f"{_MESSAGE}receipts/", receipts.Receipts.as_view(), name="receipts"),
    path(f"{_MESSAGE}reactions/", reactions.Reactions.as_view(), name="reactions"),
    path(
        f"{_MESSAGE}reactions/<str:emoji>/",
        reactions.Reaction.as_view(),
        name="reaction",
    ),
    path("users/", people.Users.as_view(), name="users"),
    path("blocked/", people.Blocked.as_view(), name="blocked"),
    path("blocked/block/", people.Block.as_view(), name="block"),
    path("blocked/check/", people.CheckBlocked.as_view(), name="check_blocked"),
    path("blocked/unblock/", people.Unblock.as_view(), name="unblock"),
    path("blocked/<str:user_id>/", people.BlockedUser.as_view(), name="blocked_user"),
    path("status/me/", presence.OwnStatus.as_view(), name="own_status"),
    path(
        "status/update_status/", presence.UpdateStatus.as_view(), name="update_status"
    ),
    path(
        "status/contact_statuses/",
        presence.ContactStatuses.as_view(),
        name="contact_statuses",
    ),
    path("sync/", sync.Sync.as_view(), name="sync"),
    path("ws-ticket/", server.Ticket.as_view(), name="ws_ticket"),
    path("config/", server.Config.as_view(), name="config"),
    path("health/", health.Ready.as_view(), name="health"),
    path("health/live/", health.Live.as_view(), name="health_live"),
    path("health/ready/", health.Ready.as_view(), name="health_ready"),
]

if find_spec("drf_spectacular"):
    from django_chat.rest.openapi import Schema

    urlpatterns.append(path("schema/", Schema.as_view(), name="schema"))
