"""Keys that lead from one part of the chat to another."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.e2e.conftest import Enter
from tests.e2e.windows import Window, greeted

pytestmark = pytest.mark.asyncio(loop_scope="session")

HOSTS_FIELD = """() => {
  const field = Object.assign(document.createElement("input"), { slot: "header-end", id: "own" });
  document.querySelector("django-chat").append(field);
  field.focus();
}"""

COMPOSE = """(row) => row.dispatchEvent(new KeyboardEvent("keydown",
  { key: "?", isComposing: true, bubbles: true, composed: true, cancelable: true }))"""


async def meet(enter: Enter) -> tuple[Window, str, str, str]:
    """Return somebody with three conversations, the latest first: one of them read."""
    ana, ben, cem, dia = [await enter() for _ in range(4)]
    chats = []
    for other in (dia, cem, ben):
        chat = await ana.open_direct(other.person)
        await other.tell(chat, f"From {other.person.username}")
        chats.insert(0, chat)
    await ana.ask("POST", f"conversations/{chats[1]}/mark_read/", up_to_seq=1)
    await ana.open()
    await expect(ana.part("row")).to_have_count(3)
    return ana, chats[0], chats[1], chats[2]


async def test_alt_and_arrows_lead_to_the_next_conversation(enter: Enter) -> None:
    ana, first, second, third = await meet(enter)
    await ana.row(first).click()
    await expect(ana.field).to_be_focused()
    for key, chat in [("ArrowDown", second), ("ArrowDown", third), ("ArrowUp", second)]:
        await ana.page.keyboard.press(f"Alt+{key}")
        await expect(ana.row(chat)).to_have_attribute("aria-current", "page")
        await expect(ana.field).to_be_focused()
    # Nothing was edited on the way, and the end is the end.
    await ana.page.keyboard.press("Alt+ArrowUp")
    await ana.page.keyboard.press("Alt+ArrowUp")
    await expect(ana.row(first)).to_have_attribute("aria-current", "page")
    await expect(ana.part("editing")).to_have_count(0)


async def test_with_shift_they_skip_what_is_read(enter: Enter) -> None:
    ana, first, _, third = await meet(enter)
    await ana.row(first).click()
    await expect(ana.field).to_be_focused()
    await ana.page.keyboard.press("Alt+Shift+ArrowDown")
    await expect(ana.row(third)).to_have_attribute("aria-current", "page")


async def test_f6_goes_round_the_parts(enter: Enter) -> None:
    ana, first, _, _ = await meet(enter)
    await ana.row(first).click()
    await expect(ana.field).to_be_focused()
    stops = [ana.row(first), ana.page.locator("article.message"), ana.field]
    for stop in stops:
        await ana.page.keyboard.press("F6")
        await expect(stop).to_be_focused()
    for stop in reversed(stops[:2]):
        await ana.page.keyboard.press("Shift+F6")
        await expect(stop).to_be_focused()


async def test_control_k_searches_also_where_the_list_is_covered(enter: Enter) -> None:
    ana, first, _, _ = await meet(enter)
    await ana.row(first).click()
    await expect(ana.field).to_be_focused()
    await ana.page.keyboard.press("Control+k")
    await expect(ana.part("search")).to_be_focused()

    await ana.page.set_viewport_size({"width": 400, "height": 800})
    await ana.field.focus()
    await ana.page.keyboard.press("Control+k")
    await expect(ana.part("search")).to_be_focused()
    await expect(ana.thread).to_have_count(0)


async def test_a_question_mark_lists_the_keys_but_not_in_a_field(enter: Enter) -> None:
    ana, first, _, _ = await meet(enter)
    await ana.row(first).click()
    await expect(ana.field).to_be_focused()
    await ana.page.keyboard.type("Why?")
    await expect(ana.field).to_have_value("Why?")
    await expect(ana.part("keys")).to_have_count(0)

    await ana.row(first).focus()
    assert await ana.row(first).evaluate(COMPOSE), "a key of an input method was taken"
    await ana.page.keyboard.press("?")
    await expect(ana.part("keys")).to_contain_text("Next or previous part")
    await ana.page.keyboard.press("Escape")
    await expect(ana.part("keys")).to_have_count(0)
    await expect(ana.row(first)).to_be_focused()


async def test_a_field_of_the_site_inside_of_the_chat_keeps_its_keys(
    enter: Enter,
) -> None:
    ana, first, _, _ = await meet(enter)
    await ana.row(first).click()
    await expect(ana.field).to_be_focused()
    await ana.page.evaluate(HOSTS_FIELD)
    own = ana.page.locator("#own")
    for key in ("?", "F6", "Alt+ArrowDown", "Control+k", "!"):
        await ana.page.keyboard.press(key)
    await expect(own).to_have_value("?!")
    await expect(own).to_be_focused()
    await expect(ana.row(first)).to_have_attribute("aria-current", "page")


async def test_tab_leads_to_the_newest_message_until_another_is_chosen(
    enter: Enter,
) -> None:
    ana, ben = await enter(), await enter()
    chat = await ana.open_direct(ben.person)
    await ben.tell(chat, "One")
    await ana.open(chat)
    await ben.tell(chat, "Two")
    await expect(ana.message("Two")).to_have_attribute("tabindex", "0")
    await expect(ana.message("One")).to_have_attribute("tabindex", "-1")
    await ana.message("Two").focus()
    await ana.page.keyboard.press("ArrowUp")
    await expect(ana.message("One")).to_be_focused()
    await ana.field.focus()
    await ben.tell(chat, "Three")
    await expect(ana.message("Three")).to_be_visible()
    await expect(ana.message("One")).to_have_attribute("tabindex", "0")
    await expect(ana.message("Three")).to_have_attribute("tabindex", "-1")


async def test_escape_leaves_the_answer_first_and_then_the_widget(enter: Enter) -> None:
    ana, chat = await greeted(enter)
    await ana.page.goto(f"{ana.url}/")
    widget = ana.page.locator("django-chat-widget")
    await widget.get_by_role("button").first.click()
    await ana.row(chat).click()
    await expect(ana.message("Hello")).to_be_visible()
    await ana.message("Hello").focus()
    await ana.page.keyboard.press("r")
    await expect(ana.part("replying")).to_be_visible()
    await expect(ana.field).to_be_focused()
    await ana.page.keyboard.press("Escape")
    await expect(ana.part("replying")).to_have_count(0)
    await expect(ana.field).to_be_focused()
    await ana.page.keyboard.press("Escape")
    await expect(ana.field).to_be_hidden()
    await expect(widget.get_by_role("button").first).to_be_focused()
