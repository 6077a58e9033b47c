"""
Measures the message list in Chromium and prints the figures:

    cd frontend && python stories/measure.py

Needs `playwright` and a Chromium at /usr/bin/chromium (or `CHROMIUM`). Ends with 1 when
a figure is over its limit. Times of frames are by the clock on the wall: on a machine that
is busy with other things they say little, so its load is printed first.
"""

import functools
import http.server
import json
import os
import pathlib
import statistics
import sys
import threading

from playwright.sync_api import sync_playwright

FRONTEND = pathlib.Path(__file__).resolve().parent.parent
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
MESSAGES = 3000

RENDER = """async () => {
  const { list, long, receipts, scroller } = window.story;
  const times = [];
  for (let round = 0; round < 6; round += 1) {
    list.render([]);
    scroller.offsetHeight;
    const items = long(50);
    await new Promise(requestAnimationFrame);
    const begin = performance.now();
    list.render(items, { receipts });
    scroller.scrollHeight;
    times.push(performance.now() - begin);
  }
  return times;
}"""

ARRIVE = """async () => {
  const { list, long, scroller } = window.story;
  const items = long(310);
  list.render(items.slice(0, 290));
  const times = [];
  for (let at = 290; at < 310; at += 1) {
    await new Promise(requestAnimationFrame);
    const change = { type: "insert", item: items[at], after: items[at - 1].key };
    const begin = performance.now();
    list.update([{ type: "remove", key: items[at - 290].key }, change]);
    list.flush();
    scroller.scrollHeight;
    times.push(performance.now() - begin);
  }
  return times;
}"""

# Scrolls by 90 pixels a frame and looks, after each, whether the rows moved by as much as
# asked. A picture is taken at the end of a frame, so that is when the rows are looked at.
SCROLL = """async ([step, until]) => {
  const { scroller, root, state } = window.story;
  const frame = () => new Promise((done) => requestAnimationFrame(() => {
    const channel = new MessageChannel();
    channel.port1.onmessage = done;
    channel.port2.postMessage(null);
  }));
  const tasks = [];
  const observer = new PerformanceObserver((list) => tasks.push(...list.getEntries().map((one) => one.duration)));
  observer.observe({ type: "longtask" });
  const places = () => {
    const found = new Map();
    const middle = scroller.clientHeight;
    for (const el of root.querySelectorAll(".row")) {
      const { top } = el.getBoundingClientRect();
      if (top > -200 && top < middle) found.set(el, top);
    }
    return found;
  };
  let jump = 0, frames = [], most = 0, mutations = 0, stalls = 0;
  const seen = new Set();
  let before = places();
  let last = performance.now();
  for (let turn = 0; turn < 20000; turn += 1) {
    const from = scroller.scrollTop;
    const max = scroller.scrollHeight - scroller.clientHeight;
    const asked = Math.max(-from, Math.min(max - from, step));
    scroller.scrollBy({ top: asked, behavior: "instant" });
    await frame();
    frames.push(performance.now() - last);
    last = performance.now();
    const after = places();
    for (const [el, top] of after) {
      if (!before.has(el)) continue;
      jump = Math.max(jump, Math.abs(top - before.get(el) + asked));
      break;
    }
    const count = root.querySelectorAll(".message").length;
    most = Math.max(most, count);
    for (const el of after.keys()) seen.add(el.dataset.key);
    before = after;
    const { from: first, to: end } = state();
    if (until === "top" ? first === 0 && scroller.scrollTop <= 0 : end === window.story.all.length && asked < 1) break;
    if (asked === 0) stalls += 1;
  }
  frames.sort((a, b) => a - b);
  observer.disconnect();
  return { jump, most, seen: seen.size, frames: frames.length, stalls,
    p95: frames[Math.floor(frames.length * 0.95)], longest: Math.max(0, ...tasks) };
}"""


# The lowest contrast between a text and what is behind it.
CONTRAST = """() => {
  const { root } = window.story;
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const over = (color, behind) => {
    canvas.fillStyle = `rgb(${behind.join()})`;
    canvas.fillRect(0, 0, 1, 1);
    canvas.fillStyle = color;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const luminance = (rgb) => {
    const [r, g, b] = rgb.map((one) => (one / 255 <= 0.03928 ? one / 255 / 12.92 : ((one / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  let worst = { ratio: 21, what: "" };
  for (const el of root.querySelectorAll("*")) {
    const text = [...el.childNodes].filter((node) => node.nodeType === 3).map((node) => node.data).join("").trim();
    if (!/[\\p{L}\\p{N}]/u.test(text)) continue;
    const chain = [];
    let opacity = 1;
    for (let at = el; at && at !== root; at = at.parentElement) {
      const style = getComputedStyle(at);
      if (style.display === "none" || style.visibility === "hidden" || style.opacity === "0") { chain.length = 0; break; }
      opacity *= Number(style.opacity);
      chain.unshift(style.backgroundColor);
    }
    if (chain.length === 0) continue;
    const behind = chain.reduce((rgb, color) => over(color, rgb), [255, 255, 255]);
    const full = over(getComputedStyle(el).color, behind);
    const front = full.map((one, index) => one * opacity + behind[index] * (1 - opacity));
    const [low, high] = [luminance(behind), luminance(front)].sort((a, b) => a - b);
    const ratio = (high + 0.05) / (low + 0.05);
    if (ratio < worst.ratio) worst = { ratio, what: `${el.className || el.localName}: ${text.slice(0, 20)}` };
  }
  return worst;
}"""


def longest_task(trace):
    """The processor time of the longest task of a page's main thread, in milliseconds."""
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


def serve():
    handler = functools.partial(QuietHandler, directory=FRONTEND)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *arguments):
        pass


def main():
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")
    server = serve()
    base = f"http://127.0.0.1:{server.server_port}/stories/thread.html?"
    failures = []

    def report(name, value, limit, unit):
        verdict = "ok" if value <= limit else "OVER"
        print(f"{name:<52}{value:>9.1f} {unit:<3} (limit {limit}) {verdict}")
        if value > limit:
            failures.append(name)

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox"]
        )
        page = browser.new_page(viewport={"width": 900, "height": 800})

        def open_story(query):
            page.goto(base + query)
            page.wait_for_function("window.story")
            page.wait_for_timeout(300)

        session = page.context.new_cdp_session(page)
        for rate, render_limit, arrive_limit in ((1, 40, 33), (4, 150, 100)):
            session.send("Emulation.setCPUThrottlingRate", {"rate": rate})
            open_story("story=empty")
            times = page.evaluate(RENDER)
            print(
                f"50 messages, script + layout, {rate}x (first, cold)     {times[0]:.1f} ms"
            )
            report(
                f"50 messages, script + layout, {rate}x (median)",
                statistics.median(times),
                render_limit,
                "ms",
            )
            times = page.evaluate(ARRIVE)
            report(
                f"message into a window of 290, {rate}x (median)",
                statistics.median(times),
                arrive_limit,
                "ms",
            )
        session.send("Emulation.setCPUThrottlingRate", {"rate": 1})

        open_story(f"story=paging&count={MESSAGES}&delay=40")
        for step, until, name in ((-90, "top", "up"), (90, "end", "down")):
            found = page.evaluate(SCROLL, [step, until])
            print(
                f"scrolled {name}: {found['frames']} frames, {found['seen']} rows seen, {found['stalls']} waits at the edge"
            )
            report(
                f"  largest jump, {MESSAGES} messages {name}", found["jump"], 2, "px"
            )
            report("  messages in the document", found["most"], 300, "")
            report("  frame, 95th percentile", found["p95"], 33, "ms")
            print(f"  longest task by the clock {found['longest']:.0f} ms")

        open_story("story=paging&count=900&delay=40")
        browser.start_tracing(page=page, categories=["toplevel"])
        page.evaluate(SCROLL, [-90, "top"])
        report(
            "longest task, processor time, 900 messages",
            longest_task(browser.stop_tracing()),
            100,
            "ms",
        )

        for query in (
            "theme=light",
            "theme=dark",
            "theme=light&appearance=plain",
            "theme=dark&appearance=plain",
        ):
            open_story(f"story=states&{query}")
            worst = page.evaluate(CONTRAST)
            verdict = "ok" if worst["ratio"] >= 4.5 else "UNDER"
            print(
                f"lowest contrast, {query:<34}{worst['ratio']:>9.2f}     (limit 4.5) {verdict}  {worst['what']}"
            )
            if verdict != "ok":
                failures.append(query)
        browser.close()
    server.shutdown()
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
