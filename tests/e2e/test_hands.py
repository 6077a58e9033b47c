"""Without a mouse, without a keyboard, without JavaScript."""

from __future__ import annotations

import pytest
from playwright.async_api import Locator, expect

from tests.e2e.conftest import Enter
from tests.e2e.windows import Window, greeted

pytestmark = pytest.mark.asyncio(loop_scope="session")

PHONE = {
    "viewport": {"width": 390, "height": 844},
    "device_scale_factor": 2,
    "has_touch": True,
    "is_mobile": True,
}
STOPS = 30
"""More than anybody would press Tab."""


async def tab_to(window: Window, target: Locator, key: str = "Tab") -> None:
    """Press Tab until something has the focus."""
    for _ in range(STOPS):
        await window.page.keyboard.press(key)
        if await target.evaluate("(it) => it.matches(':focus')"):
            return
    pytest.fail(f"{key} does not lead to {target}")


async def test_the_keyboard_alone_leads_through_the_chat(enter: Enter) -> None:
    ana, chat = await greeted(enter)
    await ana.open()
    await expect(ana.row(chat)).to_be_visible()
    await tab_to(ana, ana.row(chat))
    await ana.page.keyboard.press("Enter")
    await expect(ana.field).to_be_focused()

    await ana.page.keyboard.type("Good mornin")
    await ana.page.keyboard.press("Enter")
    await expect(ana.state("Good mornin")).to_have_accessible_name("Sent")
    await ana.page.keyboard.press("ArrowUp")
    await expect(ana.field).to_have_value("Good mornin")
    await ana.page.keyboard.type("g")
    await ana.page.keyboard.press("Enter")
    await ana.sees("Hello", "Good morning")

    await ana.page.keyboard.press("ArrowUp")
    await expect(ana.part("editing")).to_be_visible()
    await ana.page.keyboard.press("Escape")
    await expect(ana.part("editing")).to_have_count(0)
    await expect(ana.field).to_have_value("")

    # The messages are one stop, the newest; arrows lead from one to the next.
    await tab_to(ana, ana.message("Good morning"), "Shift+Tab")
    await ana.page.keyboard.press("ArrowUp")
    await expect(ana.message("Hello")).to_be_focused()
    await ana.page.keyboard.press("ArrowDown")
    await expect(ana.message("Good morning")).to_be_focused()
    await ana.page.keyboard.press("ArrowUp")
    await expect(ana.message("Hello")).to_be_focused()
    await ana.page.keyboard.press("r")
    await expect(ana.part("replying")).to_contain_text("Hello")
    await expect(ana.field).to_be_focused()
    await ana.page.keyboard.press("Escape")
    await expect(ana.part("replying")).to_have_count(0)
    await ana.sees("Hello", "Good morning")


async def test_a_phone_shows_the_list_or_the_thread_and_has_a_button_to_send(
    enter: Enter,
) -> None:
    ana, ben = await enter(**PHONE), await enter()
    chat = await ana.open_direct(ben.person)
    await ben.tell(chat, "Hello")
    await ana.open()
    await ana.row(chat).tap()
    await expect(ana.message("Hello")).to_be_visible()
    await expect(ana.row(chat)).to_be_hidden()
    await expect(ana.field).not_to_be_focused()

    await ana.field.tap()
    await ana.page.keyboard.type("One")
    await ana.page.keyboard.press("Enter")
    await ana.page.keyboard.type("Two")
    await expect(ana.field).to_have_value("One\nTwo")
    await expect(ana.bodies).to_have_text(["Hello"])
    await ana.part("send").tap()
    await expect(ana.bodies).to_have_text(["Hello", "One\nTwo"])
    await expect(ana.field).to_have_value("")

    await ana.part("back").tap()
    await expect(ana.row(chat)).to_be_visible()
    await expect(ana.thread).to_have_count(0)
    await expect(ana.page).to_have_url(f"{ana.url}/chat/")
    await ana.row(chat).tap()
    await expect(ana.message("Hello")).to_be_visible()
    await ana.page.go_back()
    await expect(ana.row(chat)).to_be_visible()
    await expect(ana.thread).to_have_count(0)


async def test_going_back_shows_the_list_also_after_a_conversation_came_first(
    enter: Enter,
) -> None:
    ana, ben = await enter(**PHONE), await enter()
    chat = await ana.open_direct(ben.person)
    await ben.tell(chat, "Hello")
    await ana.open(chat)
    await ana.part("back").tap()
    await ana.row(chat).tap()
    await expect(ana.message("Hello")).to_be_visible()
    await ana.page.go_back()
    await expect(ana.page).to_have_url(f"{ana.url}/chat/")
    await expect(ana.thread).to_have_count(0, timeout=3000)


async def test_without_javascript_the_chat_is_read_and_written_in_pages(
    enter: Enter,
) -> None:
    ana, ben = await enter(java_script_enabled=False), await enter()
    chat = await ana.open_direct(ben.person)
    await ben.tell(chat, "Hello")
    await ben.open(chat)
    await ana.page.goto(f"{ana.url}/chat/")
    row = ana.page.locator(".dc-row").filter(has_text=ben.person.name)
    await expect(row).to_contain_text("1 unread message")
    await row.click()
    await expect(ana.page.locator(".dc-bubble__text")).to_have_text(["Hello"])
    await ana.page.get_by_role("textbox").fill("By pigeon")
    await ana.page.get_by_role("button", name="Send").click()
    await expect(ana.page.locator(".dc-bubble__text")).to_have_text(
        ["Hello", "By pigeon"]
    )
    await ben.sees("Hello", "By pigeon")
