"""Turning the story into rows, through the chat's own services."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, time, timedelta
from itertools import count
from typing import Any

from django.contrib.auth import get_user_model
from django.db import transaction
from django.utils import timezone

from django_chat import api
from django_chat.importing.services import Entry, import_archive, import_messages
from django_chat.models import Conversation, Message
from shop import story
from shop.models import Order, Product

__all__ = ["PASSWORD", "is_empty", "seed"]

PASSWORD = "chat-demo"  # noqa: S105


def is_empty() -> bool:
    """Has nobody come to the shop yet?"""
    return not get_user_model().objects.exists()


@transaction.atomic
def seed() -> None:
    """Fill the shop with people, products, orders and what they talked about."""
    people = _people()
    _products(people)
    now = timezone.localtime()
    places: dict[tuple[str, str], Conversation] = {}
    for talk in story.DIRECTS:
        one, other = talk.people
        direct = api.open_direct(people[one], people[other])
        places[one, other] = places[other, one] = direct
        _tell(people, direct, talk.lines, now)
    for talk in story.GROUPS:
        group = _found_group(talk, now)
        for person in talk.people:
            places[person, talk.title] = group
        _tell(people, group, talk.lines[1:], now, first=talk.lines[0])
    _go_on(people, places)


def _people() -> dict[str, Any]:
    model = get_user_model()
    people = {}
    for username, (first_name, last_name) in story.PEOPLE.items():
        people[username] = model.objects.create_user(
            username, password=PASSWORD, first_name=first_name, last_name=last_name
        )
    keeper = people["ana"]
    keeper.is_staff = keeper.is_superuser = True
    keeper.save()
    return people


def _products(people: dict[str, Any]) -> None:
    products = {
        item.name: Product.objects.create(
            **{**item._asdict(), "seller": people[item.seller]}
        )
        for item in story.PRODUCTS
    }
    for name, buyer, quantity, days, status in story.ORDERS:
        Order.objects.create(
            product=products[name],
            buyer=people[buyer],
            seller=products[name].seller,
            quantity=quantity,
            status=status,
            placed_at=timezone.now() - timedelta(days=days),
        )


def _found_group(talk: story.Talk, now: datetime) -> Conversation:
    """Let a group begin with its first line; the others join as they speak."""
    line = talk.lines[0]
    record = {
        "conversation": talk.title,
        "user": line.who,
        "timestamp": _moment(line, now).isoformat(),
        "text": line.text,
    }
    import_archive([json.dumps(record)])
    return Conversation.objects.get(title=talk.title)


def _tell(
    people: dict[str, Any],
    conversation: Conversation,
    lines: list[story.Line],
    now: datetime,
    *,
    first: story.Line | None = None,
) -> None:
    """Append past lines, each with its answers, reactions and deletion."""
    said: dict[str, Message] = {}
    if first is not None:
        said[first.name] = Message.objects.get(conversation=conversation, seq=1)
    reacted = []
    for line, key in zip(lines, _keys(conversation), strict=False):
        answered = said[line.answers] if line.answers else None
        (sent,) = import_messages(
            entries=[
                Entry(
                    conversation_id=conversation.pk,
                    author=people[line.who],
                    content=line.text,
                    created_at=_moment(line, now),
                    client_id=key,
                    reply_to=answered.pk if answered else None,
                )
            ]
        )
        if isinstance(sent, api.ChatError):
            raise sent
        message = Message.objects.get(pk=sent.id)
        said[line.name] = message
        reacted.append((line, message))
    # Afterwards: who reacts to the first lines of a group may speak in it only later.
    for line, message in reacted:
        for emoji, who in line.reactions.items():
            for person in who:
                api.react(people[person], message, emoji)
        if line.deleted:
            api.delete_message(people[line.who], message)


def _keys(conversation: Conversation) -> Iterator[str]:
    return (f"demo-{conversation.pk.hex}-{number}" for number in count(2))


def _moment(line: story.Line, now: datetime) -> datetime:
    day = (now - timedelta(days=line.days)).date()
    return timezone.make_aware(datetime.combine(day, time.fromisoformat(line.at)))


def _go_on(people: dict[str, Any], places: dict[tuple[str, str], Conversation]) -> None:
    """Let the last things happen now, so that they are unread."""
    last: dict[str, Message] = {}
    for event in story.LIVE:
        who = people[event.who]
        place = places[event.who, event.to]
        match event.do:
            case "send":
                last[event.who] = api.send(who, place, event.text)
            case "answer":
                first = Message.objects.get(conversation=place, seq=1)
                last[event.who] = api.send(who, place, event.text, reply_to=first)
            case "edit":
                api.edit_message(who, last[event.who], event.text)
            case "add":
                api.add_members(who, place, [people[event.text]])
                places[event.text, event.to] = place
