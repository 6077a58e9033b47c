"""Who may no longer listen is sent away: at once by news, else by the heartbeat."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth import update_session_auth_hash
from django.contrib.sessions.models import Session
from django.test import Client as Browser
from django.test import RequestFactory

from django_chat.connections.services import issue_ticket
from django_chat.groups.services.members import leave, remove_member
from django_chat.groups.services.settings import delete_conversation
from django_chat.people.services import block_user, unblock_user
from django_chat.timeline.models import Conversation
from django_chat.ws.hub import hub
from tests.factories import actor, fill, send
from tests.ws.clients import ORIGIN, Crowd, cookie_of, log_in, quiet, run, types
from tests.ws.post import intercepted

pytestmark = [pytest.mark.asyncio]


async def page(crowd: Crowd, browser: Browser, path: str = "/ws/chat/") -> Any:
    """Open a socket as a page in a browser does."""
    peer = await crowd.dial(path, headers=[cookie_of(browser), ORIGIN])
    await peer.receive("welcome")
    return peer


def log_out(browser: Browser) -> None:
    browser.logout()


def change_password(browser: Browser, user: Any) -> None:
    user.set_password("new")
    user.save()


def deactivate(browser: Browser, user: Any) -> None:
    user.is_active = False
    user.save()


def deactivate_one_field(browser: Browser, user: Any) -> None:
    user.is_active = False
    user.save(update_fields=["is_active"])


def delete(browser: Browser, user: Any) -> None:
    user.delete()


def log_out_by_signal(browser: Browser, user: Any) -> None:
    browser.logout()


NEWS: list[Callable[[Browser, Any], None]] = [
    log_out_by_signal,
    change_password,
    deactivate,
    deactivate_one_field,
    delete,
]


def update_is_active(browser: Browser, user: Any) -> None:
    type(user).objects.filter(pk=user.pk).update(is_active=False)


def flush_sessions(browser: Browser, user: Any) -> None:
    Session.objects.all().delete()


def change_password_by_update(browser: Browser, user: Any) -> None:
    type(user).objects.filter(pk=user.pk).update(password="another")


@pytest.mark.parametrize("how", NEWS)
async def test_the_news_closes_the_socket_at_once(
    ana: Any, bob: Any, duo: Conversation, crowd: Crowd, how: Any
) -> None:
    browser = await run(log_in, ana)
    multi = await page(crowd, browser)
    single = await page(crowd, browser, f"/ws/chat/{duo.pk}/")
    neighbour = await crowd.join(bob)

    await run(how, browser, ana)

    for peer in (multi, single):
        assert await peer.closed() in ((4001, 4003) if how is delete else (4001,))
    assert multi.close_code == 4001
    assert multi.frames[-1]["code"] == "not_authenticated"
    await neighbour.settle()
    assert neighbour.close_code is None


@pytest.mark.parametrize(
    "how", [*NEWS, update_is_active, flush_sessions, change_password_by_update]
)
async def test_without_news_the_heartbeat_closes_it(
    ana: Any, bob: Any, duo: Conversation, crowd: Crowd, how: Any
) -> None:
    browser = await run(log_in, ana)
    multi, neighbour = await page(crowd, browser), await crowd.join(bob)

    with intercepted():
        await run(how, browser, ana)
        await hub().heart.beat()

    assert await multi.closed() == 4001
    await neighbour.settle()
    assert neighbour.close_code is None


async def test_by_the_clock_the_heartbeat_comes_of_itself(
    ana: Any, crowd: Crowd, chat_settings: Any
) -> None:
    chat_settings(PING_SECONDS=0.05)
    browser = await run(log_in, ana)
    peer = await page(crowd, browser)

    await run(flush_sessions, browser, ana)

    assert await peer.closed() == 4001


async def test_logging_out_here_does_not_log_out_there(ana: Any, crowd: Crowd) -> None:
    here, there = await run(log_in, ana), await run(log_in, ana)
    closing, staying = await page(crowd, here), await page(crowd, there)
    token = await crowd.join(ana)

    await run(log_out, here)

    assert await closing.closed() == 4001
    await quiet()
    for peer in (staying, token):
        await peer.settle()
        assert peer.close_code is None


async def test_a_log_out_without_a_session_closes_nobody_s_socket(
    ana: Any, crowd: Crowd
) -> None:
    from django.contrib.auth import logout
    from django.contrib.sessions.backends.db import SessionStore

    token = await crowd.join(ana)

    def log_out_of_nothing() -> None:
        request: Any = RequestFactory().get("/")
        request.user, request.session = ana, SessionStore()
        logout(request)

    await run(log_out_of_nothing)

    await token.settle()
    assert token.close_code is None


async def test_the_socket_of_a_ticket_ends_with_the_session_it_came_from(
    ana: Any, crowd: Crowd
) -> None:
    browser = await run(log_in, ana)

    def ticket() -> str:
        key = browser.session.session_key
        return issue_ticket(actor=actor(ana), session_key=key)

    phone = await crowd.dial(query=f"ticket={await run(ticket)}")
    await phone.receive("welcome")

    await run(log_out, browser)

    assert await phone.closed() == 4001


async def test_the_socket_of_a_ticket_ends_when_the_news_is_lost_too(
    ana: Any, crowd: Crowd
) -> None:
    browser = await run(log_in, ana)

    def ticket() -> str:
        key = browser.session.session_key
        return issue_ticket(actor=actor(ana), session_key=key)

    phone = await crowd.dial(query=f"ticket={await run(ticket)}")
    await phone.receive("welcome")

    with intercepted():
        await run(log_out, browser)
        await hub().heart.beat()

    assert await phone.closed() == 4001


async def test_sessions_that_only_the_browser_keeps_survive_the_heartbeat(
    ana: Any, crowd: Crowd, settings: Any
) -> None:
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"
    browser = await run(log_in, ana)
    peer = await page(crowd, browser)

    await hub().heart.beat()

    await peer.settle()
    assert peer.close_code is None


async def test_changing_one_s_password_keeps_the_page_that_reconnects(
    ana: Any, crowd: Crowd
) -> None:
    browser = await run(log_in, ana)
    before = await page(crowd, browser)

    def change() -> None:
        """As Django's own view does."""
        ana.set_password("new")
        ana.save()
        request: Any = RequestFactory().get("/")
        request.user, request.session = ana, browser.session
        update_session_auth_hash(request, ana)
        request.session.save()
        browser.cookies["sessionid"] = request.session.session_key

    await run(change)

    assert await before.closed() == 4001
    await page(crowd, browser)


async def test_saving_a_user_otherwise_closes_nothing(ana: Any, crowd: Crowd) -> None:
    browser = await run(log_in, ana)
    peer, phone = await page(crowd, browser), await crowd.join(ana)

    def save() -> None:
        ana.first_name = "Ana"
        ana.save()

    await run(save)
    await run(log_in, ana)  # elsewhere, which saves `last_login`
    await quiet()
    await hub().heart.beat()

    for one in (peer, phone):
        await one.settle()
        assert one.close_code is None


async def test_who_was_deactivated_can_do_nothing_before_the_heartbeat(
    ana: Any, bob: Any, duo: Conversation, crew: Conversation, crowd: Crowd
) -> None:
    message = await run(send, ana, duo)
    peer = await crowd.join(ana)
    await run(type(ana).objects.filter(pk=ana.pk).update, is_active=False)
    key = {"conversation_id": str(duo.pk)}

    refused = [
        await peer.ask("send_message", **key, content="Hello"),
        await peer.ask("edit_message", message_id=str(message.pk), content="x"),
        await peer.ask("delete_message", message_id=str(message.pk)),
        await peer.ask("read", **key),
        await peer.ask("typing", **key, is_typing=True),
        await peer.ask("leave", conversation_id=str(crew.pk)),
        await peer.ask("open_direct", user_id="@cleo"),
        await peer.ask("create_group", group_name="x", members=["@bob", "@cleo"]),
    ]

    codes = {frame["code"] for frame in refused}
    assert codes <= {"not_authenticated", "not_found"}
    await run(duo.refresh_from_db)
    assert duo.rev == 1
    assert await run(Conversation.objects.count) == 2


# Conversations


@pytest.mark.parametrize("single", [True, False])
@pytest.mark.parametrize("how", ["removed", "left", "deleted"])
async def test_the_end_of_a_membership_ends_the_listening(
    ana: Any, bob: Any, crew: Conversation, crowd: Crowd, how: str, single: bool
) -> None:
    await run(fill, crew, ana, 1)
    peer = await (crowd.join(bob, crew) if single else crowd.subscribe(bob, crew))
    args: dict[str, Any] = {"conversation_id": crew.pk}

    match how:
        case "removed":
            await run(remove_member, actor=actor(ana), user_id=str(bob.pk), **args)
        case "left":
            await run(leave, actor=actor(bob), **args)
        case "deleted":
            await run(delete_conversation, actor=actor(ana), **args)

    if single:
        assert await peer.closed() == 4003
        assert peer.frames[-1]["code"] == "not_participant"
    else:
        reason = "closed" if how == "deleted" else "removed"
        assert (await peer.receive("unsubscribed"))["reason"] == reason
        assert peer.received("inbox", reason="removed")
        answer = await peer.ask("read", conversation_id=str(crew.pk))
        assert answer["code"] in ("not_participant", "not_found")


async def test_leaving_ends_all_of_one_s_own_sockets(
    bob: Any, crew: Conversation, crowd: Crowd
) -> None:
    one, two = await crowd.join(bob, crew), await crowd.join(bob, crew)
    three = await crowd.subscribe(bob, crew)

    await one.send("leave")

    assert await one.closed() == await two.closed() == 4003
    await three.receive("unsubscribed")


@pytest.mark.parametrize("blocker_is_ana", [True, False])
async def test_a_block_ends_the_direct_conversation_for_both_at_once(
    ana: Any, bob: Any, duo: Conversation, crowd: Crowd, blocker_is_ana: bool
) -> None:
    single, multi = await crowd.join(ana, duo), await crowd.subscribe(bob, duo)
    blocker, blocked = (ana, bob) if blocker_is_ana else (bob, ana)

    await run(block_user, actor=actor(blocker), target=blocked)

    assert await single.closed() == 4003
    assert single.frames[-1]["code"] == "unavailable"
    assert (await multi.receive("unsubscribed"))["reason"] == "unavailable"
    assert "block" not in str(single.frames if blocked == ana else multi.frames)


async def test_after_unblocking_it_can_be_opened_again(
    ana: Any, bob: Any, duo: Conversation, crowd: Crowd
) -> None:
    peer = await crowd.subscribe(bob, duo)
    await run(block_user, actor=actor(ana), target=bob)
    await peer.receive("unsubscribed")
    await peer.send("subscribe", conversations=[{"id": str(duo.pk)}])
    assert (await peer.receive("error"))["code"] == "unavailable"

    await run(unblock_user, actor=actor(ana), target=bob)
    await peer.send("subscribe", conversations=[{"id": str(duo.pk)}])

    await peer.receive("caught_up")
    await run(send, ana, duo)
    await peer.receive("message")


async def test_a_block_leaves_the_groups_open(
    ana: Any, bob: Any, crew: Conversation, crowd: Crowd
) -> None:
    one, two = await crowd.join(ana, crew), await crowd.join(bob, crew)

    await run(block_user, actor=actor(ana), target=bob)
    await quiet()

    for peer in (one, two):
        await peer.settle()
        assert peer.close_code is None


async def test_a_deleted_user_s_friends_go_on(
    ana: Any, bob: Any, crew: Conversation, crowd: Crowd
) -> None:
    await run(send, bob, crew, "what bob said")
    friend, gone = await crowd.join(ana, crew), await crowd.join(bob)
    key = str(bob.pk)

    await run(bob.delete)

    assert await gone.closed() == 4001
    await friend.receive("conversation_updated", members_removed=[key])
    assert (await friend.ask("send_message", content="Bye, bob"))["type"] == "ack"
    assert types(friend.frames).count("error") == 0
