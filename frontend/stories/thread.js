/**
 * Shows the message list with made-up data. The address chooses what:
 *
 *     thread.html?story=states&appearance=plain&theme=dark&dir=rtl
 *     thread.html?story=paging&count=3000
 *
 * `window.story` has the list and the data, for scripts that measure.
 */

import { thread, tokens } from "../src/ui/styles/thread.css.js";
import { en } from "../src/ui/text/en.js";
import { createTranslator } from "../src/ui/text/translate.js";
import { createMessageList } from "../src/ui/thread/list.js";
import { arrivals, renders, scroll } from "./measures.js";
import { long, people, ME, NOW, states, unread } from "./thread-data.js";

const query = new URLSearchParams(location.search);
const name = query.get("story") ?? "states";
const locale = query.get("locale") ?? (query.get("dir") === "rtl" ? "ar" : "en-GB");
document.documentElement.dir = query.get("dir") ?? "ltr";

const host = document.createElement("story-thread");
if (query.has("theme")) {
  host.setAttribute("theme", query.get("theme"));
  document.documentElement.style.colorScheme = query.get("theme");
}
const root = host.attachShadow({ mode: "open" });
root.adoptedStyleSheets = [tokens, thread].map((text) => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(text);
  return sheet;
});
const scroller = document.createElement("div");
scroller.style.blockSize = "100%";
root.append(scroller);
document.querySelector("main").append(host);

const log = [];
const receipts = { status: (seq) => (seq % 3 === 0 ? "delivered" : "read"), read: () => [people[1], people[2]] };
const wait = (ms) => new Promise((done) => setTimeout(done, ms));

/** The part of a long conversation that is loaded: at most 300, in pages of 50. */
const all = name === "paging" ? long(Number(query.get("count") ?? 3000)) : [];
let from = Math.max(0, all.length - 50);
let to = all.length;
const delay = Number(query.get("delay") ?? 60);

function shift(newFrom, newTo) {
  const changes = [];
  for (let at = from; at < to; at += 1) {
    if (at < newFrom || at >= newTo) changes.push({ type: "remove", key: all[at].key });
  }
  for (let at = newFrom; at < newTo; at += 1) {
    if (at >= from && at < to) continue;
    changes.push({ type: "insert", item: all[at], after: at === newFrom ? null : all[at - 1].key });
  }
  [from, to] = [newFrom, newTo];
  list.update(changes, { hasOlder: from > 0, hasNewer: to < all.length });
}

const list = createMessageList({
  scroller,
  t: createTranslator(en, locale),
  locale,
  me: ME,
  now: () => NOW,
  timeZone: "Europe/Berlin",
  appearance: query.get("appearance") ?? "bubble",
  isGroup: query.get("direct") === null,
  memberCount: 24,
  label: "Messages with Design team",
  person: (id) => people.find((one) => one.id === id),
  async onNeedOlder() {
    await wait(delay);
    const start = Math.max(0, from - 50);
    shift(start, Math.min(to, start + 300));
  },
  async onNeedNewer() {
    await wait(delay);
    const end = Math.min(all.length, to + 50);
    shift(Math.max(from, end - 300), end);
  },
  onSeen: (seq) => log.push(["seen", seq]),
  onAction(name, detail) {
    log.push([name, detail.item?.key ?? null, detail.emoji ?? null]);
    if (name === "jump-to-original") list.jumpTo(detail.item.message.reply_to.seq);
    if (name === "jump-to-latest") {
      [from, to] = [all.length - 50, all.length];
      list.update([{ type: "reset", items: all.slice(from, to) }], { hasOlder: true, hasNewer: false });
      list.toEnd();
    }
  },
});

const stories = {
  states: () => list.render(states(), { receipts, at: query.get("at") === "end" ? "end" : undefined }),
  unread: () => list.render(unread(), { receipts, firstUnreadSeq: 31, unreadCount: 10, at: query.get("at") ?? "unread" }),
  many: () => list.render(long(300), { receipts, hasOlder: true }),
  paging: () => list.render(all.slice(from, to), { receipts: null, hasOlder: from > 0 }),
  empty: () => {},
};
stories[name]();
const story = { list, scroller, root, log, long, receipts, all, state: () => ({ from, to }) };
window.story = {
  ...story,
  renders: () => renders(story),
  arrivals: () => arrivals(story),
  scroll: (step, until) => scroll(story, step, until),
};
