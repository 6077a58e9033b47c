"""Groups that are formed and left in front of the reader."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.e2e.conftest import Enter

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.mark.parametrize("program", ["uvicorn", "daphne"])
async def test_who_is_removed_while_reading_is_told_within_a_second(
    enter: Enter,
) -> None:
    ana, ben, cem = await enter(), await enter(), await enter()
    chat = await ana.form_group("Climbing", ben.person, cem.person)
    await ana.open(chat)
    await ben.open(chat)
    await ana.write("Saturday?")
    await ben.sees("Saturday?")
    await ana.part("open-details").click()
    ben_there = ana.part("member").filter(has_text=ben.person.name)
    await ben_there.locator('[data-dc="remove-member"]').click()
    await ana.part("confirm").click()
    await expect(ben.part("composer-off")).to_have_text(
        "You are no longer in this conversation.", timeout=1000
    )
    await expect(ben.field).to_have_count(0)
    await expect(ben.part("header")).to_have_text("Climbing")
    await expect(ana.part("member")).to_have_count(2)


async def test_an_exact_username_opens_the_conversation_of_two(enter: Enter) -> None:
    ana, ben = await enter(), await enter()
    await ana.open()
    await ben.open()
    await ana.part("new-chat").click()
    await ana.part("people-search").fill(ben.person.username)
    await ana.part("person").filter(has_text=f"@{ben.person.username}").click()
    await ana.part("people-submit").click()
    await expect(ana.part("header")).to_contain_text(ben.person.name)
    assert ana.page.url.removesuffix("/") != f"{ana.url}/chat"
    await ana.write("Nice to meet you")
    await expect(ben.part("row")).to_contain_text("Nice to meet you")
    await ben.part("row").click()
    await ben.sees("Nice to meet you")


async def test_three_people_form_a_group_with_a_name(enter: Enter) -> None:
    ana, ben, cem = await enter(), await enter(), await enter()
    await ana.open()
    await ben.open()
    await ana.part("new-chat").click()
    for other in (ben.person, cem.person):
        await ana.part("people-search").fill(other.username)
        await ana.part("person").filter(has_text=f"@{other.username}").click()
    await expect(ana.part("people-submit")).to_be_disabled()
    await ana.part("group-name").fill("Sunday walk")
    await ana.part("people-submit").click()
    await expect(ana.part("header")).to_contain_text("Sunday walk")
    await expect(ana.part("header")).to_contain_text("3 members")
    await expect(ben.part("row")).to_contain_text("Sunday walk")
    await ana.write("At ten?")
    await ben.part("row").click()
    await ben.sees("At ten?")
    author = ben.message("At ten?").locator(".author")
    await expect(author).to_have_text(ana.person.name)
