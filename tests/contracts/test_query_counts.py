"""What things cost in statements, and that the cost does not grow with the data.

Statements that carry data are counted; BEGIN, COMMIT and savepoints are not.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from django_chat import api
from django_chat.feed.changes import changes_since
from django_chat.feed.heads import heads_of, inbox_revs, members_of
from django_chat.feed.history import history_page
from django_chat.feed.inbox import (
    conversation_for_reader,
    inbox,
    inbox_payloads,
    inbox_totals,
)
from django_chat.feed.snapshot import snapshot
from django_chat.feed.sync import sync
from django_chat.messages.sending import Sent, send_messages
from django_chat.people.services import block_user
from django_chat.presence.querysets import presence_of
from django_chat.timeline.models import Conversation
from tests.factories import actor, direct, draft, fill, group, people, person, send
from tests.shop.models import Order, Parcel

pytestmark = pytest.mark.django_db

DATA = ("SELECT", "INSERT", "UPDATE", "DELETE", "WITH")


def cost(call: Callable[[], Any]) -> int:
    """Return how many statements with data a call makes."""
    with CaptureQueriesContext(connection) as queries:
        call()
    return sum(query["sql"].startswith(DATA) for query in queries)


@pytest.fixture(autouse=True)
def _in_full(settings: Any) -> None:
    """Let statements be seen as they are, however often they were asked before."""
    given = getattr(settings, "DJANGO_CHAT", {})
    settings.DJANGO_CHAT = {**given, "PREPARED_STATEMENTS": False}


@pytest.fixture
def friends() -> list[Any]:
    return people("ana", "ben", "cem")


@pytest.fixture(params=["direct", "group"])
def place(request: pytest.FixtureRequest, friends: list[Any]) -> Conversation:
    """A conversation that is awake, in which everybody has read everything."""
    ana, ben, cem = friends
    made = direct(ana, ben) if request.param == "direct" else group(ana, ben, cem)
    fill(made, ana, 3)
    for user in (ben, cem) if made.is_group else (ben,):
        api.mark_read(user, made)
    made.refresh_from_db()
    return made


# --- sending ----------------------------------------------------------------


def test_a_plain_message_costs_eight(friends: list[Any], place: Conversation) -> None:
    asked = draft(friends[0], place)

    assert cost(lambda: send_messages([asked])) <= 8


def test_each_option_costs_one_more(friends: list[Any], place: Conversation) -> None:
    ana, ben, _ = friends
    target = send(ana, place)
    options: dict[str, dict[str, Any]] = {
        "reply": {"reply_to": target.pk},
        "mention": {"content": "Hello @ben"},
        "unknown name": {"content": "Hello @nobody"},
        "given mention": {
            "mentions": [{"user_id": str(ben.pk), "offset": 0, "length": 1}]
        },
        "extra": {"extra": {"a": 1}},
    }
    for name, option in options.items():
        asked = draft(ana, place, **option)
        assert cost(partial(send_messages, [asked])) <= 9, name
    both = draft(ana, place, "Hello @ben", reply_to=target.pk)
    assert cost(lambda: send_messages([both])) <= 10


def test_an_answer_that_reads_costs_one_more(
    friends: list[Any], place: Conversation
) -> None:
    ana, ben, _ = friends
    send(ana, place)
    asked = draft(ben, place)

    assert cost(lambda: send_messages([asked])) <= 9


def test_waking_a_silent_conversation_costs_one_more(
    friends: list[Any], place: Conversation
) -> None:
    long_ago = timezone.now() - timedelta(days=30)
    Conversation.objects.filter(pk=place.pk).update(last_activity=long_ago)
    asked = draft(friends[0], place)

    assert cost(lambda: send_messages([asked])) <= 9


def test_a_repeat_costs_little_more_than_the_first(
    friends: list[Any], place: Conversation
) -> None:
    asked = draft(friends[0], place)
    send_messages([asked])

    assert cost(lambda: send_messages([asked])) <= 10


def test_a_batch_of_fifty_costs_twelve(friends: list[Any]) -> None:
    ana, ben, cem = friends
    others = people(*(f"p{n}" for n in range(10)))
    places = [direct(ana, other) for other in others] + [group(ana, ben, cem)]
    for where in places:
        fill(where, ana, 1)
    target = send(ana, places[-1])
    drafts = [
        draft(ana if n % 2 else ben if n % 11 == 10 else others[n % 11], places[n % 11])
        for n in range(48)
    ]
    drafts.append(draft(ana, places[-1], "Hello @ben", reply_to=target.pk))
    drafts.append(draft(ana, places[0], "Hello @p0"))

    outcomes: list[Any] = []
    assert cost(lambda: outcomes.extend(send_messages(drafts))) <= 12
    assert all(isinstance(outcome, Sent) for outcome in outcomes)


def test_the_size_of_a_group_or_its_history_does_not_matter(
    friends: list[Any],
) -> None:
    ana = friends[0]
    costs = set()
    for size, history in ((2, 1), (60, 1), (2, 200)):
        where = group(ana, *people(*(f"g{size}{history}n{n}" for n in range(size))))
        fill(where, ana, history)
        asked = draft(ana, where, "Hello @all @nobody")
        costs.add(cost(partial(send_messages, [asked])))

    assert len(costs) == 1


# --- reading ----------------------------------------------------------------


def crowd(ana: Any, amount: int, prefix: str) -> list[Conversation]:
    """Give Ana conversations of every kind, full of everything."""
    places = []
    for n in range(amount):
        ben, cem = people(f"{prefix}b{n}", f"{prefix}c{n}")
        where = group(ana, ben, cem) if n % 2 else direct(ana, ben)
        rows = fill(where, ben, 4)
        send(ben, where, f"Hello @ana @{cem.username}", reply_to=rows[0].pk)
        api.react(ana, rows[1], "👍")
        api.react(ben, rows[1], "🎉")
        block_user(actor=actor(ana), target=cem)
        places.append(where)
    return places


READING: dict[str, tuple[int, Callable[[Any, list[Conversation]], Any]]] = {
    "a page of the inbox": (
        3,
        lambda ana, places: inbox_payloads(actor(ana), list(inbox(actor(ana))[:50])),
    ),
    "a page of the inbox with its totals": (
        4,
        lambda ana, places: (
            inbox_payloads(actor(ana), list(inbox(actor(ana))[:50])),
            inbox_totals(actor(ana)),
        ),
    ),
    "the totals": (1, lambda ana, places: inbox_totals(actor(ana))),
    "one conversation": (
        4,
        lambda ana, places: conversation_for_reader(actor(ana), places[-1].pk),
    ),
    "a page of history": (
        5,
        lambda ana, places: history_page(
            actor=actor(ana), conversation_id=places[-1].pk, limit=100
        ),
    ),
    "a page around a message": (
        5,
        lambda ana, places: history_page(
            actor=actor(ana), conversation_id=places[-1].pk, limit=100, around_seq=3
        ),
    ),
    "the change feed": (2, lambda ana, places: changes_since(places[-1], 0)),
    "the heads of all": (1, lambda ana, places: heads_of([p.pk for p in places])),
    "the members of all": (
        2,
        lambda ana, places: members_of([p.pk for p in places], [ana.pk]),
    ),
    "the etag": (1, lambda ana, places: inbox_revs("", [ana.pk])),
    "who is here": (
        3,
        lambda ana, places: presence_of(actor(ana), [str(n) for n in range(100)]),
    ),
    "a subscription": (
        9,
        lambda ana, places: snapshot(
            actor=actor(ana), conversation_id=places[-1].pk, after=0
        ),
    ),
}


@pytest.mark.parametrize("name", READING)
def test_reading_costs_the_same_however_much_there_is(
    name: str, friends: list[Any]
) -> None:
    most, read = READING[name]
    ana = friends[0]
    few = crowd(ana, 2, "few")
    for where in few:
        where.refresh_from_db()
    before = cost(lambda: read(ana, few))

    many = few + crowd(ana, 8, "many")
    fill(many[-1], many[-1].participants.exclude(user=ana)[0].user, 80)
    for where in many:
        where.refresh_from_db()
    after = cost(lambda: read(ana, many))

    assert before == after
    assert 0 < after <= most


def page(ana: Any) -> list[dict[str, Any]]:
    return inbox_payloads(actor(ana), list(inbox(actor(ana))[:50]))


def test_what_conversations_are_about_costs_one_for_each_kind(
    friends: list[Any],
) -> None:
    ana = friends[0]
    crowd(ana, 2, "plain")
    plain = cost(lambda: page(ana))
    page(ana)

    # The first of a kind in a process also asks for the name of the kind.
    api.open_about(ana, Order.objects.create(), [person()])
    assert cost(lambda: page(ana)) == plain + 1
    for _ in range(10):
        api.open_about(ana, Order.objects.create(), [person()])
    assert cost(lambda: page(ana)) == plain + 1
    for _ in range(5):
        api.open_about(ana, Parcel.objects.create(), [person()])
    Order.objects.all()[0].delete()
    assert cost(lambda: page(ana)) == plain + 2
    assert sum(row["context"] is not None for row in page(ana)) == 16


def test_bringing_many_into_a_conversation_about_something_asks_for_it_once(
    friends: list[Any],
) -> None:
    ana, ben, _ = friends
    places = [api.open_about(ana, Order.objects.create(), [ben]) for _ in range(2)]
    few, many = people("one", "two"), people(*(f"p{n}" for n in range(6)))

    # Each newcomer is a row of his own; what is told of the place is read once.
    costs = [
        cost(partial(api.add_members, ana, place, coming)) - len(coming)
        for place, coming in zip(places, (few, many), strict=True)
    ]

    assert costs[0] == costs[1]


def test_a_poll_that_finds_nothing_is_cheap(friends: list[Any]) -> None:
    ana = friends[0]
    places = crowd(ana, 6, "p")
    for where in places:
        where.refresh_from_db()
    cursors = {where.pk: where.rev for where in places}
    first = sync(actor=actor(ana), cursors=cursors, etag=None, token=None)
    assert first is not None

    def poll() -> None:
        answer = sync(
            actor=actor(ana),
            cursors=cursors,
            etag=first.list_etag,
            token=str(int(first.t) + 60_000),
        )
        assert answer is None or not answer.list

    assert cost(poll) <= 7


def test_marking_a_year_of_messages_read_costs_as_much_as_one(
    friends: list[Any],
) -> None:
    ana, ben, cem = friends
    one, many = direct(ana, ben), direct(ana, cem)
    fill(one, ana, 1)
    fill(many, ana, 300)

    costs = {
        cost(lambda: api.mark_read(ben, one)),
        cost(lambda: api.mark_read(cem, many)),
    }
    assert len(costs) == 1
    assert max(costs) <= 7
