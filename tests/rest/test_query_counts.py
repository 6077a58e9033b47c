"""How many statements a request costs: the same for one row and for many."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from django_chat import api
from django_chat.feed.history import history_page
from django_chat.feed.inbox import INBOX_ORDER, inbox, inbox_payloads, inbox_standing
from django_chat.timeline.models import Conversation
from tests.factories import actor, group, person, send
from tests.rest.caller import Caller
from tests.shop.models import Order

pytestmark = pytest.mark.django_db

# Whose session it is, and who that is: asked by every request of the host too.
LOGIN = 2


def statements(work: Callable[[], Any]) -> int:
    """Return how many statements read or wrote rows."""
    with CaptureQueriesContext(connection) as captured:
        work()
    frame = ("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT", "ROLLBACK")
    return sum(not query["sql"].startswith(frame) for query in captured)


@pytest.fixture
def busy(ana: Caller, ben: Caller, cleo: Caller) -> Conversation:
    """Ana's newest conversation, of several, with some of everything in it."""
    for n in range(5):
        made = group(ana.user, ben.user, cleo.user, person(), title=str(n))
        for _ in range(4):
            message = send(ben.user, made, "Hello @ana")
            send(ana.user, made, "Hi", reply_to=message.pk)
            ben.put(f"messages/{message.pk}/reactions/👍/")
    ana.post("blocked/", {"user_id": cleo.id})
    return made


def test_a_page_of_the_inbox_costs_four_statements(
    ana: Caller, busy: Conversation
) -> None:
    acting = actor(ana.user)

    def page() -> None:
        inbox_standing(acting)
        inbox_payloads(acting, list(inbox(acting).order_by(*INBOX_ORDER)[:50]))

    assert statements(page) == 4
    assert statements(lambda: ana.get("conversations/")) == LOGIN + 4
    assert statements(lambda: ana.get("conversations/", search="be")) == LOGIN + 4


def test_a_page_of_the_inbox_costs_one_more_for_orders_talked_about(
    ana: Caller, busy: Conversation
) -> None:
    for _ in range(3):
        api.open_about(ana.user, Order.objects.create(), [person()])
    ana.get("conversations/")

    assert statements(lambda: ana.get("conversations/")) == LOGIN + 5


def test_a_list_that_has_not_changed_costs_one_statement(
    ana: Caller, busy: Conversation
) -> None:
    etag = ana.get("conversations/").headers["ETag"]
    known = {"If-None-Match": etag}

    cost = statements(lambda: ana.get("conversations/", headers=known))

    assert cost == LOGIN + 1


def test_a_page_of_history_costs_at_most_five_statements(
    ana: Caller, busy: Conversation
) -> None:
    acting = actor(ana.user)
    path = f"conversations/{busy.pk}/messages/"

    assert statements(lambda: history_page(actor=acting, conversation_id=busy.pk)) <= 5
    assert statements(lambda: ana.get(path)) <= LOGIN + 5
    assert statements(lambda: ana.get(path, limit=1)) <= LOGIN + 5


@pytest.mark.parametrize(
    ("path", "most"),
    [
        ("conversations/{c}/", 4),
        ("conversations/{c}/participants/", 2),
        ("conversations/{c}/changes/?after=0", 7),
        ("messages/{m}/", 5),
        ("messages/{m}/receipts/", 4),
        ("messages/{m}/reactions/", 2),
        ("messages/{m}/revisions/", 3),
        ("users/?search=be", 1),
        ("blocked/", 1),
        ("status/me/", 1),
        ("status/contact_statuses/", 3),
        ("config/", 0),
    ],
)
def test_reading_costs_so_many_statements(
    ana: Caller, busy: Conversation, path: str, most: int
) -> None:
    page = ana.get(f"conversations/{busy.pk}/messages/")
    own = next(row for row in page["results"] if row["sender_id"] == ana.id)
    address = path.format(c=busy.pk, m=own["id"])
    ana.get(address)

    assert statements(lambda: ana.get(address)) <= LOGIN + most


def test_sending_costs_nothing_above_the_service(
    ana: Caller, ben: Caller, letters: Conversation
) -> None:
    send(ana.user, letters, "First")
    path = f"conversations/{letters.pk}/messages/"

    service = statements(lambda: send(ana.user, letters, "Hello"))
    face = statements(lambda: ana.post(path, {"content": "Hello"}))

    assert face == LOGIN + service
    assert service <= 8
