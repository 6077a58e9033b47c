/** What is measured of the message list; `measure.py` prints it, and tests look at it. */

const frame = () => new Promise((done) => requestAnimationFrame(done));

/** Milliseconds of script and layout for 50 messages that are at hand, six times. */
export async function renders({ list, long, receipts, scroller }) {
  const times = [];
  for (let round = 0; round < 6; round += 1) {
    list.render([]);
    scroller.offsetHeight;
    const items = long(50);
    await frame();
    const begin = performance.now();
    list.render(items, { receipts });
    scroller.scrollHeight;
    times.push(performance.now() - begin);
  }
  return times;
}

/** Milliseconds for a message that comes into a window of 290, twenty times. */
export async function arrivals({ list, long, scroller }) {
  const items = long(310);
  list.render(items.slice(0, 290));
  const times = [];
  for (let at = 290; at < 310; at += 1) {
    await frame();
    const change = { type: "insert", item: items[at], after: items[at - 1].key };
    const begin = performance.now();
    list.update([{ type: "remove", key: items[at - 290].key }, change]);
    list.flush();
    scroller.scrollHeight;
    times.push(performance.now() - begin);
  }
  return times;
}

/** The end of a frame, when its picture is taken. */
const picture = () =>
  new Promise((done) =>
    requestAnimationFrame(() => {
      const channel = new MessageChannel();
      channel.port1.onmessage = done;
      channel.port2.postMessage(null);
    }),
  );

/**
 * Scrolls by `step` pixels a frame, and looks after each whether the rows moved by as much
 * as asked.
 *
 * @param {object} story
 * @param {number} step
 * @param {"top" | "end"} until
 */
export async function scroll({ scroller, root, state, all }, step, until) {
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
  let [jump, most, stalls] = [0, 0, 0];
  const frames = [];
  let before = places();
  const seen = new Set([...before.keys()].map((el) => el.dataset.key));
  let last = performance.now();
  for (let turn = 0; turn < 20000; turn += 1) {
    const from = scroller.scrollTop;
    const max = scroller.scrollHeight - scroller.clientHeight;
    const asked = Math.max(-from, Math.min(max - from, step));
    scroller.scrollBy({ top: asked, behavior: "instant" });
    await picture();
    frames.push(performance.now() - last);
    last = performance.now();
    const after = places();
    for (const [el, top] of after) {
      if (!before.has(el)) continue;
      jump = Math.max(jump, Math.abs(top - before.get(el) + asked));
      break;
    }
    most = Math.max(most, root.querySelectorAll(".message").length);
    for (const el of after.keys()) seen.add(el.dataset.key);
    before = after;
    const { from: first, to: end } = state();
    if (until === "top" ? first === 0 && scroller.scrollTop <= 0 : end === all.length && asked < 1) break;
    if (asked === 0) stalls += 1;
  }
  frames.sort((a, b) => a - b);
  observer.disconnect();
  return {
    jump, most, stalls, seen: seen.size, frames: frames.length,
    p95: frames[Math.floor(frames.length * 0.95)], longest: Math.max(0, ...tasks),
  };
}
