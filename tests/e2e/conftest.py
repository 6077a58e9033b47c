"""A browser for the session, and a window for everybody who takes part in a test."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright, expect

from tests.e2e.proxy import Proxy
from tests.e2e.site import Person, Shop, ShopServer
from tests.e2e.windows import Window

TIMEOUT_MS = 15_000
PROGRAMS = ("/usr/bin/chromium", "/usr/bin/chromium-browser")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]

Enter = Callable[..., Awaitable[Window]]


def find_chromium(own: str) -> str | None:
    """Return the browser to start; `own` is where Playwright would put its own."""
    if named := os.environ.get("PLAYWRIGHT_CHROMIUM"):
        return named
    return next((path for path in (*PROGRAMS, own) if Path(path).exists()), None)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """One Chromium; every window has a context of its own in it."""
    async with async_playwright() as playwright:
        program = find_chromium(playwright.chromium.executable_path)
        if program is None:
            reason = "no Chromium: neither the system's nor Playwright's"
            if os.environ.get("TEST_SERVICES") == "require":
                pytest.fail(f"--services=require, but {reason}")
            pytest.skip(reason)
        browser = await playwright.chromium.launch(executable_path=program, args=FLAGS)
        expect.set_options(timeout=TIMEOUT_MS)
        yield browser
        await browser.close()


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The example project with people in it; tests share it, not its people."""
    folder = tmp_path_factory.mktemp("shop")
    shop = Shop(folder)
    yield shop
    shop.close()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def program() -> str:
    """The program that serves the shop; tests that differ by it are parametrised."""
    return "uvicorn"


@pytest.fixture
def server(browser: Browser, shop: Shop, program: str) -> ShopServer:
    """The server of the shop, which a test may kill."""
    return shop.server(program)


@pytest_asyncio.fixture(loop_scope="session")
async def proxy(server: ShopServer) -> AsyncIterator[Proxy]:
    """A network between a browser and the server, which a test may cut."""
    async with Proxy(server.port) as proxy:
        yield proxy


@pytest_asyncio.fixture(loop_scope="session")
async def enter(
    browser: Browser, server: ShopServer, shop: Shop
) -> AsyncIterator[Enter]:
    """Open a window for somebody: `await enter()`.

    `person` is somebody in particular, `url` another way to the server; everything
    else describes the browser, as Playwright's `new_context` takes it. A page that
    has complained fails the test.
    """
    windows: list[Window] = []
    async with AsyncExitStack() as stack:

        async def enter(
            person: Person | None = None, *, url: str = "", **options: Any
        ) -> Window:
            context = await browser.new_context(**options)
            stack.push_async_callback(context.close)
            context.set_default_timeout(TIMEOUT_MS)
            person = person or shop.newcomer()
            window = await Window.of(person, context, url or server.url)
            windows.append(window)
            return window

        yield enter
    problems = [
        f"{window.person.username}: {problem}"
        for window in windows
        for problem in window.problems
    ]
    assert not problems, "\n".join(problems)
