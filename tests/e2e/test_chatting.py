"""Two people in two windows."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.e2e.conftest import Enter
from tests.e2e.windows import AT_ONCE_MS, Window

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def two(enter: Enter) -> tuple[Window, Window, str]:
    """Return two people who have opened their conversation, and its id."""
    ana, ben = await enter(), await enter()
    chat = await ana.open_direct(ben.person)
    await ana.tell(chat, "Hello")
    await ana.open(chat)
    await ben.open(chat)
    return ana, ben, chat


@pytest.mark.parametrize("program", ["uvicorn", "daphne"])
async def test_a_message_appears_at_once_and_exactly_once_in_the_other_window(
    enter: Enter,
) -> None:
    ana, ben, _ = await two(enter)
    await ana.write("Is the teapot still there?")
    await expect(ben.message("Is the teapot still there?")).to_be_visible(
        timeout=AT_ONCE_MS
    )
    await ben.write("It is.")
    await expect(ana.message("It is.")).to_be_visible(timeout=AT_ONCE_MS)
    for window in (ana, ben):
        await window.sees("Hello", "Is the teapot still there?", "It is.")


@pytest.mark.parametrize("program", ["uvicorn", "daphne"])
async def test_the_list_shows_what_came_and_how_much_of_it_is_unread(
    enter: Enter,
) -> None:
    ana, ben = await enter(), await enter()
    chat = await ana.open_direct(ben.person)
    await ben.open()
    await ana.open(chat)
    await ana.write("One")
    await ana.write("Two")
    row = ben.row(chat)
    await expect(row.locator(".entry-title")).to_have_text(ana.person.name)
    await expect(row.locator(".entry-excerpt")).to_have_text("Two")
    await expect(row.locator('[data-dc="unread"]')).to_contain_text("2 unread messages")
    await row.click()
    await ben.sees("One", "Two")
    await expect(row.locator('[data-dc="unread"]')).to_have_count(0)


async def test_typing_is_seen_and_goes_when_it_ends(enter: Enter) -> None:
    ana, ben, _ = await two(enter)
    await ana.field.press_sequentially("Well")
    typing = ben.part("typing")
    await expect(typing).to_have_text(f"{ana.person.name} is typing…")
    # Who has stopped types no longer, though the words are still there.
    await expect(typing).to_have_text("", timeout=3000)
    await ana.field.press_sequentially(", yes")
    await expect(typing).to_have_text(f"{ana.person.name} is typing…")
    await ana.field.press("Enter")
    await expect(typing).to_have_text("", timeout=AT_ONCE_MS)


async def test_the_tick_of_a_message_turns_when_it_is_read(enter: Enter) -> None:
    ana, ben = await enter(), await enter()
    chat = await ana.open_direct(ben.person)
    await ana.open(chat)
    await ana.write("Read me")
    await expect(ana.state("Read me")).to_have_accessible_name("Sent")
    await ben.open(chat)
    await expect(ana.state("Read me")).to_have_accessible_name("Read")


async def test_who_is_blocked_cannot_write_until_he_is_unblocked(enter: Enter) -> None:
    ana, ben, chat = await two(enter)
    await ana.part("open-details").click()
    await ana.part("block").click()
    await ana.part("confirm-block").click()
    await expect(ana.part("composer-off")).to_contain_text("You blocked")
    await expect(ben.part("composer-off")).to_be_visible()
    await expect(ben.field).to_have_count(0)
    # What the list says of the conversation meanwhile does not outlive the block.
    await ana.list.get_by_role("button", name="Groups").click()
    async with ana.page.expect_response("**/conversations/"):
        await ana.list.get_by_role("button", name="All").click()
    await expect(ana.row(chat)).to_be_visible()
    await ana.part("unblock").click()
    await expect(ana.field).to_be_visible()
    await ben.page.reload()
    await ben.write("Friends again?")
    await ana.sees("Hello", "Friends again?")


async def test_who_is_unblocked_sees_what_comes_in_the_thread_that_is_open(
    enter: Enter,
) -> None:
    ana, ben, chat = await two(enter)
    await ana.ask("POST", "blocked/block/", user_id=ben.person.id)
    await expect(ben.part("composer-off")).to_be_visible()
    await ana.ask("POST", "blocked/unblock/", user_id=ben.person.id)
    await ana.tell(chat, "Friends again?")
    await expect(ben.message("Friends again?")).to_be_visible(timeout=5000)


async def test_an_edit_and_a_deletion_for_everyone_reach_the_other(
    enter: Enter,
) -> None:
    ana, ben, _ = await two(enter)
    await ana.write("Tusday")
    await ana.choose("Tusday", "edit")
    await expect(ana.part("editing")).to_be_visible()
    await ana.write("Tuesday")
    await ben.sees("Hello", "Tuesday")
    await expect(ben.message("Tuesday").locator(".edited")).to_be_visible()
    await ana.choose("Tuesday", "delete")
    await ana.part("delete-everyone").click()
    for window in (ana, ben):
        await window.sees("Hello", "Message deleted")


async def test_a_reaction_is_seen_by_both_and_taken_back(enter: Enter) -> None:
    ana, ben, _ = await two(enter)
    await ben.message("Hello").hover()
    await ben.message("Hello").locator('[data-action="react"]').click()
    await ben.part("quick-reaction").filter(has_text="👍").click()
    chip = ana.message("Hello").locator(".reaction")
    await expect(chip).to_have_accessible_name("👍, 1 person")
    await chip.click()
    own = ben.message("Hello").locator(".reaction")
    await expect(own).to_have_accessible_name("👍, 2 people including you")
    await own.click()
    await expect(chip).to_have_accessible_name("👍, 1 person including you")


async def test_a_reply_leads_back_to_the_original(enter: Enter) -> None:
    ana, ben, chat = await two(enter)
    await ana.tell(chat, "\n".join(f"Line {number}" for number in range(29)))
    await expect(ana.bodies).to_have_count(2)
    await ana.choose("Hello", "reply")
    await expect(ana.part("replying")).to_contain_text("Hello")
    await ana.write("Hello to you, too")
    await expect(ana.part("replying")).to_have_count(0)
    quote = ben.message("Hello to you, too").locator(".quote")
    await expect(quote).to_contain_text("Hello")
    await expect(ben.message("Hello")).not_to_be_in_viewport()
    await quote.click()
    await expect(ben.message("Hello")).to_be_in_viewport()


async def test_who_logs_in_by_the_form_comes_to_his_conversations(
    enter: Enter,
) -> None:
    ana = await enter()
    await ana.context.clear_cookies()
    await ana.page.goto(f"{ana.url}/chat/")
    await ana.page.get_by_label("Username").fill(ana.person.username)
    await ana.page.get_by_label("Password").fill("chat-demo")
    await ana.page.get_by_role("main").get_by_role("button", name="Log in").click()
    await expect(ana.list).to_contain_text("No conversations yet")
