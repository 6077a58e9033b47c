"""News of a user that his open sockets must hear."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from django_chat.connections.services import end_session, recheck_user, session_hash
from tests.factories import direct, people, person
from tests.listening import Heard, hearing

pytestmark = pytest.mark.django_db


def told(heard: Heard, user: Any) -> set[tuple[str, str, str]]:
    """Return tenant, action and data of what servers are told of a user."""
    assert len(heard) == len(heard.controls)
    assert all(event.user_id == str(user.pk) for event in heard.controls)
    return {(event.tenant, event.action, event.data) for event in heard.controls}


def test_logging_out_ends_the_sockets_of_that_session_only() -> None:
    ana = person("ana")
    browser, phone = Client(), Client()
    browser.force_login(ana)
    phone.force_login(ana)
    key = str(browser.session.session_key)
    with hearing() as heard:
        browser.logout()

    assert told(heard, ana) == {("", "logout", session_hash(key))}
    assert session_hash(key) != session_hash(phone.session.session_key)
    assert key not in str(heard)


def test_in_every_tenant_where_he_may_have_sockets() -> None:
    ana, ben = people("ana", "ben")
    direct(ana, ben, tenant="north")
    direct(ana, ben, tenant="south")
    with hearing() as heard:
        end_session(ana, "key")
        recheck_user(ana)

    data = session_hash("key")
    assert told(heard, ana) == {
        (tenant, action, data if action == "logout" else "")
        for tenant in ("", "north", "south")
        for action in ("logout", "recheck")
    }


@pytest.mark.parametrize("change", ["password", "is_active"])
def test_a_new_password_or_a_deactivation_is_looked_at_at_once(change: str) -> None:
    ana = person("ana")
    for fields in (None, [change]):
        with hearing() as heard:
            if change == "password":
                ana.set_password("new")
            else:
                ana.is_active = not ana.is_active
            ana.save(update_fields=fields)
        assert told(heard, ana) == {("", "recheck", "")}


def test_logging_in_disturbs_nobody() -> None:
    ana = person("ana")
    with hearing() as heard:
        Client().force_login(ana)
        ana.save(update_fields=["last_login"])
        person("ben")

    assert not heard


def test_a_logout_without_a_user_is_no_error() -> None:
    with hearing() as heard:
        Client().logout()

    assert not heard


def test_a_deleted_user_leaves_his_conversations() -> None:
    ana, ben = people("ana", "ben")
    letters = direct(ana, ben)
    with hearing():
        get_user_model().objects.filter(pk=ben.pk).delete()

    letters.refresh_from_db()
    assert letters.member_count == 1


def test_no_session_has_no_hash() -> None:
    assert session_hash(None) == session_hash("") == ""
    assert len(session_hash("key")) == 64
