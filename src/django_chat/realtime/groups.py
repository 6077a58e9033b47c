"""Group names: made here and nowhere else, so that no client can name one.

Layers take ASCII letters, digits, hyphens, underscores and periods, under 100
characters; tenants and user keys may be anything, so they are hashed in.
"""

from __future__ import annotations

from hashlib import blake2b

from django_chat.realtime.events import ConversationEvent, Event, PresenceEvent

__all__ = ["conversation_group", "group_of", "presence_group", "user_group"]


def _name(kind: str, tenant: str, key: str) -> str:
    # The length prefix keeps ("a", "bc") and ("ab", "c") apart.
    secret = f"{len(tenant)}:{tenant}:{key}".encode()
    return f"django_chat.{kind}.{blake2b(secret, digest_size=20).hexdigest()}"


def conversation_group(tenant: str, conversation_id: str) -> str:
    """Return the group of everybody who hears one conversation."""
    return _name("c", tenant, conversation_id)


def user_group(tenant: str, user_id: str) -> str:
    """Return the group of all connections of one user."""
    return _name("u", tenant, user_id)


def presence_group(tenant: str, user_id: str) -> str:
    """Return the group of those who watch whether one user is online."""
    return _name("p", tenant, user_id)


def group_of(event: Event) -> str:
    """Return the group that `event` goes to."""
    if isinstance(event, ConversationEvent):
        return conversation_group(event.tenant, event.conversation_id)
    if isinstance(event, PresenceEvent):
        return presence_group(event.tenant, event.user_id)
    return user_group(event.tenant, event.user_id)
