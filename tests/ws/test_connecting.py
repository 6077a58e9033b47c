"""Who gets in with a cookie, and in which order the first frames come."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.backends import ModelBackend
from django.contrib.sessions.backends.db import SessionStore as DatabaseSessions
from django.contrib.sessions.models import Session
from django.utils import timezone

from django_chat.groups.services.members import remove_member
from django_chat.people.services import block_user
from django_chat.ws.hub import hub
from tests.factories import actor, fill, send
from tests.ws.clients import (
    ORIGIN,
    Browser,
    Crowd,
    cookie_of,
    log_in,
    quiet,
    run,
    types,
)

pytestmark = [pytest.mark.asyncio]


@pytest.fixture
def browser(ana: Any) -> Browser:
    return log_in(ana)


async def test_a_page_of_the_site_connects_with_its_cookie(
    ana: Any, browser: Browser, crowd: Crowd
) -> None:
    page = await crowd.dial(headers=[cookie_of(browser), ORIGIN])

    welcome = await page.receive()

    assert welcome["type"] == "welcome"
    assert welcome["user"]["id"] == str(ana.pk)
    assert welcome["mode"] == "multi"
    assert page.accepted is not None
    assert page.accepted["subprotocol"] == "django-chat.v1"


@pytest.mark.parametrize(
    "origin",
    [
        None,
        "null",
        "http://evil.example",
        "http://testserver.evil.example",
        "http://eviltestserver",
        "http://testserver:8000",
        "http://testserver@evil.example",
        "ftp://testserver",
        "testserver",
        "http://[",
        "http://\xff",
        "",
    ],
)
async def test_a_page_of_another_site_cannot_use_the_cookie(
    browser: Browser, crowd: Crowd, origin: str | None
) -> None:
    headers = [cookie_of(browser)]
    if origin is not None:
        headers.append(("origin", origin))
    page = await crowd.dial(headers=headers)

    assert await page.closed() == 4001
    assert types(page.frames) == ["error"]
    assert page.frames[0]["code"] == "not_authenticated"


@pytest.mark.parametrize(
    ("trusted", "origin", "code"),
    [
        (["https://shop.example"], "https://shop.example", None),
        (["https://shop.example"], "http://shop.example", 4001),
        (["https://shop.example"], "https://shop.example:444", 4001),
        (["https://*.shop.example"], "https://m.shop.example", None),
        (["https://*.shop.example"], "http://m.shop.example", 4001),
        (["https://*.shop.example"], "https://evilshop.example", 4001),
    ],
)
async def test_the_site_may_trust_other_origins(
    settings: Any,
    browser: Browser,
    crowd: Crowd,
    trusted: list[str],
    origin: str,
    code: int | None,
) -> None:
    settings.CSRF_TRUSTED_ORIGINS = trusted
    page = await crowd.dial(headers=[cookie_of(browser), ("origin", origin)])

    if code is None:
        await page.receive("welcome")
    else:
        assert await page.closed() == code


async def test_an_origin_may_be_trusted_for_the_chat_alone(
    chat_settings: Any, browser: Browser, crowd: Crowd
) -> None:
    chat_settings(ALLOWED_ORIGINS=["https://app.example:8443"])
    origin = ("origin", "https://app.example:8443")

    page = await crowd.dial(headers=[cookie_of(browser), origin])

    await page.receive("welcome")


async def test_behind_a_proxy_that_ends_tls_the_page_still_connects(
    browser: Browser, crowd: Crowd
) -> None:
    # The page is https, the proxy speaks plain HTTP to the server.
    page = await crowd.dial(
        headers=[cookie_of(browser), ("origin", "https://testserver")]
    )

    await page.receive("welcome")


async def test_a_host_that_the_site_does_not_serve_opens_nothing(
    settings: Any, browser: Browser, crowd: Crowd
) -> None:
    settings.ALLOWED_HOSTS = ["testserver"]
    page = await crowd.dial(
        host="evil.example",
        headers=[cookie_of(browser), ("origin", "http://evil.example")],
    )

    assert await page.closed() == 4001


@pytest.mark.parametrize(
    "cookie",
    ["sessionid=", "sessionid=unknown", "other=1", "sessionid", ";;;", "\xff=\xfe"],
)
async def test_a_cookie_that_is_no_session_opens_nothing(
    transactional_db: None, crowd: Crowd, cookie: str
) -> None:
    page = await crowd.dial(headers=[("cookie", cookie), ORIGIN])

    assert await page.closed() == 4001


async def test_an_expired_session_opens_nothing(browser: Browser, crowd: Crowd) -> None:
    await run(Session.objects.update, expire_date=timezone.now() - timedelta(1))
    page = await crowd.dial(headers=[cookie_of(browser), ORIGIN])

    assert await page.closed() == 4001


async def test_a_session_older_than_the_password_opens_nothing(
    ana: Any, browser: Browser, crowd: Crowd
) -> None:
    def change() -> None:
        ana.set_password("new")
        ana.save()

    await run(change)
    page = await crowd.dial(headers=[cookie_of(browser), ORIGIN])

    assert await page.closed() == 4001


async def test_a_rotated_secret_key_logs_nobody_out(
    settings: Any, ana: Any, browser: Browser, crowd: Crowd
) -> None:
    before = list(await run(list, Session.objects.values()))
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "a new key that has just been rotated in"

    page = await crowd.dial(headers=[cookie_of(browser), ORIGIN])
    await page.receive("welcome")

    assert list(await run(list, Session.objects.values())) == before


async def test_connecting_does_not_write_the_session(
    browser: Browser, crowd: Crowd
) -> None:
    before = await run(list, Session.objects.values())
    page = await crowd.dial(headers=[cookie_of(browser), ORIGIN])
    await page.receive("welcome")

    assert await run(list, Session.objects.values()) == before


async def test_a_deactivated_user_does_not_get_in(
    ana: Any, browser: Browser, crowd: Crowd
) -> None:
    await run(type(ana).objects.filter(pk=ana.pk).update, is_active=False)
    page = await crowd.dial(headers=[cookie_of(browser), ORIGIN])

    assert await page.closed() == 4001


async def test_a_deleted_user_does_not_get_in(
    ana: Any, browser: Browser, crowd: Crowd
) -> None:
    await run(type(ana).objects.filter(pk=ana.pk).delete)
    page = await crowd.dial(headers=[cookie_of(browser), ORIGIN])

    assert await page.closed() == 4001


class StrictBackend(ModelBackend):
    """Lets nobody in whose name begins as Ana's."""

    def get_user(self, user_id: Any) -> Any:
        user = super().get_user(user_id)
        return None if user is None or user.username.startswith("ana") else user


async def test_a_backend_of_the_site_decides_who_gets_in(
    settings: Any, ana: Any, bob: Any, crowd: Crowd
) -> None:
    settings.AUTHENTICATION_BACKENDS = [f"{__name__}.StrictBackend"]
    browsers = [await run(log_in, person) for person in (ana, bob)]
    pages = [await crowd.dial(headers=[cookie_of(one), ORIGIN]) for one in browsers]

    assert await pages[0].closed() == 4001
    assert (await pages[1].receive("welcome"))["user"]["id"] == str(bob.pk)


async def test_a_manager_of_the_site_is_asked_each_time(
    ana: Any, browser: Browser, crowd: Crowd, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = await crowd.dial(headers=[cookie_of(browser), ORIGIN])
    await first.receive("welcome")
    manager = type(type(ana)._default_manager)
    whole = manager.get_queryset
    monkeypatch.setattr(
        manager, "get_queryset", lambda self: whole(self).exclude(pk=ana.pk)
    )

    second = await crowd.dial(headers=[cookie_of(browser), ORIGIN])

    assert await second.closed() == 4001


class SessionStore(DatabaseSessions):
    """A class of the site's own, which forgets what is in a session."""

    def load(self) -> dict[str, Any]:
        return {}


async def test_a_session_class_of_the_site_says_what_is_in_a_session(
    settings: Any, browser: Browser, crowd: Crowd
) -> None:
    settings.SESSION_ENGINE = __name__
    page = await crowd.dial(headers=[cookie_of(browser), ORIGIN])

    assert await page.closed() == 4001


@pytest.mark.parametrize(
    "engine",
    ["signed_cookies", "cache", "cached_db", "file"],
)
async def test_every_kind_of_session_gets_in_and_stays(
    settings: Any, ana: Any, crowd: Crowd, tmp_path: Any, engine: str
) -> None:
    settings.SESSION_ENGINE = f"django.contrib.sessions.backends.{engine}"
    settings.SESSION_FILE_PATH = str(tmp_path)
    browser = await run(log_in, ana)
    page = await crowd.dial(headers=[cookie_of(browser), ORIGIN])
    await page.receive("welcome")

    await hub().heart.beat()

    assert "error" not in types(await page.settle())


# Versions


async def test_a_client_that_names_no_version_speaks_the_first(
    browser: Browser, crowd: Crowd
) -> None:
    page = await crowd.dial(headers=[cookie_of(browser), ORIGIN], subprotocols=[])

    assert (await page.receive("welcome"))["v"] == 1
    assert page.accepted is not None
    assert page.accepted["subprotocol"] is None


async def test_of_several_versions_the_one_we_speak_is_taken(
    browser: Browser, crowd: Crowd
) -> None:
    page = await crowd.dial(
        headers=[cookie_of(browser), ORIGIN],
        subprotocols=["django-chat.v9", "django-chat.v1"],
    )

    await page.receive("welcome")
    assert page.accepted is not None
    assert page.accepted["subprotocol"] == "django-chat.v1"


async def test_a_client_of_the_future_learns_that_it_is_not_understood(
    browser: Browser, crowd: Crowd
) -> None:
    page = await crowd.dial(
        headers=[cookie_of(browser), ORIGIN], subprotocols=["django-chat.v9", "x"]
    )

    assert await page.closed() == 4010
    # A browser fails a handshake that grants none of what it offered.
    assert page.accepted is not None
    assert page.accepted["subprotocol"] == "django-chat.v9"
    assert page.frames[-1]["code"] == "unsupported_version"


async def test_the_ticket_is_never_granted_as_a_protocol(
    browser: Browser, crowd: Crowd
) -> None:
    page = await crowd.dial(subprotocols=["ticket.x"])

    await page.closed()
    assert page.accepted is not None
    assert page.accepted["subprotocol"] is None


# The socket of one conversation


async def test_the_first_frames_come_in_order(
    ana: Any, bob: Any, duo: Any, crowd: Crowd
) -> None:
    await run(fill, duo, bob, 3)

    one = await crowd.join(ana, duo, after=1)

    assert types(one.frames) == [
        *("welcome", "subscribed", "message", "message", "caught_up"),
    ]
    welcome, subscribed, *messages, caught_up = one.frames
    assert welcome["mode"] == "single"
    assert subscribed["rev"] == subscribed["seq"] == 3
    assert subscribed["after"] == 1
    assert [message["rev"] for message in messages] == [2, 3]
    assert caught_up["rev"] == 3


async def test_without_a_cursor_nothing_is_replayed(
    ana: Any, bob: Any, duo: Any, crowd: Crowd
) -> None:
    await run(send, bob, duo)

    one = await crowd.join(ana, duo)

    assert types(one.frames) == ["welcome", "subscribed", "caught_up"]


@pytest.mark.parametrize("after", ["-1", "x", "1.5", "%31", "9" * 17, "9" * 5000, "½"])
async def test_a_cursor_that_is_no_number_is_told_and_counts_as_none(
    ana: Any, duo: Any, crowd: Crowd, after: str
) -> None:
    peer = await crowd.join(ana, duo, query=f"after={after}")

    assert types(peer.frames)[:3] == ["welcome", "subscribed", "caught_up"]
    error = await peer.receive("error")
    assert (error["code"], error["field"]) == ("invalid_payload", "after")
    assert "fatal" not in error


async def test_a_heartbeat_in_the_middle_of_connecting_does_not_come_first(
    ana: Any, duo: Any, crowd: Crowd
) -> None:
    connecting = [asyncio.ensure_future(crowd.join(ana, duo)) for _ in range(5)]
    while not all(task.done() for task in connecting):
        await hub().heart.beat()

    for task in connecting:
        assert types((await task).frames)[:3] == ["welcome", "subscribed", "caught_up"]


async def test_strangers_and_unknown_ids_get_the_same_answer(
    mallory: Any, duo: Any, crowd: Crowd
) -> None:
    answers = []
    browser = await run(log_in, mallory)
    for key in (str(duo.pk), str(uuid4())):
        peer = await crowd.dial(
            f"/ws/chat/{key}/", headers=[cookie_of(browser), ORIGIN]
        )
        code = await peer.closed()
        (error,) = peer.frames
        assert error.pop("conversation_id") == key
        answers.append((code, error))

    assert answers[0] == answers[1]
    assert answers[0][0] == 4003
    assert answers[0][1]["code"] == "not_participant"


async def test_a_former_member_is_turned_away(
    ana: Any, bob: Any, crew: Any, crowd: Crowd
) -> None:
    await run(
        remove_member,
        actor=actor(ana),
        conversation_id=crew.pk,
        user_id=str(bob.pk),
    )
    browser = await run(log_in, bob)
    peer = await crowd.dial(
        f"/ws/chat/{crew.pk}/", headers=[cookie_of(browser), ORIGIN]
    )

    assert await peer.closed() == 4003
    assert types(peer.frames) == ["error"]


@pytest.mark.parametrize("by_ana", [True, False])
async def test_a_block_closes_the_door_without_saying_so(
    ana: Any, bob: Any, duo: Any, crowd: Crowd, by_ana: bool
) -> None:
    blocker, blocked = (ana, bob) if by_ana else (bob, ana)
    await run(block_user, actor=actor(blocker), target=blocked)
    browser = await run(log_in, ana)
    peer = await crowd.dial(f"/ws/chat/{duo.pk}/", headers=[cookie_of(browser), ORIGIN])

    assert await peer.closed() == 4003
    assert peer.frames[-1]["code"] == "unavailable"


@pytest.mark.parametrize("key", ["x", "12", "0" * 36, "{%s}", "%sa"])
async def test_an_id_that_none_can_have_is_not_found(
    browser: Browser, duo: Any, crowd: Crowd, key: str
) -> None:
    key = key % duo.pk if "%s" in key else key
    peer = await crowd.dial(f"/ws/chat/{key}/", headers=[cookie_of(browser), ORIGIN])

    assert await peer.closed() == 4004
    assert peer.frames[-1]["code"] == "not_found"


async def test_who_is_not_logged_in_learns_nothing_of_ids(
    duo: Any, crowd: Crowd
) -> None:
    for key in (str(duo.pk), str(uuid4()), "x"):
        peer = await crowd.dial(f"/ws/chat/{key}/")
        assert await peer.closed() == 4001


async def test_the_id_may_be_written_in_capitals(
    ana: Any, bob: Any, duo: Any, browser: Browser, crowd: Crowd
) -> None:
    peer = await crowd.dial(
        f"/ws/chat/{str(duo.pk).upper()}/", headers=[cookie_of(browser), ORIGIN]
    )
    await peer.receive("caught_up", conversation_id=str(duo.pk))

    answer = await peer.ask(
        "send_message", conversation_id=str(duo.pk), content="Hello"
    )

    assert answer["type"] == "ack"


# How many


async def test_one_connection_too_many_is_turned_away(
    chat_settings: Any, ana: Any, bob: Any, crowd: Crowd
) -> None:
    chat_settings(MAX_CONNECTIONS_PER_USER=2)
    browser = await run(log_in, ana)
    headers = [cookie_of(browser), ORIGIN]
    first = await crowd.join(ana)
    await crowd.join(ana)

    third = await crowd.dial(headers=headers)
    assert await third.closed() == 4009
    assert third.frames[-1]["code"] == "too_many_connections"

    await crowd.join(bob)
    await first.disconnect()
    again = await crowd.dial(headers=headers)
    await again.receive("welcome")


async def test_who_leaves_and_comes_back_at_once_hears_everything(
    ana: Any, bob: Any, duo: Any, crowd: Crowd
) -> None:
    peer = await crowd.join(ana, duo)
    for _ in range(5):
        # The last one who leaves puts the hub to rest while the next one comes in.
        leaving = asyncio.ensure_future(peer.disconnect())
        peer, _ = await asyncio.gather(crowd.join(ana, duo), leaving)
        sent = await run(send, bob, duo)
        assert (await peer.receive("message"))["rev"] == sent.rev
    await quiet()
