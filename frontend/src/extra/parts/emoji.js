/** The emoji picker in a popover of its own, one for each element. */

import { createEmojiPicker } from "../emoji/picker.js";
import { place } from "../lent.js";

/** @typedef {import("../../ui/elements/base.js").ChatElement} ChatElement */
/** @typedef {{box: HTMLElement, picker: import("../emoji/picker.js").EmojiPicker, onPick: (emoji: string) => void}} Popover */

const RECENT = "dc-emoji";
const TONE = "dc-emoji-tone";

/**
 * What this browser remembers; a browser may keep nothing.
 *
 * @param {string} key
 */
function remembered(key) {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

/**
 * @param {string} key
 * @param {string} value
 */
function remember(key, value) {
  try {
    localStorage.setItem(key, value);
  } catch {
    // Then the next page begins anew.
  }
}

/** @type {WeakMap<ChatElement, Popover>} */
const popovers = new WeakMap();

/**
 * @param {ChatElement} host
 * @param {HTMLElement | null} target What was pressed.
 * @param {(emoji: string) => void} onPick
 */
export function openEmoji(host, target, onPick) {
  const popover = popovers.get(host) ?? createPopover(host);
  const { box, picker } = popover;
  popover.onPick = onPick;
  if (!box.isConnected) host.renderRoot.append(box);
  box.showPopover();
  place(box, target?.getBoundingClientRect(), host);
  picker.focus();
}

/**
 * @param {ChatElement} host
 * @returns {Popover}
 */
function createPopover(host) {
  const { t, config } = /** @type {import("../../ui/page.js").Page} */ (host.page);
  const box = document.createElement("div");
  box.className = "menu emoji-box";
  box.popover = "auto";
  box.dataset["dc"] = "emoji";
  const recent = `${RECENT}:${config.user_key}`;
  const picker = createEmojiPicker({
    document,
    t,
    locale: config.locale,
    dataUrl: config.assets.emoji,
    recent: {
      get: () => JSON.parse(remembered(recent) ?? "[]"),
      set: (list) => remember(recent, JSON.stringify(list)),
    },
    tone: {
      get: () => Number(remembered(TONE) ?? 0),
      set: (tone) => remember(TONE, String(tone)),
    },
  });
  box.append(picker.element);
  /** @type {Popover} */
  const popover = { box, picker, onPick() {} };
  picker.element.addEventListener("pick", (event) => {
    box.hidePopover();
    popover.onPick(/** @type {CustomEvent} */ (event).detail.emoji);
  });
  popovers.set(host, popover);
  return popover;
}
