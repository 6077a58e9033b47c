"""Reads of what hangs on messages, for many messages at once."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from uuid import UUID

from django_chat.kept_queries import KeptQuery, Question
from django_chat.messages.models import HiddenMessage, Reaction
from django_chat.tenancy.actor import Actor

__all__ = [
    "asking_hidden",
    "hidden_among",
    "reaction_payloads",
    "reactions_by",
    "reactions_for_reader",
    "reactions_of",
    "reactors_by_emoji",
]

_SHOWN_USERS = 10
Payload = dict[str, Any]


_REACTIONS = KeptQuery(
    lambda given: (
        Reaction.objects.filter(given.among("message", "messages"))
        .order_by("pk")
        .values_list("message_id", "emoji", "user_id")
    )
)


def reactors_by_emoji(
    message_ids: Collection[UUID],
) -> dict[UUID, dict[str, list[str]]]:
    """Return, per message and emoji in order of arrival, the ids of who reacted."""
    found: dict[UUID, dict[str, list[str]]] = {}
    rows = _REACTIONS.rows(Reaction.objects.db, messages=message_ids)
    for message_id, emoji, user_id in rows:
        found.setdefault(message_id, {}).setdefault(emoji, []).append(str(user_id))
    return found


def reactions_of(message_ids: Collection[UUID]) -> dict[UUID, list[Payload]]:
    """Return the neutral `reactions` of each message that has any."""
    return {
        message_id: reaction_payloads(by_emoji)
        for message_id, by_emoji in reactors_by_emoji(message_ids).items()
    }


def reaction_payloads(by_emoji: dict[str, list[str]]) -> list[Payload]:
    """Return counts with the first few people, as broadcast frames carry them."""
    return [
        {"emoji": emoji, "count": len(users), "user_ids": users[:_SHOWN_USERS]}
        for emoji, users in by_emoji.items()
    ]


def reactions_for_reader(
    by_emoji: dict[str, list[str]], reader_id: str
) -> list[Payload]:
    """Return the same with `me`: whether the reader is among them."""
    reactions = reaction_payloads(by_emoji)
    for reaction in reactions:
        reaction["me"] = reader_id in by_emoji[reaction["emoji"]]
    return reactions


def reactions_by(actor: Actor, message_ids: Collection[UUID]) -> set[tuple[str, str]]:
    """Return message id and emoji of each of `actor`'s reactions to the messages."""
    rows = Reaction.objects.filter(user=actor.user, message__in=message_ids)
    return {(str(pk), emoji) for pk, emoji in rows.values_list("message_id", "emoji")}


def hidden_among(actor: Actor, message_ids: Collection[UUID]) -> set[str]:
    """Return which of the messages `actor` has deleted for himself."""
    rows = HiddenMessage.objects.filter(user=actor.user, message__in=message_ids)
    return {str(pk) for pk in rows.values_list("message_id", flat=True)}


_HIDDEN_MAX = 200
_HIDDEN = KeptQuery(
    lambda given: (
        HiddenMessage.objects.filter(
            given.among("user", "users"), given.among("conversation", "conversations")
        )
        .order_by("-seq")
        .values_list("message_id", flat=True)[:_HIDDEN_MAX]
    )
)


def asking_hidden(actor: Actor, conversation_id: UUID) -> Question:
    """Return the question for what `actor` has deleted for himself, newest first."""
    return _HIDDEN.ask(users=[actor.user_id], conversations=[conversation_id])
