/**
 * The message list: puts the items of a thread on the screen and keeps the reader's place.
 *
 * It is handed what `client` knows (items, changes) and reports what the reader does; it asks
 * for pages and says what was seen. It draws by hand, keyed, because it is the hot path.
 */

import { createDates } from "../text/dates.js";
import { applied } from "./applied.js";
import { NO_DIVIDER, reduceDivider, showsBanner } from "./divider.js";
import { actionButton, element } from "./element.js";
import { rowsOf, timeOf } from "./grouping.js";
import { icon } from "./icons.js";
import { createKeyboard, rowOf } from "./keyboard.js";
import { createPosition } from "./position.js";
import { shownStates } from "./receipts.js";
import { createRowView, fillToolbar, isSameRow } from "./rows.js";

/** @typedef {import("../../client/types").Item} Item */
/** @typedef {import("../../client/types").Change} Change */
/** @typedef {import("../../client/types").Message} Message */
/** @typedef {import("./position.js").SavedPosition} SavedPosition */
/** @typedef {import("./grouping.js").Row} Row */

const PAGE = 50;
const PREFETCH_PX = 1500;
const FLASH_MS = 1500;
const DAY_HINT_MS = 1200;
const LONG_PRESS_MS = 500;

/**
 * @typedef {object} ListOptions
 * @property {HTMLElement} scroller An empty element with a height of its own.
 * @property {import("../text/translate.js").Translate} t
 * @property {string} locale
 * @property {string | null} me The reader's id.
 * @property {() => number} now Milliseconds since 1970.
 * @property {(name: string, detail: ActionDetail) => void} onAction What the reader asks for:
 *   `react`, `reply`, `menu`, `edit`, `delete`, `toggle-reaction`, `reactions`, `receipts`,
 *   `jump-to-original`, `retry`, `edit-failed`, `discard`, `reveal`, `mark-read`; and
 *   `jump-to-latest` and `jump-to-unread` when that is not loaded.
 * @property {() => Promise<void> | void} onNeedOlder Loads the page before the first item.
 * @property {() => Promise<void> | void} onNeedNewer Loads the page after the last item.
 * @property {(seq: number) => void} onSeen Told when a message further down than any before
 *   was on the screen while the page had the focus.
 * @property {"bubble" | "plain"} [appearance]
 * @property {string} [label] Name of the list for assistive technology.
 * @property {boolean} [isGroup]
 * @property {number | null} [memberCount]
 * @property {string | undefined} [timeZone]
 * @property {boolean} [formatting] Whether `*bold*` and the like are drawn.
 * @property {boolean} [shortcuts] Whether single letters act on the message in focus.
 * @property {(id: string) => {name: string, avatar_url: string | null} | undefined} [person]
 * @property {(message: Message) => Node | null} [extra] What the host adds to a message.
 */

/**
 * @typedef {object} ActionDetail
 * @property {Item | null} item
 * @property {HTMLElement | null} target What was pressed, to put a popup next to.
 * @property {string} [emoji]
 */

/**
 * What holds for the items as a whole. What is left out stays as it was.
 *
 * @typedef {object} ListState
 * @property {boolean} [hasOlder]
 * @property {boolean} [hasNewer]
 * @property {import("../../client/types").Receipts | null} [receipts]
 */

/**
 * @typedef {object} OpenState
 * @property {number | null} [firstUnreadSeq] Where the divider "New" goes.
 * @property {number} [unreadCount]
 * @property {"unread" | "end" | SavedPosition} [at] Where to begin: by default at the divider,
 *   or at the end.
 */

/** @param {ListOptions} options */
export function createMessageList({
  scroller,
  t,
  locale,
  me,
  now,
  onAction,
  onNeedOlder,
  onNeedNewer,
  onSeen,
  appearance = "bubble",
  label = "",
  isGroup = false,
  memberCount = null,
  timeZone,
  formatting = true,
  shortcuts = true,
  person = () => undefined,
  extra = () => null,
}) {
  const { ownerDocument: document } = scroller;
  const window = /** @type {Window & typeof globalThis} */ (document.defaultView);
  const dates = createDates({ locale, now, timeZone });
  const make = element.bind(null, document);

  // ---- The frame

  const dayHint = make("span", "pill day-hint");
  const bannerText = make("span", "banner-text");
  const banner = make(
    "div",
    "unread-banner",
    { part: "banner", hidden: "" },
    bannerText,
    actionButton(document, "link-button", "banner-jump", { tabindex: "0" }, t("banner.jump")),
    actionButton(document, "link-button", "mark-read", { tabindex: "0" }, t("banner.markRead")),
  );
  const above = make("div", "overlay overlay-top", {}, make("div", "day-hint-place", { "aria-hidden": "true" }, dayHint), banner);
  const latestCount = make("span", "latest-count", { "aria-hidden": "true" });
  const latest = actionButton(
    document,
    "latest",
    "jump-to-latest",
    { tabindex: "0", hidden: "" },
    icon(document, "down"),
    latestCount,
  );
  const below = make("div", "overlay overlay-bottom", {}, latest);
  const topEdge = make("div", "edge edge-top");
  const bottomEdge = make("div", "edge edge-bottom");
  /** @type {HTMLElement} */
  const list = make(
    "div",
    "messages",
    { role: "log", "aria-live": "off", "aria-label": label, "data-appearance": appearance },
    topEdge,
    bottomEdge,
  );
  list.toggleAttribute("data-group", isGroup);
  scroller.classList.add("message-scroller");
  scroller.append(above, list, below);

  // ---- What is shown

  /** @type {Item[]} */
  let items = [];
  /** @type {Required<ListState>} */
  let state = { hasOlder: false, hasNewer: false, receipts: null };
  /** @type {Row[]} */
  let rows = [];
  /** @type {Map<string, {row: Row, view: import("./rows.js").RowView, page: number, state: string}>} */
  const views = new Map();
  /** Set when something that is no part of an item has changed. */
  let isStale = false;
  /** @type {HTMLElement[]} */
  let elements = [];
  /** @type {Map<number, HTMLElement>} */
  const pages = new Map();
  /** @type {Set<string>} */
  const unfolded = new Set();
  /** Keys of messages in runs that the reader has opened.
   * @type {Set<string>} */
  const expanded = new Set();
  /** Ids of messages that are not shown.
   * @type {Set<string>} */
  const hidden = new Set();
  let divider = NO_DIVIDER;
  let newBelow = 0;
  /** Whether the latest was asked for, and is not loaded yet. */
  let wantsLatest = false;
  let seenSeq = 0;
  let isDestroyed = false;

  const position = createPosition(scroller, () => elements);
  const context = { document, t, dates, locale, me, person, formatting, memberCount, unfolded, extra };

  const focused = () => document.visibilityState === "visible" && document.hasFocus();
  const atEnd = () => position.isStuck() && !state.hasNewer;

  /** Brings the elements in line with the items. No layout is read in here. */
  function draw() {
    const shown = items.filter(({ message }) => !hidden.has(message.id));
    rows = rowsOf(shown, {
      dayKey: dates.dayKey,
      unreadFrom: divider.at,
      hasOlder: state.hasOlder,
      isExpanded: (run) => run.some((item) => expanded.has(item.key)),
    });
    const states = shownStates(shown, state.receipts, { isGroup });
    const wanted = new Map(rows.map((row) => [row.key, row]));
    for (const [key, { row, view }] of views) {
      const next = wanted.get(key);
      if (next?.kind === row.kind) continue;
      view.el.remove();
      views.delete(key);
    }

    elements = [];
    const places = pagesOf();
    let number = NaN;
    /** @type {Element | null} */
    let cursor = null;
    /** @type {HTMLElement | null} */
    let section = null;
    const used = new Set();
    rows.forEach((row, index) => {
      const known = views.get(row.key);
      const view = known?.view ?? createRowView(row, context);
      const page = /** @type {number} */ (places[index]);
      if (known === undefined) view.el.dataset["key"] = row.key;
      const reached = states.get(row.key);
      const state = reached === undefined ? "" : `${reached.state} ${reached.readers}`;
      if (known === undefined || isStale || known.state !== state || !isSameRow(known.row, row)) {
        view.update(row, reached);
      }
      if (page !== number || section === null) {
        section = sectionOf(page, section);
        used.add(page);
        number = page;
        cursor = section.firstElementChild;
      }
      if (cursor === view.el) cursor = cursor.nextElementSibling;
      else section.insertBefore(view.el, cursor);
      views.set(row.key, { row, view, page, state });
      elements.push(view.el);
    });
    for (const [page, made] of pages) {
      if (used.has(page)) continue;
      made.remove();
      pages.delete(page);
    }
    isStale = false;
    keyboard.refresh();
    drawEdges();
  }

  /**
   * Which section each row goes to. Sections make changes cheap: a browser lays out again
   * only those that have changed. Each begins with the same message for as long as that is
   * there, since browsers report a section whose beginning has moved as a shift of the layout
   * though nothing moved in it. So what is loaded above gets a section of its own, and so do
   * headings over the first message of one, which go along with what they are above.
   */
  function pagesOf() {
    const known = rows.map((row) => ("time" in row ? undefined : views.get(row.key)?.page));
    const first = known.findIndex((page) => page !== undefined);
    let page = (known[first] ?? 1) - 1;
    let size = 0;
    let headings = 0;
    /** @type {number[]} */
    const places = [];
    rows.forEach((row, index) => {
      if ("time" in row) {
        headings += 1;
        return;
      }
      const next = Math.max(page, known[index] ?? (index < first || size < PAGE ? page : page + 1));
      if (next > page) size = 0;
      page = next;
      for (; headings > 0; headings -= 1) places.push(size === 0 ? page - 0.5 : page);
      places.push(page);
      size += 1;
    });
    return places;
  }

  /**
   * @param {number} page
   * @param {HTMLElement | null} before
   */
  function sectionOf(page, before) {
    let section = pages.get(page);
    if (section === undefined) {
      section = make("section", "page");
      pages.set(page, section);
      (before ?? topEdge).after(section);
    }
    return section;
  }

  function drawEdges() {
    /** @type {const} */ ([
      ["older", topEdge, state.hasOlder],
      ["newer", bottomEdge, state.hasNewer],
    ]).forEach(([side, edge, hasMore]) => {
      const { failed } = paging[side];
      const kind = hasMore ? (failed ? "failed" : "loading") : side === "older" && items.length > 0 ? "start" : "none";
      if (edge.dataset["kind"] === kind) return;
      edge.dataset["kind"] = kind;
      edge.replaceChildren();
      if (kind === "start") edge.append(make("p", "edge-text", {}, t("thread.start")));
      if (kind === "loading") {
        const text = t(side === "older" ? "thread.loadingOlder" : "thread.loadingNewer");
        edge.append(make("span", "spinner", { role: "img", "aria-label": text }));
      }
      if (kind === "failed") {
        edge.append(
          make("span", "edge-text", {}, t("thread.loadFailed")),
          actionButton(document, "link-button", `load-${side}`, { tabindex: "0" }, t("thread.tryAgain")),
        );
      }
    });
  }

  /**
   * Draws, and puts the view back where it was.
   *
   * @param {HTMLElement | null} [pinned]
   * @returns {boolean} False when nothing of what was on the screen is left.
   */
  function redraw(pinned = null) {
    const reached = scroller.scrollTop;
    draw();
    const found = position.settle(pinned, reached);
    look();
    return found;
  }

  // ---- Changes

  /** @type {{changes: Change[], state: ListState}} */
  let waiting = { changes: [], state: {} };
  let frame = 0;
  let timer = 0;

  function schedule() {
    if (frame !== 0 || timer !== 0) return;
    // A hidden page gets no frames, and must not let changes pile up.
    if (document.visibilityState === "visible") frame = window.requestAnimationFrame(flush);
    else timer = window.setTimeout(flush, PAGE);
  }

  function flush() {
    window.cancelAnimationFrame(frame);
    window.clearTimeout(timer);
    frame = timer = 0;
    const { changes, state: news } = waiting;
    if (isDestroyed || (changes.length === 0 && Object.keys(news).length === 0)) return;
    waiting = { changes: [], state: {} };
    const before = new Set(items.map((item) => item.key));
    const isReset = changes.some((change) => change.type === "reset");
    const couldArrive = !state.hasNewer && !isReset;
    const newest = items.reduce((seq, item) => Math.max(seq, item.message.seq), 0);
    items = applied(items, changes);
    state = { ...state, ...news };
    let isOwn = false;
    for (const item of items) {
      if (before.has(item.key)) continue;
      const { message } = item;
      if (item.state !== "sent") {
        isOwn = true;
      } else if (couldArrive && message.seq > newest && message.kind !== "system" && !message.is_own_message) {
        arrive({ type: "message", seq: message.seq, own: false, focused: focused(), atEnd: atEnd() });
        if (!atEnd()) newBelow += 1;
      }
    }
    if (isOwn) arrive({ type: "message", seq: 0, own: true, focused: true, atEnd: true });
    if (state.hasNewer) position.release();
    const found = redraw();
    const isLatest = isReset && wantsLatest && !state.hasNewer;
    if (isReset) wantsLatest = false;
    if (isOwn || isLatest) toLatest();
    else if (!found) land();
  }

  /** @param {import("./divider.js").DividerEvent} event */
  function arrive(event) {
    divider = reduceDivider(divider, event);
  }

  /** Finds a place in a list that has nothing in common with the one before. */
  function land() {
    if (!state.hasNewer) position.toEnd();
    else {
      const middle = elements[elements.length >> 1];
      if (middle) position.bring(middle, (height, own) => (height - own) / 2, false);
    }
    look();
  }

  // ---- Looking

  /** Draws what depends on what is on the screen, and tells. */
  function look() {
    const line = lineOf();
    const isAtEnd = atEnd();
    if (items.length > 0) {
      const next = reduceDivider(divider, { type: "view", line, atEnd: isAtEnd, focused: focused() });
      const isGone = next.at !== divider.at;
      divider = next;
      if (isGone) {
        redraw();
        return;
      }
    }
    if (isAtEnd) newBelow = 0;
    const hasBanner = showsBanner(divider, line);
    banner.hidden = !hasBanner;
    if (hasBanner) bannerText.textContent = t("banner.new", { count: divider.count, time: sinceText() });
    latest.hidden = isAtEnd || items.length === 0;
    latestCount.textContent = newBelow > 99 ? "99+" : newBelow > 0 ? String(newBelow) : "";
    const latestLabel = t(newBelow > 0 ? "thread.jumpToLatestCount" : "thread.jumpToLatest", { count: newBelow });
    latest.setAttribute("aria-label", latestLabel);
    latest.title = latestLabel;

    const visible = position.visible();
    const first = rowWith(visible[0]);
    if (first !== undefined) {
      dayHint.textContent = dates.day("time" in first ? first.time : timeOf(/** @type {Item} */ ("item" in first ? first.item : first.items[0])));
    }
    if (focused()) tellSeen(visible);
    void need("older");
    void need("newer");
  }

  /** @param {HTMLElement | undefined} el */
  const rowWith = (el) => views.get(el?.dataset["key"] ?? "")?.row;

  /** @returns {import("./divider.js").View["line"]} */
  function lineOf() {
    if (divider.at === null) return "none";
    const mounted = views.get("unread");
    if (mounted !== undefined) return position.placeOf(mounted.view.el);
    const first = items[0]?.message.seq ?? 0;
    return divider.at <= first ? "above" : "below";
  }

  function sinceText() {
    const from = /** @type {number} */ (divider.at);
    const first = items.find((item) => item.message.seq >= from);
    return first === undefined ? "" : dates.relative(timeOf(first));
  }

  /** @param {readonly HTMLElement[]} visible */
  function tellSeen(visible) {
    for (let index = visible.length - 1; index >= 0; index -= 1) {
      const row = rowWith(visible[index]);
      const item = row && "item" in row ? row.item : row && "items" in row ? row.items.at(-1) : undefined;
      if (item === undefined || item.message.seq === 0) continue;
      if (item.message.seq > seenSeq) {
        seenSeq = item.message.seq;
        onSeen(seenSeq);
      }
      return;
    }
  }

  // ---- Pages

  const paging = {
    older: { busy: false, failed: false, idle: false },
    newer: { busy: false, failed: false, idle: false },
  };

  /**
   * Asks for a page when the end of what is loaded comes near: one at a time, and not again
   * by itself after one that brought nothing.
   *
   * @param {"older" | "newer"} side
   */
  async function need(side) {
    const turn = paging[side];
    const isOlder = side === "older";
    const hasMore = isOlder ? state.hasOlder : state.hasNewer;
    const left = isOlder ? scroller.scrollTop : position.distanceToEnd();
    if (isDestroyed || !hasMore || turn.busy || turn.failed || turn.idle || left > PREFETCH_PX) return;
    const edgeKey = () => (isOlder ? items[0] : items.at(-1))?.key;
    const before = edgeKey();
    turn.busy = true;
    list.setAttribute("aria-busy", "true");
    try {
      await (isOlder ? onNeedOlder() : onNeedNewer());
      flush();
      turn.idle = edgeKey() === before;
    } catch {
      turn.failed = true;
      drawEdges();
    } finally {
      turn.busy = false;
      if (!paging.older.busy && !paging.newer.busy) list.removeAttribute("aria-busy");
    }
    if (!turn.failed) await need(side);
  }

  // ---- Events

  let dayTimer = 0;
  function onScroll() {
    paging.older.idle = paging.newer.idle = false;
    position.scrolled(!state.hasNewer);
    look();
    // Where the day's own heading is at the top, or the reader does not search, it would disturb.
    const hasHeading = position.visible().slice(0, 2).some((el) => rowWith(el)?.kind === "day");
    dayHint.classList.toggle("shown", !position.isStuck() && !hasHeading);
    window.clearTimeout(dayTimer);
    dayTimer = window.setTimeout(() => dayHint.classList.remove("shown"), DAY_HINT_MS);
  }

  const itemOf = (/** @type {HTMLElement | null} */ row) => {
    const key = row?.dataset["key"];
    return items.find((item) => item.key === key) ?? null;
  };

  /** @param {MouseEvent} event */
  function onClick(event) {
    const target = /** @type {Element} */ (event.target);
    const button = /** @type {HTMLElement | null} */ (target.closest("[data-action]"));
    if (button === null) return;
    const el = /** @type {HTMLElement | null} */ (button.closest(".row"));
    const action = button.dataset["action"] ?? "";
    switch (action) {
      case "fold":
        toggle(unfolded, el?.dataset["key"] ?? "");
        isStale = true;
        redraw(el);
        break;
      case "toggle-run": {
        const row = rowWith(el ?? undefined);
        if (row?.kind !== "run") return;
        if (row.expanded) for (const item of row.items) expanded.delete(item.key);
        else expanded.add(/** @type {Item} */ (row.items[0]).key);
        redraw(el);
        break;
      }
      case "jump-to-latest":
        toLatest();
        break;
      case "banner-jump":
        if (divider.at !== null) jumpToDivider();
        break;
      case "mark-read":
        markRead();
        break;
      case "load-older":
      case "load-newer": {
        const side = action === "load-older" ? "older" : "newer";
        paging[side].failed = paging[side].idle = false;
        drawEdges();
        void need(side);
        break;
      }
      default: {
        const emoji = button.dataset["emoji"];
        onAction(action, { item: itemOf(el), target: button, ...(emoji === undefined ? {} : { emoji }) });
      }
    }
  }

  let press = 0;
  /** @param {PointerEvent} event */
  function onPress(event) {
    window.clearTimeout(press);
    const row = rowOf(event.target);
    if (event.pointerType !== "touch" || row === null || row.dataset["state"] !== "sent") return;
    press = window.setTimeout(() => onAction("menu", { item: itemOf(row), target: row }), LONG_PRESS_MS);
  }
  const endPress = () => window.clearTimeout(press);

  const keyboard = createKeyboard({
    list,
    scroller,
    shortcuts,
    prepare: (row) => fillToolbar(row, context),
    toEnd: toLatest,
    onEscape: () => divider.at !== null && markRead(),
    onShortcut: (name, row) => {
      if (row.dataset["state"] === "sent") onAction(name, { item: itemOf(row), target: row });
    },
  });

  const onFocus = () => {
    flush();
    look();
  };
  const sizes = new window.ResizeObserver(() => {
    position.settle();
    look();
  });
  // "Today" becomes "Yesterday" at midnight.
  let today = dates.dayKey(now());
  const minutes = window.setInterval(() => {
    if (dates.dayKey(now()) === today) return;
    today = dates.dayKey(now());
    refresh();
  }, 60_000);

  scroller.addEventListener("scroll", onScroll, { passive: true });
  scroller.addEventListener("click", onClick);
  list.addEventListener("pointerover", (event) => {
    const row = event.pointerType === "touch" ? null : rowOf(event.target);
    if (row !== null) fillToolbar(row, context);
  });
  list.addEventListener("pointerdown", onPress);
  for (const end of ["pointerup", "pointercancel"]) list.addEventListener(end, endPress);
  window.addEventListener("focus", onFocus);
  document.addEventListener("visibilitychange", onFocus);
  sizes.observe(scroller);
  sizes.observe(list);

  // ---- What the owner asks for

  /**
   * Moves to a message, and marks it for a moment.
   *
   * @param {string | number} place Its key, its id, or its `seq`.
   * @returns {boolean} False when it is not loaded.
   */
  function jumpTo(place) {
    flush();
    const item = items.find(
      ({ key, message }) => place === key || place === message.seq || (place !== "" && place === message.id),
    );
    if (item === undefined) return false;
    if (!views.has(item.key)) {
      expanded.add(item.key);
      draw();
    }
    const el = elementOf(item.key);
    if (el === undefined) return false;
    position.bring(el, (height, own) => Math.max(8, (height - own) / 2), !state.hasNewer);
    look();
    el.classList.remove("flash");
    window.requestAnimationFrame(() => el.classList.add("flash"));
    window.setTimeout(() => el.classList.remove("flash"), FLASH_MS + 100);
    return true;
  }

  /** @param {string} key */
  function elementOf(key) {
    const direct = views.get(key);
    if (direct !== undefined) return direct.view.el;
    const run = rows.find((row) => "items" in row && row.items.some((item) => item.key === key));
    return run && views.get(run.key)?.view.el;
  }

  function jumpToDivider() {
    const mounted = views.get("unread");
    if (mounted === undefined) {
      onAction("jump-to-unread", { item: null, target: banner });
      return;
    }
    position.bring(mounted.view.el, (height) => height / 3, !state.hasNewer);
    look();
  }

  /** Goes to the end of what is loaded. */
  function toEnd() {
    flush();
    position.toEnd();
    if (state.hasNewer) position.release();
    look();
  }

  function toLatest() {
    if (!state.hasNewer) {
      toEnd();
      return;
    }
    wantsLatest = true;
    onAction("jump-to-latest", { item: null, target: latest });
  }

  /** Draws everything again, because names, pictures or the day have changed. */
  function refresh() {
    isStale = true;
    redraw();
  }

  function markRead() {
    divider = reduceDivider(divider, { type: "mark-read" });
    redraw();
    onAction("mark-read", { item: null, target: null });
  }

  return {
    element: list,
    jumpTo,
    toEnd,

    /**
     * Shows a thread from the beginning.
     *
     * @param {readonly Item[]} shown At most a few hundred, sorted; the owner pages.
     * @param {ListState & OpenState} [options]
     */
    render(shown, { firstUnreadSeq = null, unreadCount = 0, at, ...news } = {}) {
      waiting = { changes: [], state: {} };
      items = [...shown];
      state = { ...state, ...news };
      paging.older.failed = paging.newer.failed = paging.older.idle = paging.newer.idle = false;
      newBelow = 0;
      divider = reduceDivider(divider, { type: "open", firstUnreadSeq, count: unreadCount });
      draw();
      const saved = typeof at === "object" && "key" in at ? at : null;
      const back = saved && elementOf(saved.key);
      const line = views.get("unread")?.view.el;
      if (saved && back) position.bring(back, () => saved.top, !state.hasNewer);
      else if (line !== undefined && (at === undefined || at === "unread")) {
        position.bring(line, (height) => height / 3, !state.hasNewer);
      } else position.toEnd();
      if (state.hasNewer) position.release();
      look();
    },

    /**
     * Applies what a thread tells its subscribers, with the next picture.
     *
     * @param {readonly Change[]} changes
     * @param {ListState} [news]
     */
    update(changes, news = {}) {
      waiting.changes.push(...changes);
      Object.assign(waiting.state, news);
      if (changes.some((change) => change.type === "receipts")) waiting.state.receipts ??= state.receipts;
      schedule();
    },

    /** Applies at once what `update` was given. */
    flush,

    /** @param {"bubble" | "plain"} chosen */
    setAppearance(chosen) {
      list.dataset["appearance"] = chosen;
      position.settle();
      look();
    },

    /**
     * Leaves out a message, or shows it again.
     *
     * @param {string} id
     * @param {boolean} isHidden
     */
    hide(id, isHidden) {
      flush();
      if (isHidden) hidden.add(id);
      else hidden.delete(id);
      redraw();
    },

    markRead,
    refresh,
    isAtEnd: atEnd,

    /** @returns {SavedPosition} To be handed to `render` as `at`. */
    save: () => position.save(),

    destroy() {
      isDestroyed = true;
      divider = reduceDivider(divider, { type: "leave", atEnd: atEnd() });
      sizes.disconnect();
      window.cancelAnimationFrame(frame);
      for (const one of [timer, dayTimer, press]) window.clearTimeout(one);
      window.clearInterval(minutes);
      window.removeEventListener("focus", onFocus);
      document.removeEventListener("visibilitychange", onFocus);
      scroller.removeEventListener("scroll", onScroll);
      scroller.removeEventListener("click", onClick);
      for (const part of [above, list, below]) part.remove();
    },
  };
}

/**
 * @param {Set<string>} set
 * @param {string} value
 */
function toggle(set, value) {
  if (!set.delete(value)) set.add(value);
}
