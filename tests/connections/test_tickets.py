"""A ticket opens one socket, once, within seconds."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest
from django.contrib.auth import get_user_model
from django.utils import timezone

from django_chat.connections.models import WsTicket
from django_chat.connections.services import (
    TICKET_SECONDS,
    issue_ticket,
    redeem_ticket,
)
from django_chat.exceptions import ChatError
from tests.concurrency import failures, together
from tests.factories import actor, people, person

pytestmark = pytest.mark.django_db


def later(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    """Let time pass."""
    moment = timezone.now() + timedelta(seconds=seconds)
    monkeypatch.setattr(timezone, "now", lambda: moment)


def assert_worthless(ticket: str) -> None:
    """Check that a ticket opens nothing."""
    with pytest.raises(ChatError) as refused:
        redeem_ticket(ticket)
    assert refused.value.code == "ticket_invalid"


def test_it_says_who_in_which_tenant_and_from_which_session() -> None:
    ana = person("ana")
    ticket = issue_ticket(actor=actor(ana, "north"), session_key="s3cret")

    found = redeem_ticket(ticket)

    assert (found.user, found.tenant) == (ana, "north")
    assert found.session_key == "s3cret"


def test_it_works_once() -> None:
    ticket = issue_ticket(actor=actor(person("ana")))
    redeem_ticket(ticket)

    assert_worthless(ticket)
    assert not WsTicket.objects.exists()


def test_it_works_within_its_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    ana = actor(person("ana"))
    in_time, late = issue_ticket(actor=ana), issue_ticket(actor=ana)
    later(monkeypatch, TICKET_SECONDS - 1)
    redeem_ticket(in_time)
    later(monkeypatch, 2)

    assert_worthless(late)


def test_who_reads_the_table_can_open_nothing() -> None:
    ticket = issue_ticket(actor=actor(person("ana")))
    row = WsTicket.objects.values().get()

    assert ticket not in str(row)
    assert_worthless(row["digest"])


def test_tickets_are_long_and_different() -> None:
    ana = actor(person("ana"))
    tickets = {issue_ticket(actor=ana) for _ in range(20)}

    assert len(tickets) == 20
    assert min(map(len, tickets)) >= 43
    # They travel as a subprotocol: only characters of a token.
    assert all(
        t.isascii() and t.replace("-", "").replace("_", "").isalnum() for t in tickets
    )


@pytest.mark.parametrize(
    "ticket", ["", "x", "a" * 10_000, "\x00", "\ud800", "é", "' OR 1=1"]
)
def test_what_is_no_ticket_opens_nothing(ticket: str) -> None:
    issue_ticket(actor=actor(person("ana")))

    assert_worthless(ticket)


def test_who_was_deactivated_meanwhile_comes_in_no_more() -> None:
    ana = person("ana")
    ticket = issue_ticket(actor=actor(ana))
    get_user_model().objects.filter(pk=ana.pk).update(is_active=False)

    assert_worthless(ticket)


def test_who_was_deleted_meanwhile_neither() -> None:
    ana = person("ana")
    ticket = issue_ticket(actor=actor(ana))
    ana.delete()

    assert_worthless(ticket)


def test_old_tickets_do_not_pile_up(monkeypatch: pytest.MonkeyPatch) -> None:
    ana, ben = people("ana", "ben")
    for _ in range(5):
        issue_ticket(actor=actor(ana))
    later(monkeypatch, TICKET_SECONDS + 1)
    fresh = issue_ticket(actor=actor(ben))

    assert WsTicket.objects.count() == 1
    assert redeem_ticket(fresh).user == ben


@pytest.mark.django_db(transaction=True)
def test_of_many_sockets_with_one_ticket_one_opens() -> None:
    ticket = issue_ticket(actor=actor(person("ana")))

    results = together(*[partial(redeem_ticket, ticket)] * 8)

    refused = failures(results)
    assert len(refused) == 7
    assert {e.code for e in refused if isinstance(e, ChatError)} == {"ticket_invalid"}
