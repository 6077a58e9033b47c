"""Measures the chat in Chromium and prints the figures:

    python3 frontend/stories/measure.py

Needs the `test` extra and a Chromium. Ends with 1 when a figure is over its limit. Times
of frames are by the clock on the wall: on a machine that is busy with other things they
say little, so its load is printed first.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from tests.e2e import stories
from tests.e2e.archive import LONG, SHORT, Archive

CHROMIUM = os.environ.get("PLAYWRIGHT_CHROMIUM", "/usr/bin/chromium")
MESSAGES = 3000
STEP = 300
"""Pixels a frame: a page of messages goes by in a quarter of a second."""
ROUNDS = 5

# From the click until the picture with the last message has been taken. What has moved
# meanwhile is counted though a click came before.
OPEN = """async (id) => {
  const below = (root, selector) => {
    const hosts = [...root.querySelectorAll("*")].filter((el) => el.shadowRoot);
    return root.querySelector(selector) ?? hosts.map((el) => below(el.shadowRoot, selector)).find(Boolean);
  };
  const picture = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
  const shifts = [];
  const watch = new PerformanceObserver((list) => shifts.push(...list.getEntries()));
  watch.observe({ type: "layout-shift" });
  const row = below(document, `[data-id="${id}"]`);
  const last = row.querySelector(".entry-excerpt bdi").textContent;
  const begin = performance.now();
  row.click();
  for (;;) {
    await picture();
    const shown = below(document, "article.message:last-of-type");
    if (shown?.textContent.includes(last) && shown.checkVisibility()) break;
  }
  const ms = performance.now() - begin;
  for (let frames = 0; frames < 10; frames += 1) await picture();
  shifts.push(...watch.takeRecords());
  return { ms, shift: shifts.reduce((sum, { value }) => sum + value, 0) };
}"""


class Report:
    """Prints figures, and remembers which of them are over their limits."""

    def __init__(self) -> None:
        self.failures: list[str] = []

    def limited(self, name: str, value: float, limit: float, unit: str) -> None:
        verdict = "ok" if value <= limit else "OVER"
        print(f"{name:<56}{value:>10.3f} {unit:<3} (limit {limit}) {verdict}")
        if value > limit:
            self.failures.append(name)

    def plain(self, name: str, value: float, unit: str) -> None:
        print(f"{name:<56}{value:>10.3f} {unit}")


def longest_task(trace: bytes) -> float:
    """Return the processor time of a page's longest task, in milliseconds."""
    events = json.loads(trace)["traceEvents"]
    main_threads = {
        (event["pid"], event["tid"])
        for event in events
        if event["name"] == "thread_name" and event["args"]["name"] == "CrRendererMain"
    }
    return max(
        event["tdur"] / 1000
        for event in events
        if "tdur" in event and (event["pid"], event["tid"]) in main_threads
    )


def measure_list(browser: Browser, page: Page, address: str, report: Report) -> None:
    """Measure the message list by itself."""

    def tell(query: str) -> None:
        page.goto(f"{address}thread.html?{query}")
        page.wait_for_function("window.story")
        page.wait_for_timeout(300)

    session = page.context.new_cdp_session(page)
    for rate, render_limit, arrive_limit in ((1, 40, 33), (4, 150, 100)):
        session.send("Emulation.setCPUThrottlingRate", {"rate": rate})
        tell("story=empty")
        first, *times = page.evaluate("story.renders()")
        report.plain(f"50 messages, script and layout, {rate}x, the first", first, "ms")
        report.limited(
            f"50 messages, script and layout, {rate}x, median of {len(times)}",
            statistics.median(times),
            render_limit,
            "ms",
        )
        report.limited(
            f"message into a window of 290, {rate}x, median",
            statistics.median(page.evaluate("story.arrivals()")),
            arrive_limit,
            "ms",
        )
    session.send("Emulation.setCPUThrottlingRate", {"rate": 1})

    tell(f"story=paging&count={MESSAGES}&delay=40")
    for step, until, name in ((-STEP, "top", "up"), (STEP, "end", "down")):
        found: Any = page.evaluate(f"story.scroll({step}, '{until}')")
        print(
            f"{MESSAGES} messages {name}: {found['frames']} frames, "
            f"{found['seen']} rows seen, {found['stalls']} waits at the edge"
        )
        report.limited("  largest jump", found["jump"], 2, "px")
        report.limited("  messages in the document", found["most"], 300, "")
        report.limited("  frame, 95th percentile", found["p95"], 33, "ms")
        report.plain("  longest task by the clock", found["longest"], "ms")

    tell("story=paging&count=900&delay=40")
    browser.start_tracing(page=page, categories=["toplevel"])
    page.evaluate(f"story.scroll(-{STEP}, 'top')")
    report.limited(
        "longest task, processor time, 900 messages",
        longest_task(browser.stop_tracing()),
        100,
        "ms",
    )


def measure_opening(browser: Browser, report: Report) -> None:
    """Measure how long a conversation takes to open, by its length, with a server."""
    with tempfile.TemporaryDirectory() as folder:
        archive = Archive(Path(folder))
        try:
            server = archive.server("uvicorn")
            (reader,) = archive.talkers
            context = browser.new_context(viewport={"width": 1000, "height": 720})
            context.add_cookies(
                [{"name": "sessionid", "value": reader.session, "url": server.url}]
            )
            page = context.new_page()
            times: dict[int, list[float]] = {SHORT: [], LONG: []}
            # In turn, so that what else the machine does is shared; the first is warm-up.
            for turn in range(ROUNDS + 1):
                for length, seen in times.items():
                    page.goto(f"{server.url}/chat/")
                    page.wait_for_selector("[data-dc=row]")
                    page.wait_for_load_state("networkidle")
                    found = page.evaluate(OPEN, archive.talks[length])
                    if turn:
                        seen.append(found["ms"])
                    shift = found["shift"]
            for length, seen in times.items():
                report.plain(
                    f"opening a conversation of {length:,}, median of {ROUNDS}",
                    statistics.median(seen),
                    "ms",
                )
            report.limited("layout shift of opening it", shift, 0.01, "")
            context.close()
        finally:
            archive.close()


def main() -> None:
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")
    report = Report()
    with sync_playwright() as playwright, stories.serve() as address:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page(viewport={"width": 900, "height": 800})
        measure_list(browser, page, address, report)
        measure_opening(browser, report)
        browser.close()
    sys.exit(1 if report.failures else 0)


if __name__ == "__main__":
    main()
