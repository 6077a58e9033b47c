"""The README's way into a site, word for word, in a project as Django makes it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, expect

from tests.faults.site import ROOT
from tests.servers import PrivateServer

HOME = """<!doctype html>
<html lang="en">
<head><title>Our site</title></head>
<body>
<h1>Welcome</h1>
</body>
</html>
"""
PEOPLE = """
import json
from django.contrib.auth import get_user_model
from django.test import Client
for name in ("ana", "ben"):
    client = Client()
    client.force_login(get_user_model().objects.create_user(name))
    print(json.dumps(client.cookies["sessionid"].value))
"""


def blocks(language: str) -> list[str]:
    """Return the blocks of a language in the section about adding the chat."""
    text = (ROOT / "README.md").read_text()
    section = text.split("## Add it to a site")[1].split("\n## ")[0]
    found = re.findall(
        rf"^( *)```{re.escape(language)}\n(.*?)^ *```", section, re.M | re.S
    )
    return [
        "".join(line.removeprefix(indent) for line in block.splitlines(keepends=True))
        for indent, block in found
    ]


def apply(block: str, text: str) -> str:
    """Return `text` with what a block of the README adds to it.

    `# ...` in a list stands for what is there; other lines are put where they belong.
    """
    lists = re.compile(r"^(\w+) = \[\n(.*?)^\]\n", re.M | re.S)
    for name, items in lists.findall(block):
        before, after = items.split("    # ...\n")
        old = re.search(rf"^{name} = \[\n(.*?)^\]\n", text, re.M | re.S)
        assert old is not None, name
        text = text.replace(old[0], f"{name} = [\n{before}{old[1]}{after}]\n")
    rest = lists.sub("", block).strip()
    first = rest.split("\n", 1)[0]
    if first in text.splitlines():
        return text.replace(f"\n{first}\n", f"\n{rest}\n")
    imports = "\n".join(line for line in rest.split("\n") if line.startswith("from "))
    others = "\n".join(line for line in rest.split("\n") if line not in imports)
    # A module's docstring ends before its imports.
    return re.sub(
        r"\A(\"\"\".*?\"\"\"\n+)?", rf"\g<0>{imports}\n", text, flags=re.S
    ) + (f"\n{others}\n" if others else "")


class Site(PrivateServer):
    """The stock project with the chat in it, served as the README says."""

    name = "site"

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder
        self.environment = {
            name: value
            for name, value in os.environ.items()
            if name != "DJANGO_SETTINGS_MODULE"
        }

    def manage(self, *arguments: str, code: str | None = None) -> str:
        """Run a command of the project; return what it prints."""
        return subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=self.folder,
            env=self.environment,
            input=code,
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        ).stdout

    def change(self, name: str, block: str) -> None:
        """Apply a block of the README to a file of the project."""
        path = self.folder / "mysite" / name
        path.write_text(apply(block, path.read_text()))

    def command(self) -> Sequence[str | Path]:
        return [
            *(sys.executable, "manage.py", "runserver", "--noreload"),
            f"127.0.0.1:{self.port}",
        ]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/chat/api/health/") as found:  # noqa: S310
                return bool(found.status == 200)
        except OSError:
            return False

    def _launch(self, command: Sequence[str | Path], log: Any) -> Any:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd=self.folder,
            env=self.environment,
            start_new_session=True,
        )


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    subprocess.run(
        [sys.executable, "-m", "django", "startproject", "mysite", str(tmp_path)],
        check=True,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": ""},
    )
    site = Site(tmp_path)
    for block in blocks("python"):
        if "urlpatterns" in block:
            site.change("urls.py", block)
        elif "INSTALLED_APPS" in block:
            site.change("settings.py", block)
        else:
            site.change("asgi.py", block)
    # A page of the site, as its owner has one.
    (snippet,) = blocks("html+django")
    (tmp_path / "templates").mkdir()
    home = HOME.replace("</body>", f"{snippet}</body>")
    (tmp_path / "templates" / "home.html").write_text(home)
    settings = tmp_path / "mysite" / "settings.py"
    settings.write_text(
        settings.read_text().replace("'DIRS': []", "'DIRS': [BASE_DIR / 'templates']")
    )
    urls = tmp_path / "mysite" / "urls.py"
    urls.write_text(
        urls.read_text()
        + "from django.views.generic import TemplateView\n"
        + "page = TemplateView.as_view(template_name='home.html')\n"
        + "urlpatterns.append(path('', page))\n"
    )
    site.manage("migrate")
    with site:
        yield site


@pytest.mark.asyncio(loop_scope="session")
async def test_two_people_talk_on_a_stock_project_that_followed_the_readme(
    site: Site, browser: Browser
) -> None:
    sessions = map(json.loads, site.manage("shell", code=PEOPLE).splitlines()[-2:])
    pages = []
    for session in sessions:
        context = await browser.new_context()
        cookie: Any = {"name": "sessionid", "value": session, "url": site.url}
        await context.add_cookies([cookie])
        page = await context.new_page()
        await page.goto(site.url)
        await page.locator("django-chat-widget").get_by_role("button").first.click()
        pages.append(page)
    ana, ben = pages

    await ana.locator("[data-dc=new-chat]").click()
    await ana.locator("[data-dc=people-search]").fill("ben")
    await ana.locator("[data-dc=person]", has_text="ben").click()
    await ana.locator("[data-dc=people-submit]").click()
    await ana.locator("[data-dc=input]").fill("Hello Ben")
    await ana.keyboard.press("Enter")

    await ben.locator("[data-dc=row]", has_text="Hello Ben").click()
    await expect(ben.locator(".message", has_text="Hello Ben")).to_have_count(1)
    for page in pages:
        await page.context.close()
