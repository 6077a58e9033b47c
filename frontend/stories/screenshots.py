"""Takes pictures: those of the manual, or of every story, to be looked at.

    python3 frontend/stories/screenshots.py http://127.0.0.1:8000
    python3 frontend/stories/screenshots.py --stories /tmp/pictures [name ...]

The address is that of a fresh `python3 example_project/manage.py demo`. Stories need no
server; names choose some of them. Both need the `test` extra and a Chromium.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from tests.e2e import stories

IMAGES = Path(__file__).parents[2] / "docs" / "images"
CHROMIUM = os.environ.get("PLAYWRIGHT_CHROMIUM", "/usr/bin/chromium")
SIZES = {"wide": (1280, 800), "phone": (390, 844)}
SCHEMES = ("light", "dark")


def enter(browser: Browser, address: str, size: str, scheme: Any) -> Page:
    """Log in as ana in a window of that size."""
    width, height = SIZES[size]
    context = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme=scheme
    )
    page = context.new_page()
    page.goto(f"{address}/accounts/login/?next=/chat/")
    page.fill("input[name=username]", "ana")
    page.fill("input[name=password]", "chat-demo")
    page.click("main form button")
    page.wait_for_selector("[data-dc=row]")
    return page


def take(page: Page, name: str) -> None:
    """Save what the window shows, once nothing moves any more."""
    page.wait_for_load_state("networkidle")
    page.mouse.move(0, 0)
    page.screenshot(path=IMAGES / f"{name}.png", animations="disabled")


def take_manual(browser: Browser, address: str) -> None:
    """Take the pictures of the manual."""
    IMAGES.mkdir(exist_ok=True)
    for size in SIZES:
        for scheme in SCHEMES:
            page = enter(browser, address, size, scheme)
            if size == "phone":
                take(page, f"inbox-{size}-{scheme}")
            page.locator("[data-dc=row]", has_text="Saturday").click()
            page.locator(".message").last.wait_for()
            take(page, f"chat-{size}-{scheme}")
            page.goto(address)
            page.locator("django-chat-widget").get_by_role("button").first.click()
            page.locator("[data-dc=row], .message").first.wait_for()
            take(page, f"widget-{size}-{scheme}")
            page.context.close()


def take_stories(browser: Browser, folder: Path, chosen: list[str]) -> None:
    """Take a picture of every story, in every size and scheme."""
    folder.mkdir(parents=True, exist_ok=True)
    with stories.serve() as address:
        for size, (width, height) in SIZES.items():
            page = browser.new_page(viewport={"width": width, "height": height})
            for name in chosen or stories.names():
                for scheme in SCHEMES:
                    page.goto(address + stories.story(name, scheme))
                    page.wait_for_selector("html[data-story=ready]")
                    page.screenshot(
                        path=folder / f"{name}-{size}-{scheme}.png",
                        animations="disabled",
                    )
            page.close()


def main(target: str, *more: str) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
        )
        if target == "--stories":
            folder, *chosen = more
            take_stories(browser, Path(folder), chosen)
        else:
            take_manual(browser, target)
        browser.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
