/** A popup's content for choosing an emoji. */

import { GROUPS, drawnVersion, loadEmoji, plain, toned } from "./data.js";
import { moveInGrid } from "./moves.js";
import { picker as css } from "./picker.css.js";
import { createSearch } from "./search.js";

/** @typedef {import("./data.js").Emoji} Emoji */

/**
 * @typedef {object} EmojiPickerOptions
 * @property {Document} document
 * @property {import("../../ui/text/translate.js").TranslateText} t
 * @property {string} locale Of the texts, a BCP 47 tag.
 * @property {string} dataUrl Of the emoji data, best in the same language.
 * @property {{get: () => string[], set: (emoji: string[]) => void}} recent Keeps what was
 *   picked, the latest first.
 * @property {{get: () => number, set: (tone: number) => void}} tone Keeps the skin tone: 0
 *   for none, 1 (light) to 5 (dark).
 */

/**
 * @typedef {object} EmojiPicker
 * @property {HTMLElement} element Of a fixed size, smaller on a small screen. Sends `pick`, a
 *   `CustomEvent` with `detail.emoji`, which does not bubble. Escape is left to who shows it.
 * @property {() => void} focus To be called whenever it is shown: it begins anew, with the
 *   latest in the row of the recent ones, and the focus in its search field.
 * @property {() => void} destroy
 */

/**
 * @typedef {object} Group
 * @property {string} label
 * @property {readonly Emoji[]} emoji
 */

const COLUMNS = 8;
const RECENT_MAX = 2 * COLUMNS;
/** So many are made at once, when the first of them is about to be seen. */
const BLOCK = 8 * COLUMNS;
const HAND = { emoji: "✋", skins: true };

/**
 * @typedef {object} Block Some of a group's cells.
 * @property {number} from Among all that are shown.
 * @property {number} to
 * @property {number} first The place of the first in its group, from 1 on.
 * @property {number} of How many the group has.
 */

/**
 * The choices are one list box in two dimensions, not a table: where in a table a face is
 * says nothing to who hears it, and its group does.
 *
 * @param {EmojiPickerOptions} options
 * @returns {EmojiPicker}
 */
export function createEmojiPicker({ document, t, locale, dataUrl, recent, tone }) {
  /**
   * @template {keyof HTMLElementTagNameMap} T
   * @param {T} tag
   * @param {Record<string, string>} [attributes]
   * @param {(Node | string)[]} children
   */
  const make = (tag, attributes = {}, ...children) => {
    const el = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) el.setAttribute(name, value);
    el.append(...children);
    return el;
  };

  const element = make("div", { "data-dc": "emoji-picker" });
  const root = element.attachShadow({ mode: "open" });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  root.adoptedStyleSheets = [sheet];

  const search = make("input", {
    class: "search",
    type: "text",
    placeholder: t("emoji.search"),
    "aria-label": t("emoji.search"),
    "aria-controls": "list",
    autocomplete: "off",
    autocapitalize: "none",
    spellcheck: "false",
    enterkeyhint: "done",
  });
  const toneButton = make("button", { class: "tone-button", type: "button", "aria-expanded": "false", "aria-controls": "tones" });
  const tones = make("fieldset", { class: "tones", id: "tones", hidden: "", "aria-label": t("emoji.tone") });
  const tabs = make("div", { class: "tabs", role: "toolbar", "aria-label": t("emoji.groups") });
  const scroller = make("div", { class: "scroller", id: "list", role: "listbox", "aria-label": t("emoji.label"), tabindex: "-1" });
  const state = make("div", { class: "state" });
  const said = make("div", { class: "hidden", role: "status" });
  const head = make("div", { class: "head" }, search, toneButton);
  scroller.style.setProperty("--columns", String(COLUMNS));
  root.append(make("div", { class: "picker" }, head, tones, tabs, state, scroller, said));

  /** @type {Group[]} */
  let all = [];
  /** @type {Map<string, Emoji>} */
  let known = new Map();
  /** @type {((query: string) => Emoji[]) | null} */
  let find = null;
  /** @type {Group[]} */
  let shown = [];
  /** @type {Emoji[]} Of all shown groups. */
  let cells = [];
  /** @type {Map<Element, Block>} */
  const blocks = new Map();
  let at = 0;
  let isGone = false;

  const observer = new IntersectionObserver(
    (entries) => {
      for (const { isIntersecting, target } of entries) if (isIntersecting) fill(target);
    },
    { root: scroller, rootMargin: "50% 0px" },
  );

  /** @param {Emoji} one */
  const drawn = (one) => toned(one, tone.get());

  /** @param {Group[]} groups */
  function show(groups) {
    observer.disconnect();
    blocks.clear();
    shown = groups;
    cells = groups.flatMap(({ emoji }) => emoji);
    at = 0;
    let start = 0;
    scroller.replaceChildren(
      ...groups.map(({ label, emoji }, index) => {
        const heading = make("div", { class: "heading", id: `group-${index}`, role: "presentation" }, label);
        const group = make("div", { class: "group", role: "group", "aria-labelledby": heading.id }, heading);
        for (let before = 0; before < emoji.length; before += BLOCK) {
          const size = Math.min(BLOCK, emoji.length - before);
          const block = make("div", { class: "block", role: "presentation" });
          block.style.setProperty("--rows", String(Math.ceil(size / COLUMNS)));
          blocks.set(block, { from: start + before, to: start + before + size, first: before + 1, of: emoji.length });
          group.append(block);
        }
        start += emoji.length;
        return group;
      }),
    );
    scroller.scrollTop = 0;
    for (const [block, { from }] of blocks) {
      // What is in sight at once is not to wait for the observer.
      if (from < BLOCK) fill(block);
      else observer.observe(block);
    }
    mark();
  }

  /** @param {Element} block */
  function fill(block) {
    const range = blocks.get(block);
    observer.unobserve(block);
    if (!range || block.firstChild) return;
    const { from, to, first, of } = range;
    block.append(
      ...cells.slice(from, to).map((one, index) =>
        make(
          "button",
          {
            class: "cell",
            type: "button",
            role: "option",
            tabindex: from + index === at ? "0" : "-1",
            title: one.shortcodes ? `${one.name} :${one.shortcodes[0]}:` : one.name,
            "aria-label": one.name,
            "aria-posinset": String(first + index),
            "aria-setsize": String(of),
            "data-at": String(from + index),
          },
          drawn(one),
        ),
      ),
    );
  }

  /**
   * @param {number} index
   * @returns {HTMLElement | null} Made now, if it was not yet.
   */
  function cell(index) {
    for (const [block, { from, to }] of blocks) {
      if (index < from || index >= to) continue;
      fill(block);
      return /** @type {HTMLElement} */ (block.children[index - from]);
    }
    return null;
  }

  /** @param {number} index */
  function enter(index) {
    cell(at)?.setAttribute("tabindex", "-1");
    at = index;
    cell(at)?.setAttribute("tabindex", "0");
  }

  /** @param {number} index */
  function step(index) {
    enter(index);
    const target = cell(index);
    target?.focus({ preventScroll: true });
    target?.scrollIntoView({ block: "nearest" });
  }

  /** Which tab is of the group at the top. */
  function mark() {
    const groups = /** @type {HTMLElement[]} */ ([...scroller.children]);
    const top = groups.findLastIndex(({ offsetTop }) => offsetTop <= scroller.scrollTop + 1);
    [...tabs.children].forEach((tab, index) => {
      if (index === top && !tabs.hidden) tab.setAttribute("aria-current", "true");
      else tab.removeAttribute("aria-current");
    });
  }

  function latest() {
    const emoji = recent.get().slice(0, RECENT_MAX);
    return emoji.map((one) => ({ ...(known.get(plain(one)) ?? { name: one }), emoji: one, skins: false }));
  }

  /** Everything, from the top. */
  function showAll() {
    search.value = said.textContent = "";
    state.hidden = true;
    tabs.hidden = scroller.hidden = false;
    const emoji = latest();
    show(emoji.length > 0 ? [{ label: t("emoji.recent"), emoji }, ...all] : all);
    const faces = [...(emoji.length > 0 ? ["🕘"] : []), ...Object.values(GROUPS)];
    tabs.replaceChildren(
      ...shown.map(({ label }, index) =>
        make("button", { class: "tab", type: "button", title: label, "aria-label": label, tabindex: index === 0 ? "0" : "-1" }, faces[index] ?? ""),
      ),
    );
    mark();
  }

  function showFound() {
    if (all.length === 0) return;
    if (search.value.trim() === "") return showAll();
    find ??= createSearch(all.flatMap(({ emoji }) => emoji));
    const emoji = find(search.value);
    tabs.hidden = true;
    scroller.hidden = emoji.length === 0;
    state.hidden = emoji.length > 0;
    state.replaceChildren(t("emoji.none"));
    const label = t("emoji.found", { count: emoji.length });
    said.textContent = emoji.length > 0 ? label : t("emoji.none");
    show(emoji.length > 0 ? [{ label, emoji }] : []);
  }

  function showTone() {
    toneButton.textContent = toned(HAND, tone.get());
    const label = `${t("emoji.tone")}: ${t(`emoji.tone.${tone.get()}`)}`;
    toneButton.setAttribute("aria-label", label);
    toneButton.title = label;
    for (const button of scroller.querySelectorAll(".cell")) {
      const one = cells[Number(/** @type {HTMLElement} */ (button).dataset["at"])];
      if (one?.skins) button.textContent = drawn(one);
    }
  }

  /** @param {boolean} isOpen */
  function openTones(isOpen) {
    tones.hidden = !isOpen;
    toneButton.setAttribute("aria-expanded", String(isOpen));
  }

  /** @param {number} index */
  function pick(index) {
    const one = cells[index];
    if (!one) return;
    const emoji = drawn(one);
    recent.set([emoji, ...recent.get().filter((other) => other !== emoji)].slice(0, RECENT_MAX));
    element.dispatchEvent(new CustomEvent("pick", { detail: { emoji } }));
  }

  async function load() {
    tabs.hidden = scroller.hidden = true;
    state.hidden = false;
    state.replaceChildren(t("emoji.loading"));
    said.textContent = t("emoji.loading");
    try {
      const data = await loadEmoji(dataUrl);
      if (isGone) return;
      const latestDrawn = drawnVersion(document);
      const labels = Object.keys(GROUPS).map((name) => t(`emoji.group.${name}`));
      all = data.groups.map((emoji, index) => ({
        label: labels[index] ?? "",
        emoji: emoji.filter(({ version = 0 }) => version <= latestDrawn),
      }));
      known = new Map(all.flatMap(({ emoji }) => emoji.map((one) => [plain(one.emoji), one])));
      // Names are read aloud in the language they are in.
      if (data.locale !== locale.split("-")[0]) scroller.lang = data.locale;
      showFound();
    } catch {
      if (isGone) return;
      const retry = make("button", { class: "retry", type: "button" }, t("thread.tryAgain"));
      retry.addEventListener("click", () => {
        search.focus();
        load();
      });
      state.replaceChildren(t("emoji.failed"), retry);
      said.textContent = t("emoji.failed");
    }
  }

  const isRtl = () => getComputedStyle(element).direction === "rtl";

  search.addEventListener("input", showFound);
  search.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "ArrowDown" && cells.length > 0) step(at);
    else if (event.key === "Enter") {
      if (search.value.trim() !== "") pick(0);
    } else return;
    event.preventDefault();
  });

  scroller.addEventListener("click", (event) => {
    const button = /** @type {Element} */ (event.target).closest(".cell");
    if (button) pick(Number(/** @type {HTMLElement} */ (button).dataset["at"]));
  });
  scroller.addEventListener("keydown", (event) => {
    const lengths = shown.map(({ emoji }) => emoji.length);
    const isWhole = event.ctrlKey || event.metaKey;
    const to = moveInGrid({ key: event.key, isWhole, isRtl: isRtl(), at, lengths, columns: COLUMNS });
    if (to === null) return;
    event.preventDefault();
    if (to === -1) search.focus();
    else step(to);
  });
  scroller.addEventListener("focusin", (event) => {
    const index = Number(/** @type {HTMLElement} */ (event.target).dataset["at"] ?? at);
    if (index !== at) enter(index);
  });
  scroller.addEventListener("scroll", mark, { passive: true });

  tabs.addEventListener("click", (event) => {
    const tab = /** @type {Element} */ (event.target).closest(".tab");
    const group = tab && /** @type {HTMLElement} */ (scroller.children[[...tabs.children].indexOf(tab)]);
    if (group) scroller.scrollTop = group.offsetTop;
  });
  tabs.addEventListener("keydown", (event) => {
    const buttons = /** @type {HTMLElement[]} */ ([...tabs.children]);
    const now = buttons.indexOf(/** @type {HTMLElement} */ (root.activeElement));
    const to = moveInGrid({ key: event.key, isRtl: isRtl(), at: now, lengths: [buttons.length], columns: buttons.length });
    if (to === null || !buttons[to]) return;
    event.preventDefault();
    for (const [index, button] of buttons.entries()) button.tabIndex = index === to ? 0 : -1;
    buttons[to].focus();
  });

  toneButton.addEventListener("click", () => {
    openTones(tones.hidden);
    if (!tones.hidden) /** @type {HTMLElement | null} */ (tones.querySelector(":checked"))?.focus();
  });
  for (let index = 0; index <= 5; index += 1) {
    const label = t(`emoji.tone.${index}`);
    const radio = make("input", { type: "radio", name: "tone", value: String(index), "aria-label": label });
    radio.checked = index === tone.get();
    tones.append(make("label", { class: "tone", title: label }, radio, toned(HAND, index)));
  }
  tones.addEventListener("change", (event) => {
    tone.set(Number(/** @type {HTMLInputElement} */ (event.target).value));
    showTone();
  });
  const closeTones = () => {
    openTones(false);
    toneButton.focus();
  };
  tones.addEventListener("click", (event) => {
    // The arrow keys click too, on the way to the tone that is meant.
    if (event.detail > 0) closeTones();
  });
  tones.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    closeTones();
  });

  showTone();
  load();

  return {
    element,
    focus() {
      openTones(false);
      if (all.length > 0) showAll();
      search.focus();
    },
    destroy() {
      isGone = true;
      observer.disconnect();
      element.remove();
    },
  };
}
