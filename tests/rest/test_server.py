"""What clients ask about the server itself."""

from __future__ import annotations

from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth import SESSION_KEY
from django.test import AsyncClient, override_settings
from django.test.utils import override_script_prefix

from django_chat.connections.models import WsTicket
from django_chat.connections.services import redeem_ticket
from tests.rest.caller import API, Caller

pytestmark = pytest.mark.django_db


# --- tickets ----------------------------------------------------------------


def test_a_ticket_opens_one_socket_of_the_session(ana: Caller) -> None:
    answer = ana.post("ws-ticket/")

    assert answer.status == 201
    assert answer["url"] == "ws://testserver/ws/chat/"
    assert answer["expires_in"] == answer["expires_in_s"] == 30
    redeemed = redeem_ticket(answer["ticket"])
    session = ana.client.session
    assert session[SESSION_KEY] == ana.id
    assert redeemed.user == ana.user
    assert redeemed.session_key == session.session_key


def test_a_ticket_over_tls_is_for_a_socket_over_tls(ana: Caller) -> None:
    response = ana.client.post(f"{API}ws-ticket/", secure=True)

    assert response.json()["url"] == "wss://testserver/ws/chat/"


def test_the_address_of_the_socket_is_below_the_hosts_prefix(ana: Caller) -> None:
    with override_script_prefix("/site/"):
        answer = ana.post("ws-ticket/")

    assert answer["url"] == "ws://testserver/site/ws/chat/"


def test_without_sockets_there_are_no_tickets(ana: Caller) -> None:
    with override_settings(DJANGO_CHAT={"WEBSOCKETS": False}):
        assert ana.post("ws-ticket/").code == (404, "not_found")
    assert not WsTicket.objects.exists()


# --- config -----------------------------------------------------------------


def test_config_tells_a_client_how_to_begin(ana: Caller) -> None:
    told = ana.get("config/")

    assert told.status == 200
    assert told["api_url"] == API
    assert told["user"]["id"] == ana.id
    assert told["limits"]["text_max"] == 10_000
    assert "reactions" in told["features"]
    assert (told["ping_interval_ms"], told["poll_interval_ms"]) == (25_000, 3_000)


def test_the_address_of_the_api_is_the_one_that_was_asked(ana: Caller) -> None:
    told = ana.get("/chat/api/config/")

    assert told["api_url"] == "/chat/api/"
    assert ana.get(f"{told['api_url']}conversations/").status == 200


def test_by_wsgi_no_sockets_are_offered(ana: Caller) -> None:
    told = ana.get("config/")

    assert (told["ws_url"], told["websocket"]) == (None, False)


@pytest.mark.parametrize("sockets", [True, False])
@pytest.mark.django_db(transaction=True)
def test_by_asgi_sockets_are_offered_unless_switched_off(
    ana: Caller, sockets: bool
) -> None:
    client: Any = AsyncClient()
    client.cookies = ana.client.cookies
    with override_settings(DJANGO_CHAT={"WEBSOCKETS": sockets}):
        told = async_to_sync(client.get)(f"{API}config/").json()

    expected = "ws://testserver/ws/chat/" if sockets else None
    assert (told["ws_url"], told["websocket"]) == (expected, sockets)


def test_limits_are_the_hosts_own(ana: Caller) -> None:
    with override_settings(
        DJANGO_CHAT={"MESSAGE_MAX_LENGTH": 99, "GROUP_MAX_MEMBERS": 7}
    ):
        limits = ana.get("config/")["limits"]

    assert (limits["text_max"], limits["group_max"]) == (99, 7)


# --- the description --------------------------------------------------------


def test_the_api_describes_itself_where_it_is_mounted(ana: Caller) -> None:
    described = ana.get("schema/")
    elsewhere = ana.get("/chat/api/schema/")

    assert described.status == 200
    assert described["openapi"].startswith("3.")
    assert f"{API}conversations/" in described["paths"]
    assert "/chat/api/conversations/" in elsewhere["paths"]
    assert all(path.startswith(API) for path in described["paths"])
