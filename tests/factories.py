"""People and conversations for tests, made through the doors that hosts use."""

from __future__ import annotations

from itertools import count
from typing import Any
from uuid import uuid4

from django.contrib.auth import get_user_model

from django_chat.groups.services.members import set_role
from django_chat.groups.services.opening import create_group, open_direct
from django_chat.messages.drafts import Draft
from django_chat.messages.sending import Sent, send_messages
from django_chat.messages.services import send_message
from django_chat.tenancy.actor import Actor
from django_chat.timeline.models import Conversation, Message, Participant

__all__ = [
    "actor",
    "direct",
    "draft",
    "fill",
    "group",
    "people",
    "person",
    "seat",
    "send",
]

_numbers = count(1)


def person(username: str | None = None, **fields: Any) -> Any:
    """Return a new user, who cannot log in until a test gives him a password."""
    name = username or f"person{next(_numbers)}"
    user = get_user_model()(username=name, **fields)
    user.set_unusable_password()
    user.save()
    return user


def people(*usernames: str) -> list[Any]:
    """Return new users, one for each name."""
    return [person(name) for name in usernames]


def actor(user: Any, tenant: str = "") -> Actor:
    """Return `user` as services take him."""
    return Actor(user, tenant)


def direct(one: Any, other: Any, *, tenant: str = "") -> Conversation:
    """Return the direct conversation of two users."""
    return open_direct(actor=Actor(one, tenant), target=other)[0]


def group(
    owner: Any,
    *members: Any,
    title: str = "Climbing",
    admins: tuple[Any, ...] = (),
    tenant: str = "",
) -> Conversation:
    """Return a group, made by `owner`, of any two or more others."""
    acting = Actor(owner, tenant)
    made, _ = create_group(actor=acting, title=title, members=[*admins, *members])
    for admin in admins:
        set_role(
            actor=acting, conversation_id=made.pk, user_id=str(admin.pk), role="admin"
        )
    made.refresh_from_db()
    return made


def draft(
    user: Any,
    conversation: Conversation,
    content: str = "Hello",
    *,
    tenant: str | None = None,
    **fields: Any,
) -> Draft:
    """Return a message that `user` wants to send, with a key of its own."""
    fields.setdefault("client_id", uuid4().hex)
    acting = Actor(user, conversation.tenant if tenant is None else tenant)
    return Draft(
        actor=acting, conversation_id=conversation.pk, content=content, **fields
    )


def send(
    user: Any, conversation: Conversation, content: str = "Hello", **fields: Any
) -> Message:
    """Send a message and return its row."""
    sent = send_message(draft(user, conversation, content, **fields))
    return sent.message or Message.objects.get(pk=sent.id)


def fill(conversation: Conversation, user: Any, amount: int) -> list[Message]:
    """Send `amount` messages at once, "1" to the last number, and return their rows."""
    outcomes = send_messages(
        [draft(user, conversation, str(n)) for n in range(1, amount + 1)]
    )
    assert all(isinstance(outcome, Sent) for outcome in outcomes), outcomes
    return [outcome.message for outcome in outcomes]  # type: ignore[misc]


def seat(user: Any, conversation: Conversation) -> Participant:
    """Return the membership of `user` as the database has it now."""
    return Participant.objects.get(user=user, conversation=conversation)
