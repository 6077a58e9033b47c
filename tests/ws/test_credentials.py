"""Tickets, tokens and the first frame: other ways in than a cookie."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from rest_framework_simplejwt.tokens import AccessToken, RefreshToken

from django_chat.connections.models import WsTicket
from django_chat.connections.services import issue_ticket
from django_chat.tenancy.actor import Actor
from django_chat.ws import consumer
from tests.factories import person
from tests.ws.clients import ORIGIN, Crowd, cookie_of, log_in, run, types

pytestmark = [pytest.mark.asyncio]


def ticket_for(user: Any, tenant: str = "") -> str:
    return issue_ticket(actor=Actor(user, tenant))


def token_for(user: Any, seconds: float = 300) -> str:
    token = AccessToken.for_user(user)
    token.set_exp(lifetime=timedelta(seconds=seconds))
    return str(token)


# Tickets


async def test_a_ticket_opens_a_socket_as_subprotocol(ana: Any, crowd: Crowd) -> None:
    ticket = await run(ticket_for, ana)
    phone = await crowd.dial(subprotocols=["django-chat.v1", f"ticket.{ticket}"])

    welcome = await phone.receive()

    assert (welcome["type"], welcome["user"]["id"]) == ("welcome", str(ana.pk))
    assert phone.accepted is not None
    assert phone.accepted["subprotocol"] == "django-chat.v1"


async def test_a_ticket_opens_a_socket_in_the_address(ana: Any, crowd: Crowd) -> None:
    ticket = await run(ticket_for, ana)
    phone = await crowd.dial(query=f"ticket={ticket}", subprotocols=[])

    assert (await phone.receive())["type"] == "welcome"


async def test_a_ticket_is_good_for_one_socket(ana: Any, crowd: Crowd) -> None:
    ticket = await run(ticket_for, ana)
    await (await crowd.dial(query=f"ticket={ticket}")).receive("welcome")

    second = await crowd.dial(query=f"ticket={ticket}")

    assert await second.closed() == 4001
    assert second.frames[-1]["code"] == "ticket_invalid"


async def test_of_many_who_show_a_ticket_at_once_one_gets_in(
    ana: Any, crowd: Crowd
) -> None:
    for _ in range(5):
        ticket = await run(ticket_for, ana)
        all_at_once = [crowd.dial(query=f"ticket={ticket}") for _ in range(6)]
        phones = await asyncio.gather(*all_at_once)
        first = [(await phone.receive())["type"] for phone in phones]

        assert sorted(first) == ["error"] * 5 + ["welcome"]
        for phone in phones:
            await phone.disconnect()


async def test_an_expired_ticket_opens_nothing(ana: Any, crowd: Crowd) -> None:
    ticket = await run(ticket_for, ana)
    await run(WsTicket.objects.update, expires_at=timezone.now() - timedelta(seconds=1))

    phone = await crowd.dial(query=f"ticket={ticket}")

    assert await phone.closed() == 4001
    assert phone.frames[-1]["code"] == "ticket_invalid"


async def test_a_ticket_of_another_host_opens_nothing(
    chat_settings: Any, ana: Any, crowd: Crowd
) -> None:
    chat_settings(TENANT_RESOLVER="django_chat.tenancy.resolvers.HostTenants")
    ticket = await run(ticket_for, ana, "red.example")

    elsewhere = await crowd.dial(query=f"ticket={ticket}", host="blue.example")
    assert await elsewhere.closed() == 4001

    # It was shown where it is not valid: who knows who has seen it there.
    at_home = await crowd.dial(query=f"ticket={ticket}", host="red.example")
    assert await at_home.closed() == 4001


async def test_a_ticket_opens_a_socket_at_its_own_host(
    chat_settings: Any, ana: Any, crowd: Crowd
) -> None:
    chat_settings(TENANT_RESOLVER="django_chat.tenancy.resolvers.HostTenants")
    ticket = await run(ticket_for, ana, "red.example")

    phone = await crowd.dial(query=f"ticket={ticket}", host="red.example:8000")

    await phone.receive("welcome")


@pytest.mark.parametrize("how", ["subprotocol", "query"])
async def test_a_bad_ticket_is_not_saved_by_a_good_cookie(
    ana: Any, crowd: Crowd, how: str
) -> None:
    browser = await run(log_in, ana)
    offer: dict[str, Any] = (
        {"subprotocols": ["django-chat.v1", "ticket.made-up"]}
        if how == "subprotocol"
        else {"query": "ticket=made-up"}
    )
    page = await crowd.dial(headers=[cookie_of(browser), ORIGIN], **offer)

    assert await page.closed() == 4001
    assert page.frames[-1]["code"] == "ticket_invalid"


@pytest.mark.parametrize("ticket", ["", "%00", "%ff%fe", "x" * 10_000, "a&ticket=b"])
async def test_a_made_up_ticket_opens_nothing(
    transactional_db: None, crowd: Crowd, ticket: str
) -> None:
    phone = await crowd.dial(query=f"ticket={ticket}")

    assert await phone.closed() == 4001


async def test_the_ticket_of_a_deactivated_user_opens_nothing(
    ana: Any, crowd: Crowd
) -> None:
    ticket = await run(ticket_for, ana)
    await run(type(ana).objects.filter(pk=ana.pk).update, is_active=False)

    phone = await crowd.dial(query=f"ticket={ticket}")

    assert await phone.closed() == 4001


# Tokens in the address


async def test_a_token_in_the_address_is_not_looked_at_by_default(
    ana: Any, crowd: Crowd
) -> None:
    phone = await crowd.dial(query=f"token={token_for(ana)}")

    assert await phone.closed() == 4001
    assert phone.frames[-1]["code"] == "not_authenticated"


async def test_a_site_may_take_tokens_in_the_address(
    chat_settings: Any, ana: Any, crowd: Crowd
) -> None:
    chat_settings(WS_TOKEN_IN_QUERY=True)
    phone = await crowd.dial(query=f"token={token_for(ana)}")

    welcome = await phone.receive("welcome")

    assert welcome["user"]["id"] == str(ana.pk)
    assert welcome["auth"]["expires_at"] is not None


@pytest.mark.parametrize("kind", ["rubbish", "expired", "refresh", "other key", "gone"])
async def test_a_token_that_is_not_valid_opens_nothing(
    chat_settings: Any, ana: Any, crowd: Crowd, kind: str
) -> None:
    chat_settings(WS_TOKEN_IN_QUERY=True)
    token = token_for(ana)
    match kind:
        case "rubbish":
            token = "no.token.at.all"
        case "expired":
            token = token_for(ana, -1)
        case "refresh":
            token = str(RefreshToken.for_user(ana))
        case "other key":
            token = token[:-5] + "AAAAA"
        case "gone":
            await run(ana.delete)
    browser = await run(lambda: log_in(person("someone")))
    phone = await crowd.dial(
        query=f"token={token}", headers=[cookie_of(browser), ORIGIN]
    )

    assert await phone.closed() == 4001
    assert phone.frames[-1]["code"] == "ticket_invalid"


async def test_the_socket_ends_with_its_token(
    chat_settings: Any, ana: Any, crowd: Crowd
) -> None:
    chat_settings(WS_TOKEN_IN_QUERY=True)
    phone = await crowd.dial(query=f"token={token_for(ana, 2)}")
    await phone.receive("welcome")

    assert await phone.closed() == 4001
    assert phone.frames[-1]["code"] == "token_expired"
    assert phone.frames[-1]["fatal"] is True


async def test_a_renewed_token_keeps_the_socket(
    chat_settings: Any, ana: Any, crowd: Crowd
) -> None:
    chat_settings(WS_TOKEN_IN_QUERY=True)
    short = await crowd.dial(query=f"token={token_for(ana, 3)}")
    other = await crowd.dial(query=f"token={token_for(ana, 3)}")
    await short.receive("welcome")

    answer = await short.ask("auth", token=token_for(ana))
    assert answer["type"] == "ack"
    assert answer["expires_at"] is not None

    # The other one ends at the time at which this one would have ended.
    assert await other.closed() == 4001
    await short.settle()
    assert short.close_code is None


async def test_a_ticket_renews_as_well(
    chat_settings: Any, ana: Any, crowd: Crowd
) -> None:
    chat_settings(WS_TOKEN_IN_QUERY=True)
    phone = await crowd.dial(query=f"token={token_for(ana, 60)}")
    await phone.receive("welcome")

    answer = await phone.ask("auth", ticket=await run(ticket_for, ana))

    assert (answer["type"], answer["expires_at"]) == ("ack", None)


@pytest.mark.parametrize("credential", ["ticket", "token"])
async def test_renewing_with_the_credential_of_another_ends_the_connection(
    ana: Any, mallory: Any, crowd: Crowd, credential: str
) -> None:
    phone = await crowd.join(ana)
    value = (
        await run(ticket_for, mallory) if credential == "ticket" else token_for(mallory)
    )
    await phone.send("auth", ref="r", **{credential: value})

    assert await phone.closed() == 4001
    assert phone.frames[-1]["code"] == "forbidden"
    assert phone.frames[-1]["fatal"] is True
    assert phone.frames[-1]["ref"] == "r"


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"ticket": "x", "token": "y"},
        {"ticket": 5},
        {"ticket": "x" * 256},
        {"token": ["x"]},
        {"token": "x" * 9000},
    ],
)
async def test_an_auth_frame_without_one_credential_is_an_error_and_no_more(
    ana: Any, crowd: Crowd, fields: dict[str, Any]
) -> None:
    phone = await crowd.join(ana)

    answer = await phone.ask("auth", **fields)

    assert (answer["type"], answer["code"]) == ("error", "invalid_payload")
    assert (await phone.ask("read", conversation_id="x"))["type"] == "error"


async def test_a_renewal_that_fails_leaves_the_login_as_it_was(
    ana: Any, bob: Any, duo: Any, crowd: Crowd
) -> None:
    phone = await crowd.join(ana)

    for credential in ("ticket", "token"):
        answer = await phone.ask("auth", **{credential: "made-up"})
        assert answer["code"] == "ticket_invalid"

    said = await phone.ask("send_message", conversation_id=str(duo.pk), content="I am")
    assert said["type"] == "ack"


# The first frame


@pytest.fixture
def first_frame(chat_settings: Any) -> None:
    chat_settings(WS_FIRST_FRAME_AUTH=True)


@pytest.mark.usefixtures("first_frame")
@pytest.mark.parametrize("credential", ["ticket", "token"])
async def test_the_first_frame_may_say_who_one_is(
    ana: Any, duo: Any, crowd: Crowd, credential: str
) -> None:
    phone = await crowd.dial(f"/ws/chat/{duo.pk}/")
    asked = await phone.receive()
    assert (asked["type"], asked["deadline_ms"]) == ("auth_required", 10_000)

    value = await run(ticket_for, ana) if credential == "ticket" else token_for(ana)
    answer = await phone.ask("auth", **{credential: value})

    assert answer["type"] == "ack"
    assert types(phone.frames) == [
        *("auth_required", "welcome", "subscribed", "caught_up", "ack"),
    ]


@pytest.mark.usefixtures("first_frame")
async def test_until_then_nothing_else_is_done(
    ana: Any, bob: Any, duo: Any, crowd: Crowd
) -> None:
    phone = await crowd.dial()

    for kind in ("send_message", "subscribe", "ping", "watch_presence", "no_such"):
        answer = await phone.ask(kind, conversation_id=str(duo.pk), content="Hello")
        assert (answer["type"], answer["code"]) == ("error", "not_authenticated")

    await run(duo.refresh_from_db)
    assert duo.seq == 0


@pytest.mark.usefixtures("first_frame")
async def test_a_wrong_first_frame_may_be_corrected(ana: Any, crowd: Crowd) -> None:
    phone = await crowd.dial()

    assert (await phone.ask("auth", ticket="made-up"))["code"] == "ticket_invalid"
    assert (await phone.ask("auth", token=token_for(ana)))["type"] == "ack"

    await phone.receive("welcome")


@pytest.mark.usefixtures("first_frame")
async def test_who_says_nothing_is_sent_away_at_the_deadline(
    monkeypatch: pytest.MonkeyPatch, transactional_db: None, crowd: Crowd
) -> None:
    monkeypatch.setattr(consumer, "FIRST_FRAME_SECONDS", 0.2)
    phone = await crowd.dial()

    assert await phone.closed() == 4001
    assert types(phone.frames) == ["auth_required", "error"]


@pytest.mark.usefixtures("first_frame")
async def test_the_deadline_does_not_concern_who_has_said_it(
    monkeypatch: pytest.MonkeyPatch, ana: Any, crowd: Crowd
) -> None:
    monkeypatch.setattr(consumer, "FIRST_FRAME_SECONDS", 0.5)
    in_time, silent = await crowd.dial(), await crowd.dial()
    await in_time.ask("auth", token=token_for(ana))

    await silent.closed()

    await in_time.settle()
    assert in_time.close_code is None


@pytest.mark.usefixtures("first_frame")
async def test_a_bad_ticket_is_final_here_too(
    transactional_db: None, crowd: Crowd
) -> None:
    phone = await crowd.dial(query="ticket=made-up")

    assert await phone.closed() == 4001
    assert types(phone.frames) == ["error"]


@pytest.mark.usefixtures("first_frame")
async def test_a_stranger_who_says_who_he_is_stays_a_stranger(
    mallory: Any, duo: Any, crowd: Crowd
) -> None:
    phone = await crowd.dial(f"/ws/chat/{duo.pk}/")
    await phone.send("auth", token=token_for(mallory))

    assert await phone.closed() == 4003
    assert types(phone.frames) == ["auth_required", "error"]
