"""The chat in the corner of the shop's pages."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Locator, expect

from tests.e2e.conftest import Enter
from tests.e2e.windows import Window, greeted

pytestmark = pytest.mark.asyncio(loop_scope="session")

UI = re.compile(r"/ui(\.[0-9a-f]+)?\.js")
POPUP = "django-chat-widget"


def launcher(window: Window) -> Locator:
    return window.page.locator(f"{POPUP} .launcher")


def panel(window: Window) -> Locator:
    return window.page.locator(f"{POPUP} dialog.panel")


def badge(window: Window, place: str) -> Locator:
    """Return the number of unread messages that `place` shows."""
    return window.page.locator(f"{place} django-chat-badge .badge")


async def visit(window: Window, path: str = "/") -> None:
    """Open a page of the shop, and wait for the chat in its corner."""
    await window.page.goto(f"{window.url}{path}")
    await expect(launcher(window)).to_be_visible()


async def visit_chatting(window: Window, chat: str) -> None:
    """Open a page of the shop, and in its corner a conversation."""
    await visit(window)
    await launcher(window).click()
    await window.row(chat).click()
    await expect(window.thread).to_have_attribute("aria-busy", "false")


async def test_a_click_opens_the_chat_with_the_focus_and_escape_gives_it_back(
    enter: Enter,
) -> None:
    ana, chat = await greeted(enter)
    await visit(ana)
    await expect(panel(ana)).to_be_hidden()
    await launcher(ana).click()
    await expect(panel(ana)).to_be_focused()
    await expect(launcher(ana)).to_have_attribute("aria-expanded", "true")
    await expect(ana.row(chat)).to_contain_text("Hello")
    await ana.page.keyboard.press("Escape")
    await expect(panel(ana)).to_be_hidden()
    await expect(launcher(ana)).to_be_focused()
    await expect(launcher(ana)).to_have_attribute("aria-expanded", "false")


async def test_the_keyboard_alone_opens_the_chat_writes_and_leaves(
    enter: Enter,
) -> None:
    ana, chat = await greeted(enter)
    await visit(ana)
    await launcher(ana).focus()
    await ana.page.keyboard.press("Enter")
    await expect(panel(ana)).to_be_focused()
    await ana.row(chat).focus()
    await ana.page.keyboard.press("Enter")
    await expect(ana.field).to_be_focused()

    # One leaves the field first, then the chat.
    await ana.page.keyboard.press("Escape")
    await expect(ana.field).not_to_be_focused()
    await ana.page.keyboard.press("Escape")
    await expect(panel(ana)).to_be_hidden()
    await expect(launcher(ana)).to_be_focused()
    await ana.page.keyboard.press("Enter")
    await expect(ana.field).to_be_focused()


async def test_an_open_conversation_goes_along_to_the_next_page_of_the_tab(
    enter: Enter,
) -> None:
    ana, chat = await greeted(enter)
    await visit_chatting(ana, chat)
    await ana.page.get_by_role("link", name="Orders").click()
    await expect(ana.page).to_have_url(f"{ana.url}/orders/")
    await ana.sees("Hello")
    # Nobody asked for it on this page.
    await expect(ana.field).to_be_visible()
    await expect(ana.field).not_to_be_focused()

    await launcher(ana).click()
    await expect(panel(ana)).to_be_hidden()
    await visit(ana)
    await expect(panel(ana)).to_be_hidden()
    await launcher(ana).click()
    await ana.sees("Hello")

    other = await ana.context.new_page()
    await other.goto(f"{ana.url}/")
    await expect(other.locator(f"{POPUP} .launcher")).to_be_visible()
    await expect(other.locator(f"{POPUP} dialog.panel")).to_be_hidden()


async def test_news_raise_the_numbers_of_a_page_while_the_chat_is_closed(
    enter: Enter,
) -> None:
    ana, ben = await enter(), await enter()
    chat = await ana.open_direct(ben.person)
    await visit_chatting(ana, chat)
    await launcher(ana).click()
    await expect(panel(ana)).to_be_hidden()
    for place in (POPUP, "nav"):
        await expect(badge(ana, place)).to_be_hidden()
    for count in ("1", "2"):
        await ben.tell(chat, f"Message {count}")
        for place in (POPUP, "nav"):
            found = badge(ana, place)
            await expect(found).to_have_text(count)
            await expect(found).to_be_visible()
    await launcher(ana).click()
    await ana.sees("Message 1", "Message 2")
    await expect(badge(ana, "nav")).to_be_hidden()


async def test_what_is_written_in_the_corner_of_a_page_reaches_the_other(
    enter: Enter,
) -> None:
    ana, ben = await enter(), await enter()
    chat = await ana.open_direct(ben.person)
    await ben.open(chat)
    await visit_chatting(ana, chat)
    await ana.write("Hello from the shop")
    message = ben.message("Hello from the shop")
    await expect(message).to_be_visible()
    await ben.write("Welcome")
    await expect(ana.message("Welcome")).to_be_visible()


async def test_a_chat_that_could_not_be_loaded_is_loaded_with_the_next_click(
    enter: Enter,
) -> None:
    ana = await enter()
    ana.expects_network_trouble = True
    await ana.page.route(UI, lambda route: route.abort())
    await visit(ana)
    async with ana.page.expect_event("requestfailed"):
        await launcher(ana).click()
    # The page without JavaScript leads there, too.
    await expect(ana.page.get_by_role("link", name="Messages")).to_be_visible()
    await launcher(ana).click()
    await expect(panel(ana)).to_be_hidden()
    await ana.page.unroute(UI)
    await launcher(ana).click()
    await expect(ana.list).to_be_visible()
