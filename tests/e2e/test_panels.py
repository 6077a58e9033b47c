"""What opens beside or over the conversation."""

from __future__ import annotations

import asyncio
import re

import pytest
from playwright.async_api import expect

from tests.e2e.conftest import Enter
from tests.e2e.windows import Window

pytestmark = pytest.mark.asyncio(loop_scope="session")

WIDE = {"viewport": {"width": 1280, "height": 800}}
EXTRA = re.compile(r"/ui-extra[^/]*\.js")


async def contents(window: Window, chat: str) -> list[str]:
    """Return the messages as the server has them for this person."""
    page = await window.ask("GET", f"conversations/{chat}/messages/")
    # What one has deleted for oneself is there without its text.
    return [message.get("content", "") for message in page["results"]]


async def test_details_stand_beside_the_conversation_where_there_is_room(
    enter: Enter,
) -> None:
    ana, ben = await enter(**WIDE), await enter()
    group = await ana.form_group("Climbing", ben.person, (await enter()).person)
    chat = await ana.open_direct(ben.person)
    await ben.tell(chat, "Hello")
    await ana.open(group)
    await ana.part("open-details").click()
    await expect(ana.part("member")).to_have_count(3)
    await expect(ana.part("open-details")).to_have_attribute("aria-expanded", "true")
    # Beside it one can go on writing, and to another conversation.
    await ana.write("Saturday?")
    await ana.sees("Saturday?")
    await ana.row(chat).click()
    await expect(ana.part("drawer")).to_contain_text(ben.person.name)
    await expect(ana.part("member")).to_have_count(2)
    await expect(ana.field).to_be_focused()

    await ana.part("drawer").get_by_role("button", name="Close").focus()
    await ana.page.keyboard.press("Escape")
    await expect(ana.part("drawer")).to_be_hidden()
    await ana.part("open-details").click()
    await expect(ana.part("member")).to_have_count(2)
    await ana.page.keyboard.press("Escape")
    await expect(ana.part("drawer")).to_be_hidden()
    await expect(ana.part("open-details")).to_be_focused()


async def test_details_show_who_comes_while_they_are_open(enter: Enter) -> None:
    ana, ben = await enter(**WIDE), await enter()
    cem, dia = await enter(), await enter()
    group = await ben.form_group("Climbing", ana.person, cem.person)
    await ana.open(group)
    await ana.part("open-details").click()
    await expect(ana.part("member")).to_have_count(3)
    path = f"conversations/{group}/add_participants/"
    await ben.ask("POST", path, user_ids=[dia.person.id])
    newcomer = ana.part("member").filter(has_text=dia.person.name)
    await expect(newcomer).to_be_visible()


async def test_details_go_over_the_conversation_when_the_room_is_gone(
    enter: Enter,
) -> None:
    ana, ben = await enter(**WIDE), await enter()
    await ana.open(await ana.open_direct(ben.person))
    await ana.part("open-details").click()
    drawer = ana.part("drawer")
    await expect(ana.part("member")).to_have_count(2)
    assert not await drawer.evaluate("(it) => it.matches(':modal')")
    await ana.page.set_viewport_size({"width": 800, "height": 800})
    await expect(ana.page.locator("dialog:modal")).to_have_attribute(
        "data-dc", "drawer"
    )
    await ana.page.keyboard.press("Escape")
    await expect(drawer).to_be_hidden()


async def test_what_could_not_be_loaded_is_loaded_with_the_next_click(
    enter: Enter,
) -> None:
    ana = await enter()
    ana.expects_network_trouble = True
    await ana.page.route(EXTRA, lambda route: route.abort())
    await ana.open()
    await ana.part("new-chat").click()
    await expect(ana.part("toast")).to_contain_text("There is no connection")
    await ana.page.unroute(EXTRA)
    await ana.part("new-chat").click()
    await expect(ana.part("people-search")).to_be_focused()


async def test_a_message_deleted_by_mistake_is_put_back(enter: Enter) -> None:
    ana, ben = await enter(), await enter()
    chat = await ana.open_direct(ben.person)
    for content in ("One", "Two", "Three"):
        await ben.tell(chat, content)
    await ana.open(chat)
    await ana.choose("Two", "delete")
    await ana.part("delete-me").click()
    await ana.sees("One", "Three")
    # News find their place although one is hidden.
    await ben.tell(chat, "Four")
    await ana.sees("One", "Three", "Four")
    await ana.part("toast-action").click()
    await ana.sees("One", "Two", "Three", "Four")
    await expect(ana.part("toast")).to_have_count(0)
    assert "Two" in await contents(ana, chat)


async def test_a_message_deleted_for_oneself_is_gone_when_the_toast_is(
    enter: Enter,
) -> None:
    ana, ben = await enter(), await enter()
    chat = await ana.open_direct(ben.person)
    await ben.tell(chat, "One")
    await ben.tell(chat, "Two")
    await ana.open(chat)
    await ana.choose("Two", "delete")
    await ana.part("delete-me").click()
    await ana.sees("One")
    assert "Two" in await contents(ana, chat)
    await ana.part("toast").get_by_role("button", name="Close").click()
    async with asyncio.timeout(15):
        while "Two" in await contents(ana, chat):
            await ana.page.evaluate("'a turn of the page'")
    await ana.sees("One")
    assert "Two" in await contents(ben, chat)


async def test_a_page_that_is_left_deletes_at_once(enter: Enter) -> None:
    ana, ben = await enter(), await enter()
    chat = await ana.open_direct(ben.person)
    await ben.tell(chat, "One")
    await ben.tell(chat, "Two")
    await ana.open(chat)
    await ana.choose("Two", "delete")
    await ana.part("delete-me").click()
    await ana.sees("One")
    await ana.page.goto(f"{ana.url}/")
    await ana.open(chat)
    await ana.sees("One")
