"""What makes a page fail its test."""

from __future__ import annotations

import asyncio
import re

import pytest

from tests.e2e.conftest import Enter

pytestmark = pytest.mark.asyncio(loop_scope="session")

ADDED_SCRIPT = """
document.body.append(Object.assign(document.createElement("script"),
  {textContent: "window.ran = true"}))"""


@pytest.mark.parametrize(
    ("script", "problem"),
    [
        ("console.error('Oh no')", "console: Oh no"),
        ("setTimeout(() => { throw Error('Oops') })", "error: .*Oops"),
        (ADDED_SCRIPT, "policy: script-src-elem inline"),
        ("fetch('/nowhere')", "GET .*/nowhere: status of 404"),
        ("fetch('http://127.0.0.1:1/').catch(() => {})", "policy: connect-src"),
    ],
    ids=["console", "error", "inline", "missing", "elsewhere"],
)
async def test_a_page_that_complains_is_heard(
    enter: Enter, script: str, problem: str
) -> None:
    ana = await enter()
    await ana.page.goto(f"{ana.url}/")
    await ana.page.evaluate(f"void ({script})")
    async with asyncio.timeout(15):
        while not any(re.search(problem, one) for one in ana.problems):
            await ana.page.evaluate("'anything new?'")
    await ana.context.close()
    ana.problems.clear()
