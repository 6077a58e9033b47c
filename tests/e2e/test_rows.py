"""What one does with a conversation in the list."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.async_api import expect

from tests.e2e.conftest import Enter
from tests.e2e.test_hands import PHONE
from tests.e2e.windows import Window, greeted

pytestmark = pytest.mark.asyncio(loop_scope="session")

LIST_ALONE = """() => {
  const list = document.createElement("django-chat-list");
  document.querySelector("django-chat").replaceWith(list);
}"""

KEEP_HERE = """() => addEventListener("dc-navigate", (event) => {
  event.preventDefault();
  document.title = event.detail.conversation;
})"""


async def standing(window: Window, chat: str) -> Any:
    """Return a conversation as the server has it."""
    return await window.ask("GET", f"conversations/{chat}/")


async def test_a_right_click_marks_a_conversation_read_and_unread_again(
    enter: Enter,
) -> None:
    ana, chat = await greeted(enter)
    await ana.open()
    badge = ana.row(chat).locator('[data-dc="unread"]')
    await expect(badge).to_contain_text("1")
    await ana.row(chat).click(button="right")
    await ana.part("menu-read").click()
    await expect(badge).to_have_count(0)
    await expect(ana.row(chat)).to_be_focused()
    assert (await standing(ana, chat))["unread_count"] == 0

    await ana.row(chat).click(button="right")
    await ana.part("menu-unread").click()
    await expect(badge).to_have_count(1)
    assert (await standing(ana, chat))["marked_unread"]
    await expect(ana.page).to_have_url(f"{ana.url}/chat/")


async def test_the_keyboard_pins_a_conversation_to_the_top(enter: Enter) -> None:
    ana, ben, cem = await enter(), await enter(), await enter()
    older = await ana.open_direct(ben.person)
    await ben.tell(older, "First")
    newer = await ana.open_direct(cem.person)
    await cem.tell(newer, "Second")
    await ana.open()
    rows = ana.part("row")
    await expect(rows.first).to_have_attribute("data-id", newer)
    # The rows are one stop; arrows lead from one to the next.
    await rows.first.focus()
    await ana.page.keyboard.press("ArrowDown")
    await expect(ana.row(older)).to_be_focused()
    await ana.page.keyboard.press("Shift+F10")
    # What the menu says is fetched when it is first wanted.
    await expect(ana.part("menu-unread").or_(ana.part("menu-read"))).to_be_focused()
    await ana.page.keyboard.press("ArrowDown")
    await expect(ana.part("menu-pin")).to_be_focused()
    await ana.page.keyboard.press("Enter")
    await expect(rows.first).to_have_attribute("data-id", older)
    await expect(ana.row(older)).to_be_focused()
    await expect(ana.row(older)).to_have_attribute("tabindex", "0")
    await expect(ana.row(newer)).to_have_attribute("tabindex", "-1")

    await ana.page.keyboard.press("ContextMenu")
    await ana.part("menu-pin").click()
    await expect(rows.first).to_have_attribute("data-id", newer)


async def test_a_row_that_moves_takes_the_focus_along(enter: Enter) -> None:
    ana, ben, cem = await enter(), await enter(), await enter()
    first = await ana.open_direct(ben.person)
    await ben.tell(first, "Hello")
    second = await ana.open_direct(cem.person)
    await cem.tell(second, "Hello")
    await ana.open()
    rows = ana.part("row")
    for chat, other, below in [(first, ben, second), (second, cem, first)]:
        await expect(rows.first).to_have_attribute("data-id", below)
        await rows.first.focus()
        await other.tell(chat, "Are you there?")
        await expect(rows.first).to_have_attribute("data-id", chat)
        await expect(ana.row(below)).to_be_focused()


async def test_what_was_archived_by_mistake_comes_back(enter: Enter) -> None:
    ana, chat = await greeted(enter)
    await ana.open()
    await ana.row(chat).hover()
    await ana.part("row-menu").click()
    await ana.part("menu-archive").click()
    await expect(ana.row(chat)).to_have_count(0)
    assert (await standing(ana, chat))["archived_by_me"]
    await ana.part("toast-action").click()
    await expect(ana.row(chat)).to_be_visible()
    assert not (await standing(ana, chat))["archived_by_me"]


async def test_a_finger_that_stays_opens_the_menu_and_not_the_conversation(
    enter: Enter,
) -> None:
    ana, ben = await enter(**PHONE), await enter()
    chat = await ana.open_direct(ben.person)
    await ben.tell(chat, "Hello")
    await ana.open()
    box = await ana.row(chat).bounding_box()
    assert box is not None
    finger = await ana.context.new_cdp_session(ana.page)
    point = {"x": box["x"] + 100, "y": box["y"] + 20}
    event = {"type": "touchStart", "touchPoints": [point]}
    await finger.send("Input.dispatchTouchEvent", event)
    await expect(ana.part("menu-pin")).to_be_visible()
    event = {"type": "touchEnd", "touchPoints": []}
    await finger.send("Input.dispatchTouchEvent", event)
    await ana.part("menu-pin").tap()
    await expect(ana.row(chat).locator(".icon-pin")).to_be_visible()
    await expect(ana.thread).to_have_count(0)


async def test_the_list_alone_leads_to_the_pages_of_its_conversations(
    enter: Enter,
) -> None:
    ana, chat = await greeted(enter)
    await ana.open()
    await ana.page.evaluate(LIST_ALONE)
    await expect(ana.row(chat)).to_contain_text("Hello")
    await expect(ana.thread).to_have_count(0)
    await ana.row(chat).click()
    await expect(ana.page).to_have_url(re.compile(f"/chat/{chat}/$"))
    await ana.sees("Hello")


async def test_a_page_decides_where_the_list_alone_leads_to(enter: Enter) -> None:
    ana, chat = await greeted(enter)
    await ana.open()
    await ana.page.evaluate(LIST_ALONE)
    await ana.page.evaluate(KEEP_HERE)
    await ana.row(chat).click()
    await expect(ana.page).to_have_title(chat)
    await expect(ana.page).to_have_url(f"{ana.url}/chat/")


async def test_a_row_shows_what_was_written_and_not_sent(enter: Enter) -> None:
    ana, ben, cem = await enter(), await enter(), await enter()
    chat, other = await ana.open_direct(ben.person), await ana.open_direct(cem.person)
    await ben.tell(chat, "Hello")
    await ana.open(chat)
    await ana.field.fill("Well, I")
    # What is open is seen in its field.
    await expect(ana.row(chat)).to_contain_text("Hello")
    await ana.row(other).click()
    await expect(ana.row(chat)).to_contain_text("Draft: Well, I")
    await expect(ana.row(chat)).not_to_contain_text("Hello")

    await ana.open()
    await expect(ana.row(chat)).to_contain_text("Draft: Well, I")
    await ana.row(chat).click()
    await expect(ana.field).to_have_value("Well, I")
    await expect(ana.row(chat)).to_contain_text("Hello")
    await ana.field.fill("")
    await ana.row(other).click()
    await expect(ana.row(other)).to_have_attribute("aria-current", "page")
    await expect(ana.row(chat)).to_contain_text("Hello")

    await ana.row(chat).click()
    await ana.write("Good morning")
    await expect(ana.row(chat)).to_contain_text("You: Good morning")
    await ana.row(other).click()
    await expect(ana.row(other)).to_have_attribute("aria-current", "page")
    await expect(ana.row(chat)).to_contain_text("You: Good morning")


async def test_the_narrowest_list_shows_all_its_filters(enter: Enter) -> None:
    ana = await enter(viewport={"width": 320, "height": 640})
    await ana.open()
    chips = ana.page.locator(".chip")
    await expect(chips).to_have_count(4)
    for chip in await chips.all():
        await expect(chip).to_be_in_viewport(ratio=1)
