"""Networks that fail, and a server that is killed."""

from __future__ import annotations

import asyncio

import pytest
from playwright.async_api import Page, expect

from tests.e2e.conftest import Enter
from tests.e2e.proxy import Proxy
from tests.e2e.site import ShopServer
from tests.e2e.windows import AT_ONCE_MS

pytestmark = pytest.mark.asyncio(loop_scope="session")

FAILURES = 5
"""Attempts in a row after which the client polls."""


@pytest.mark.parametrize("program", ["uvicorn", "daphne"])
async def test_what_was_written_while_the_network_was_cut_arrives_in_order_once(
    enter: Enter, proxy: Proxy
) -> None:
    ana, ben = await enter(url=proxy.url), await enter()
    ana.expects_network_trouble = True
    chat = await ana.open_direct(ben.person)
    await ana.open(chat)
    await ana.write("Before")
    await ben.open(chat)
    await ben.sees("Before")

    proxy.pull()
    for number in range(3):
        await ana.write(f"Ana {number}")
    await expect(ana.state("Ana 2")).to_have_accessible_name("Waiting to be sent")
    for number in range(3):
        await ben.write(f"Ben {number}")
    await expect(ana.banner).to_contain_text("Reconnecting…")
    await ana.sees("Before", "Ana 0", "Ana 1", "Ana 2")
    await ben.sees("Before", "Ben 0", "Ben 1", "Ben 2")

    proxy.plug()
    await expect(ana.banner).to_contain_text("Back online")
    for window in (ana, ben):
        await window.sees(
            *("Before", "Ben 0", "Ben 1", "Ben 2", "Ana 0", "Ana 1", "Ana 2")
        )
    await expect(ana.banner).to_have_count(0)


async def test_who_loses_the_socket_for_a_moment_only_sees_nothing_of_it(
    enter: Enter, proxy: Proxy
) -> None:
    ana, ben = await enter(url=proxy.url), await enter()
    ana.expects_network_trouble = True
    chat = await ana.open_direct(ben.person)
    await ana.open(chat)
    await proxy.until(lambda: proxy.sockets == 1)
    proxy.cut()
    await ben.open(chat)
    await ben.write("Are you there?")
    await proxy.until(lambda: proxy.sockets == 2)
    await ana.sees("Are you there?")
    await expect(ana.banner).to_have_count(0)


async def test_without_sockets_the_page_polls_and_comes_back_to_the_socket(
    enter: Enter, proxy: Proxy
) -> None:
    ana, ben = await enter(url=proxy.url), await enter()
    ana.expects_network_trouble = True
    chat = await ana.open_direct(ben.person)
    await ben.open(chat)
    await ana.page.clock.install()
    await ana.open(chat)
    await proxy.until(lambda: proxy.sockets == 1)
    await ana.page.evaluate("window.survives = true")

    proxy.refuses_sockets = True
    proxy.cut()
    async with ana.page.expect_response("**/sync/**") as first_poll:
        for attempt in range(1, FAILURES):
            await skip_until_refused(ana.page, proxy, attempt)
    assert (await first_poll.value).status in (200, 304)
    await ben.write("By mail")
    await ana.page.clock.run_for(4000)
    await ana.sees("By mail")
    await ana.write("I read you")
    await ben.sees("By mail", "I read you")
    await expect(ana.banner).to_contain_text("Live updates are limited.")

    proxy.plug()
    async with asyncio.timeout(30):
        while proxy.sockets == 1:
            await ana.page.clock.run_for(5000)
    await expect(ana.banner).to_contain_text("Back online")
    await ben.write("Live again")
    await expect(ana.message("Live again")).to_be_visible(timeout=AT_ONCE_MS)
    await ana.sees("By mail", "I read you", "Live again")
    assert await ana.page.evaluate("window.survives") is True


async def test_a_message_whose_confirmation_is_lost_is_not_there_twice(
    enter: Enter, proxy: Proxy
) -> None:
    ana, ben = await enter(url=proxy.url), await enter()
    ana.expects_network_trouble = True
    chat = await ana.open_direct(ben.person)
    await ana.open(chat)
    await ben.open(chat)
    await ana.write("One")
    await ben.sees("One")
    await expect(ana.state("One")).to_have_accessible_name("Read")
    proxy.delay = 60
    await ana.write("Two")
    await ben.sees("One", "Two")
    await expect(ana.state("Two")).to_have_accessible_name("Sending")
    proxy.delay = 0
    proxy.cut()
    await expect(ana.state("Two")).to_have_accessible_name("Read")
    for window in (ana, ben):
        await window.sees("One", "Two")
    await ben.page.reload()
    await ben.sees("One", "Two")


async def test_retry_now_does_not_wait_for_the_next_attempt(
    enter: Enter, proxy: Proxy
) -> None:
    ana, ben = await enter(url=proxy.url), await enter()
    ana.expects_network_trouble = True
    chat = await ana.open_direct(ben.person)
    await ana.page.clock.install()
    await ana.open(chat)
    await proxy.until(lambda: proxy.sockets == 1)
    proxy.pull()
    await skip_until_refused(ana.page, proxy, 2)
    await ana.page.clock.run_for(5000)
    await ana.banner.get_by_role("button", name="Retry now").wait_for()
    now = await ana.page.evaluate("Date.now()")
    await ana.page.clock.pause_at(now / 1000 + 1)
    proxy.plug()
    await ana.banner.get_by_role("button", name="Retry now").click()
    await expect(ana.banner).to_contain_text("Back online", timeout=3000)


async def skip_until_refused(page: Page, proxy: Proxy, count: int) -> None:
    """Let the page's time pass until it has been refused `count` sockets."""
    async with asyncio.timeout(30):
        while proxy.refused < count:
            await page.clock.run_for(1000)


@pytest.mark.parametrize("program", ["uvicorn", "daphne"])
async def test_nothing_is_lost_or_doubled_when_the_server_is_killed_meanwhile(
    enter: Enter, server: ShopServer
) -> None:
    ana, ben = await enter(), await enter()
    ana.expects_network_trouble = ben.expects_network_trouble = True
    chat = await ana.open_direct(ben.person)
    await ana.open(chat)
    await ben.open(chat)
    said = [f"Message {number}" for number in range(20)]
    for content in said[:7]:
        await ana.write(content)
    server.kill()
    async with asyncio.TaskGroup() as both:
        both.create_task(asyncio.to_thread(server.start))
        for content in said[7:]:
            await ana.write(content)
    for window in (ana, ben):
        await expect(window.bodies).to_have_text(said, timeout=30_000)
    await expect(ana.page.locator('article[data-state="sent"]')).to_have_count(20)
    await ben.page.reload()
    await ben.sees(*said)
