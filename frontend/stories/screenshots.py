"""Takes the pictures of the manual: `python3 stories/screenshots.py http://127.0.0.1:8000`.

The address is that of a fresh `python3 example_project/manage.py demo`. Needs Playwright
and a Chromium.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

IMAGES = Path(__file__).parents[2] / "docs" / "images"
CHROMIUM = os.environ.get("PLAYWRIGHT_CHROMIUM", "/usr/bin/chromium")
SIZES = {"wide": (1280, 800), "phone": (390, 844)}


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


def main(address: str) -> None:
    IMAGES.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
        )
        for size in SIZES:
            for scheme in ("light", "dark"):
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
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1])
