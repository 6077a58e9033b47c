"""Long conversations, and languages that are written the other way."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.e2e.conftest import Enter
from tests.e2e.site import Shop
from tests.e2e.town import LONG
from tests.e2e.windows import Window

pytestmark = pytest.mark.asyncio(loop_scope="session")


PAGE = 50
SCREEN = 20
"""More messages than a window shows at once."""

# The places of the messages that the page holds, and of the first that is in view.
PLACES = """(box) => {
  const rows = [...box.querySelectorAll("article.message")];
  const top = box.getBoundingClientRect().top;
  const first = rows.find((row) => row.getBoundingClientRect().bottom > top);
  return [rows.map((row) => Number(row.ariaPosInSet)), Number(first.ariaPosInSet)];
}"""
SCROLL = """(box) => new Promise((done) => {
  box.scrollBy(0, -box.clientHeight);
  requestAnimationFrame(() => requestAnimationFrame(done));
})"""


async def places(window: Window) -> tuple[list[int], int]:
    """Return which messages the page holds, in their order, and the first in view."""
    await expect(window.page.get_by_role("log")).not_to_have_attribute(
        "aria-busy", "true"
    )
    held, first = await window.part("scroller").evaluate(PLACES)
    return held, first


async def test_a_long_history_opens_at_its_end_and_is_whole(
    enter: Enter, shop: Shop
) -> None:
    ana = await enter(shop.talkers[0])
    await ana.open(shop.long_talk)
    await expect(ana.message(str(LONG))).to_be_in_viewport()
    seen: set[int] = set()
    _, first = await places(ana)
    while first > 1:
        await ana.part("scroller").evaluate(SCROLL)
        held, reached = await places(ana)
        assert held == list(range(held[0], held[0] + len(held)))
        # Whoever scrolls by a screen is a screen further, whatever was loaded.
        assert first - SCREEN <= reached < first
        first = reached
        seen.update(held)
    assert seen == set(range(1, LONG + 1))
    await ana.page.locator('[data-action="jump-to-latest"]').click()
    await expect(ana.message(str(LONG))).to_be_in_viewport()


async def test_who_jumps_to_the_first_message_at_hand_stays_there(
    enter: Enter, shop: Shop
) -> None:
    ana = await enter(shop.talkers[0])
    await ana.open(shop.long_talk)
    await expect(ana.message(str(LONG))).to_be_in_viewport()
    async with ana.page.expect_response("**/messages/?*before_seq=*"):
        await ana.part("scroller").evaluate("(box) => box.scrollTo(0, 0)")
    reached = ana.page.locator(f'article[aria-posinset="{LONG - PAGE + 1}"]')
    older = ana.page.locator(f'article[aria-posinset="{LONG - 2 * PAGE + 1}"]')
    await expect(older).to_have_count(1)
    await expect(reached).to_be_in_viewport(timeout=3000)


@pytest.mark.parametrize("language", ["en", "ar"])
async def test_own_messages_stand_at_the_end_of_the_line(
    enter: Enter, language: str
) -> None:
    ana, ben = await enter(), await enter()
    chat = await ana.open_direct(ben.person)
    await ana.tell(chat, "Mine")
    await ben.tell(chat, "Yours")
    cookie = {"name": "django_language", "value": language, "url": ana.url}
    await ana.context.add_cookies([cookie])
    await ana.open(chat)
    is_rtl = language == "ar"
    await expect(ana.page.locator("html")).to_have_attribute(
        "dir", "rtl" if is_rtl else "ltr"
    )
    mine = await ana.message("Mine").locator(".bubble").bounding_box()
    yours = await ana.message("Yours").locator(".bubble").bounding_box()
    pane = await ana.part("scroller").bounding_box()
    rows = await ana.list.bounding_box()
    assert mine is not None
    assert yours is not None
    assert pane is not None
    assert rows is not None
    middle = pane["x"] + pane["width"] / 2
    assert (mine["x"] + mine["width"] / 2 < middle) is is_rtl
    assert (yours["x"] + yours["width"] / 2 > middle) is is_rtl
    assert (rows["x"] > pane["x"]) is is_rtl
