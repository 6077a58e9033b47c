/** The emoji picker in a popover of its own; its code is loaded when it is first wanted. */

import { html } from "lit";
import { createRef, ref } from "lit/directives/ref.js";
import { place } from "./menu.js";

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

export class EmojiPopover {
  #box = /** @type {import("lit/directives/ref.js").Ref<HTMLElement>} */ (createRef());
  /** @type {{element: HTMLElement, focus: () => void, destroy: () => void} | null} */
  #picker = null;
  /** @type {(emoji: string) => void} */
  #onPick = () => {};

  /** @param {import("../elements/base.js").ChatElement} host */
  constructor(host) {
    this.host = host;
  }

  /**
   * @param {HTMLElement | null} target What was pressed.
   * @param {(emoji: string) => void} onPick
   */
  async open(target, onPick) {
    const { page } = this.host;
    const box = this.#box.value;
    if (page === null || !box) return;
    this.#onPick = onPick;
    const picker = this.#picker ?? (await this.#load(page));
    this.#picker = picker;
    if (!box.contains(picker.element)) box.replaceChildren(picker.element);
    box.showPopover();
    place(box, target, this.host);
    picker.focus();
  }

  /** @param {import("../page.js").Page} page */
  async #load({ config, t }) {
    const { createEmojiPicker } = await import(config.assets.extra);
    const recent = `${RECENT}:${config.user_key}`;
    const picker = createEmojiPicker({
      document,
      t,
      locale: config.locale,
      dataUrl: config.assets.emoji,
      recent: {
        get: () => JSON.parse(remembered(recent) ?? "[]"),
        set: (/** @type {string[]} */ list) => remember(recent, JSON.stringify(list)),
      },
      tone: {
        get: () => Number(remembered(TONE) ?? 0),
        set: (/** @type {number} */ tone) => remember(TONE, String(tone)),
      },
    });
    picker.element.addEventListener("pick", (/** @type {CustomEvent} */ { detail }) => {
      this.#box.value?.hidePopover();
      this.#onPick(detail.emoji);
    });
    return picker;
  }

  template() {
    return html`<div class="menu emoji-box" popover="auto" data-dc="emoji" ${ref(this.#box)}></div>`;
  }
}
