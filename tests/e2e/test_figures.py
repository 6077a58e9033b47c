"""What holds in a browser on every machine: how much is drawn, moved and asked for."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Browser, Response, WebSocket, expect

from tests.e2e import stories
from tests.e2e.archive import LONG, SHORT, Archive
from tests.e2e.conftest import Enter
from tests.e2e.site import ShopServer
from tests.e2e.statements import HEADER
from tests.e2e.windows import Window

# All in one process, which has their server.
pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.xdist_group("figures"),
]

JUMP_MAX = 2
NODES_MAX = 300
SHIFT_MAX = 0.01
PAGE = 50
SCROLLED = 1200

# Also what follows a click: who opens a conversation wants it to stand still.
WATCH_SHIFTS = """
window.shifts = 0;
new PerformanceObserver((list) => {
  for (const { value } of list.getEntries()) window.shifts += value;
}).observe({ type: "layout-shift" });"""
PICTURES = (
    "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
)


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    folder = tmp_path_factory.mktemp("archive")
    archive = Archive(folder)
    yield archive
    archive.close()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def server(browser: Browser, archive: Archive) -> ShopServer:
    """The server of the archive in place of the shop's."""
    return archive.server("uvicorn")


@dataclass
class Traffic:
    """What passes between a page and the server."""

    requests: list[str] = field(default_factory=list)
    statements: int = 0
    pages: list[Response] = field(default_factory=list)
    frames: list[str] = field(default_factory=list)
    is_caught_up: asyncio.Event = field(default_factory=asyncio.Event)

    def follow(self, socket: WebSocket) -> None:
        socket.on("framesent", lambda frame: self.note("sent", frame))
        socket.on("framereceived", lambda frame: self.note("received", frame))

    def note(self, way: str, frame: str | bytes) -> None:
        kind = json.loads(frame)["type"]
        # What one says now and then, not because of a conversation.
        if kind in ("ping", "pong", "delivered"):
            return
        self.frames.append(f"{way} {kind}")
        if kind == "caught_up":
            self.is_caught_up.set()

    def hear(self, answer: Response) -> None:
        path = urlsplit(answer.url).path
        if "/api/" not in path:
            return
        noun = path.rstrip("/").rpartition("/")[2]
        self.requests.append(f"{answer.request.method} {noun} {answer.status}")
        self.statements += int(answer.headers[HEADER])
        if noun == "messages":
            self.pages.append(answer)

    async def messages(self) -> int:
        """Return how many messages came in pages of history."""
        bodies = [await page.json() for page in self.pages]
        return sum(len(body["results"]) for body in bodies)

    def clear(self) -> None:
        """Begin anew: what was needed before is no part of it."""
        self.requests.clear()
        self.frames.clear()
        self.pages.clear()
        self.statements = 0


async def open_talk(ana: Window, archive: Archive, length: int) -> Traffic:
    """Open a conversation from the list, and return what that took."""
    traffic = Traffic()
    ana.page.on("websocket", traffic.follow)
    ana.page.on("response", traffic.hear)
    await ana.open()
    row = ana.page.locator(f'[data-id="{archive.talks[length]}"]')
    await expect(row).to_be_visible()
    await ana.page.wait_for_load_state("networkidle")
    traffic.clear()
    await row.click()
    last = ana.page.locator(f'article[aria-posinset="{length}"]')
    await expect(last).to_be_in_viewport()
    async with asyncio.timeout(15):
        await traffic.is_caught_up.wait()
    await ana.page.wait_for_load_state("networkidle")
    return traffic


async def test_a_long_conversation_opens_with_as_little_as_a_short_one(
    enter: Enter, archive: Archive
) -> None:
    (reader,) = archive.talkers
    short, long = [
        await open_talk(await enter(reader), archive, length)
        for length in (SHORT, LONG)
    ]

    assert long.requests == short.requests
    assert long.frames == short.frames
    assert long.statements == short.statements
    assert short.statements > 0
    assert await long.messages() == await short.messages() == PAGE


async def test_nothing_moves_while_a_conversation_opens(
    enter: Enter, archive: Archive
) -> None:
    (reader,) = archive.talkers
    ana = await enter(reader)
    await ana.context.add_init_script(WATCH_SHIFTS)
    await open_talk(ana, archive, LONG)
    await ana.page.evaluate(PICTURES)

    assert await ana.page.evaluate("window.shifts") <= SHIFT_MAX


async def test_who_scrolls_through_many_messages_keeps_the_place(
    browser: Browser,
) -> None:
    with stories.serve() as address:
        page = await browser.new_page(viewport={"width": 900, "height": 800})
        await page.goto(f"{address}thread.html?story=paging&count={SCROLLED}&delay=10")
        await page.wait_for_function("window.story")
        up = await page.evaluate("story.scroll(-600, 'top')")
        down = await page.evaluate("story.scroll(600, 'end')")
        await page.close()

    for way in (up, down):
        assert way["jump"] <= JUMP_MAX
        assert way["most"] <= NODES_MAX
    # Each was in the document at some time, so nothing was spared by leaving it out.
    assert up["seen"] >= SCROLLED


async def test_nothing_moves_when_older_messages_come_while_one_reads(
    browser: Browser,
) -> None:
    with stories.serve() as address:
        page = await browser.new_page(viewport={"width": 900, "height": 800})
        await page.add_init_script(WATCH_SHIFTS)
        # Not all of the page that comes is as old as the first that is there.
        await page.goto(f"{address}thread.html?story=paging&count=117&delay=500")
        await page.wait_for_function("window.story")
        await page.evaluate("story.scroller.scrollTop = 0")
        await page.evaluate(PICTURES)
        at_hand = await page.evaluate("story.state().from")
        await page.wait_for_function("from => story.state().from < from", arg=at_hand)
        await page.evaluate(PICTURES)
        shifts = await page.evaluate("window.shifts")
        await page.close()

    assert shifts <= SHIFT_MAX
