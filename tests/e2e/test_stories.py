"""Every state that the elements have, in every look: accessible, quiet and still."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import axe_playwright_python
import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page

from tests.e2e import stories
from tests.e2e.windows import WATCH_POLICY

# All in one process, which has their pages open.
pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.xdist_group("stories"),
]

LOOKS = ("light", "dark", "rtl")
SHIFT_MAX = 0.01
WIDTH, HEIGHT = 1000, 720

AXE = Path(axe_playwright_python.__file__).with_name("axe.min.js")
# A story is a page of a site that is in order: rules for pages hold, too. Colours are all
# that a dark page has of its own.
RUN_AXE = """(look) => axe.run(document, {
  resultTypes: ["violations"],
  ...(look === "dark" && { runOnly: ["color-contrast", "link-in-text-block"] }),
}).then(({ violations }) => violations.map(({ id, nodes }) => `${id}: ` + nodes.map(({ target, any, all, none }) =>
    `${target.flat().at(-1)} (${[...any, ...all, ...none][0]?.message ?? ""})`).join("; ")))"""

# Browsers count no shift that follows an input, and a story says from when to when it
# waited for the outcome of one.
WATCH_SHIFTS = """
const seen = [];
const watch = new PerformanceObserver((list) => seen.push(...list.getEntries()));
watch.observe({ type: "layout-shift", buffered: true });
window.shiftOfLayout = () => {
  seen.push(...watch.takeRecords());
  const inputs = performance.getEntriesByName("story-input");
  const isAsked = ({ startTime: at }) =>
    inputs.some(({ startTime, duration }) => at >= startTime && at <= startTime + duration);
  const shifts = seen.filter((entry) => !entry.hadRecentInput && !isAsked(entry));
  return shifts.reduce((sum, { value }) => sum + value, 0);
};"""


@dataclass
class Stage:
    """A page that tells stories in one look, one after the other."""

    page: Page
    look: str
    address: str
    complaints: list[str] = field(default_factory=list)

    @classmethod
    async def of(cls, browser: Browser, look: str, address: str) -> Stage:
        size: Any = {"width": WIDTH, "height": HEIGHT}
        context = await browser.new_context(viewport=size)
        await context.add_init_script(WATCH_POLICY + WATCH_SHIFTS)
        stage = cls(await context.new_page(), look, address)
        stage.page.on(
            "console",
            lambda said: said.type == "error" and stage.complaints.append(said.text),
        )
        stage.page.on("pageerror", lambda error: stage.complaints.append(str(error)))
        return stage

    async def tell(self, name: str) -> None:
        """Open a story, and wait until it has been told."""
        self.complaints.clear()
        await self.page.goto(self.address + stories.story(name, self.look))
        await self.page.wait_for_selector("html[data-story]")

    async def problems(self, name: str, axe: str) -> list[str]:
        """Return everything that is wrong with a story."""
        await self.tell(name)
        shift: float = await self.page.evaluate("shiftOfLayout()")
        await self.page.evaluate(axe)
        found: list[str] = await self.page.evaluate(RUN_AXE, self.look)
        if shift > SHIFT_MAX:
            found.append(f"layout shift: {shift:.4f}")
        return [f"{self.look}: {one}" for one in [*self.complaints, *found]]


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with stories.serve() as address:
        yield address


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def stages(
    browser: Browser, address: str, thorough: bool
) -> AsyncIterator[list[Stage]]:
    """A page for each look (one is enough at a desk); they tell a story together."""
    looks = LOOKS if thorough else LOOKS[:1]
    made = [await Stage.of(browser, look, address) for look in looks]
    yield made
    for stage in made:
        await stage.page.context.close()


@pytest.fixture(scope="module")
def axe() -> str:
    return AXE.read_text()


@pytest.mark.parametrize("name", stories.names())
async def test_a_state_is_accessible_and_quiet_and_does_not_move(
    stages: list[Stage], axe: str, name: str
) -> None:
    found = await asyncio.gather(*(stage.problems(name, axe) for stage in stages))
    problems = [problem for some in found for problem in some]
    assert not problems, "\n".join(problems)


async def test_the_catalogue_lists_the_stories_that_are_tested(
    browser: Browser, address: str
) -> None:
    page = await browser.new_page()
    await page.goto(f"{address}index.html")
    shown = await page.locator("li").all_inner_texts()
    await page.close()
    assert shown == stories.names()
    assert len(shown) > 50
