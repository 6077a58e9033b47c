"""A person at a browser window, in words of what people do there."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from playwright.async_api import (
    BrowserContext,
    ConsoleMessage,
    Locator,
    Page,
    Request,
    Response,
    expect,
)

from tests.e2e.site import Person

__all__ = ["AT_ONCE_MS", "Window", "greeted"]

# Sooner than a page would see by polling, which it does every three seconds.
AT_ONCE_MS = 2000

# The same in the cookie and in the header, as Django asks for.
CSRF = "e" * 32

# A policy that is broken silently, in a worker or by a report only, is broken, too.
WATCH_POLICY = """
addEventListener("securitypolicyviolation", (event) =>
  console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`));
"""

# What a browser says of a network that fails, which is no fault of the page.
NETWORK = re.compile(r"WebSocket connection to|net::ERR_|status of 503")

# A page that goes elsewhere takes its requests with it.
GIVEN_UP = "net::ERR_ABORTED"

# A browser asks for it by itself, and the shop has none.
ICON = "/favicon.ico"


@dataclass
class Window:
    """One tab of one person, who is alone in the browser."""

    person: Person
    context: BrowserContext
    page: Page
    url: str
    problems: list[str] = field(default_factory=list)
    expects_network_trouble: bool = False
    """Set where the network is made to fail."""

    @classmethod
    async def of(cls, person: Person, context: BrowserContext, url: str) -> Window:
        """Open an empty tab for somebody, who is logged in at `url`."""
        cookies: list[Any] = [
            {"name": "sessionid", "value": person.session, "url": url},
            {"name": "csrftoken", "value": CSRF, "url": url},
        ]
        await context.add_cookies(cookies)
        await context.add_init_script(WATCH_POLICY)
        window = cls(person, context, await context.new_page(), url)
        window.page.on("console", window._hear_console)
        window.page.on("pageerror", lambda error: window._note(f"error: {error}"))
        window.page.on("requestfailed", window._hear_failure)
        window.page.on("response", window._hear_answer)
        return window

    # --- what goes wrong

    def _note(self, problem: str) -> None:
        is_expected = self.expects_network_trouble and NETWORK.search(problem)
        if not is_expected and ICON not in problem:
            self.problems.append(problem)

    def _hear_console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self._note(f"console: {message.text} ({message.location['url']})")

    def _hear_failure(self, request: Request) -> None:
        if request.failure != GIVEN_UP:
            self._note(f"{request.method} {request.url}: {request.failure}")

    def _hear_answer(self, answer: Response) -> None:
        if answer.status >= 400:
            asked = f"{answer.request.method} {answer.url}"
            self._note(f"{asked}: status of {answer.status}")

    # --- going somewhere

    async def open(self, conversation: str | None = None) -> None:
        """Open the chat by its address, and wait until it is there."""
        path = "/chat/" if conversation is None else f"/chat/{conversation}/"
        await self.page.goto(f"{self.url}{path}")
        if conversation is None:
            await expect(self.list).to_be_visible()
        else:
            await expect(self.thread).to_have_attribute("aria-busy", "false")

    async def ask(self, method: str, path: str, **data: Any) -> Any:
        """Do something by the API, as a page of this person could."""
        answer = await self.context.request.fetch(
            f"{self.url}/api/v1/messages/{path}",
            method=method,
            headers={"X-CSRFToken": CSRF},
            **({"data": data} if data else {}),
        )
        assert answer.ok, (answer.status, await answer.text())
        return await answer.json() if answer.status != 204 else None

    async def open_direct(self, other: Person) -> str:
        """Make the direct conversation with somebody; return its id."""
        made = await self.ask("POST", "conversations/", kind="direct", user_id=other.id)
        return str(made["id"])

    async def form_group(self, title: str, *members: Person) -> str:
        """Make a group; return its id."""
        made = await self.ask(
            "POST",
            "conversations/",
            kind="group",
            title=title,
            members=[member.id for member in members],
        )
        return str(made["id"])

    async def tell(self, conversation: str, content: str) -> None:
        """Send a message by the API."""
        path = f"conversations/{conversation}/messages/"
        await self.ask("POST", path, content=content)

    # --- what is to be seen

    def part(self, name: str) -> Locator:
        """Return a part of the chat by its `data-dc`."""
        return self.page.locator(f'[data-dc="{name}"]')

    @property
    def list(self) -> Locator:
        return self.part("list")

    @property
    def thread(self) -> Locator:
        return self.part("thread")

    @property
    def field(self) -> Locator:
        return self.part("input")

    @property
    def banner(self) -> Locator:
        return self.part("banner")

    @property
    def bodies(self) -> Locator:
        """The texts of all messages, in their order."""
        return self.page.locator("article.message .body")

    def row(self, conversation: str) -> Locator:
        """Return the row of a conversation in the list."""
        return self.page.locator(f'[data-dc="row"][data-id="{conversation}"]')

    def message(self, content: str) -> Locator:
        """Return the message with this text."""
        body = self.page.locator(".body").get_by_text(content, exact=True)
        return self.page.locator("article.message").filter(has=body)

    def state(self, content: str) -> Locator:
        """Return the sign of how far an own message has come."""
        return self.message(content).locator(".state")

    # --- what people do

    async def write(self, content: str) -> None:
        """Type a message and send it with Enter."""
        await self.field.fill(content)
        await self.field.press("Enter")

    async def choose(self, content: str, action: str) -> None:
        """Choose something from the menu of a message."""
        menu = self.message(content).locator('[data-action="menu"]')
        # Buttons of a message are there for who points at it or has the focus in
        # it. A list that moves takes the message from below the pointer only.
        await menu.focus()
        await menu.click()
        await self.part(f"menu-{action}").click()

    async def sees(self, *contents: str) -> None:
        """Wait until the thread shows exactly these messages, in this order."""
        await expect(self.bodies).to_have_text(list(contents))


async def greeted(enter: Callable[[], Awaitable[Window]]) -> tuple[Window, str]:
    """Let somebody in; return him, and the chat in which another has said Hello."""
    ana, ben = await enter(), await enter()
    chat = await ana.open_direct(ben.person)
    await ben.tell(chat, "Hello")
    return ana, chat
