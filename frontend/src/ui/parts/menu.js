/** Menus and small popups next to what was pressed. */

import { html, nothing } from "lit";
import { createRef, ref } from "lit/directives/ref.js";
import { glyph } from "./icons.js";

/**
 * @typedef {object} MenuItem
 * @property {string} name
 * @property {string} label
 * @property {import("./icons.js").IconName} icon
 * @property {boolean} [isDangerous]
 * @property {() => void} run
 */

const MARGIN = 8;

/**
 * Puts a popover next to what was pressed, where the window has room for it.
 *
 * @param {HTMLElement} box
 * @param {DOMRect | undefined} pressed Nothing: in the middle.
 * @param {HTMLElement} host
 */
export function place(box, pressed, host) {
  const at = pressed ?? new DOMRect(innerWidth / 2, innerHeight / 2);
  const { width, height } = box.getBoundingClientRect();
  const left = getComputedStyle(host).direction === "rtl" ? at.right - width : at.left;
  const fitsBelow = at.bottom + height + MARGIN < innerHeight;
  const top = fitsBelow ? at.bottom + 4 : Math.max(MARGIN, at.top - height - 4);
  box.style.left = `${Math.max(MARGIN, Math.min(left, innerWidth - width - MARGIN))}px`;
  box.style.top = `${top}px`;
}

export class Menu {
  /** @type {MenuItem[]} */
  items = [];
  /** @type {unknown} Shown above the items. */
  before = nothing;
  #box = /** @type {import("lit/directives/ref.js").Ref<HTMLElement>} */ (createRef());
  /** @type {HTMLElement | null} */
  #target = null;
  #isTouched = false;
  /** Whether the finger that asked for it, by staying, is still there. */
  #isHeld = false;

  /** @param {import("../elements/base.js").ChatElement} host */
  constructor(host) {
    this.host = host;
    for (const type of /** @type {const} */ (["pointerdown", "pointerup", "pointercancel"])) {
      host.addEventListener(type, ({ pointerType }) => {
        this.#isTouched = type === "pointerdown" && pointerType === "touch";
        if (this.#isTouched) this.#isHeld = false;
      });
    }
  }

  /**
   * @param {HTMLElement | null} target What was pressed; the focus returns to it.
   * @param {MenuItem[]} items
   * @param {unknown} [before]
   * @param {DOMRect} [at] Where it was pressed; without it, the whole target.
   */
  async open(target, items, before = nothing, at = target?.getBoundingClientRect()) {
    this.items = items;
    this.before = before;
    this.#target = target;
    this.#isHeld = this.#isTouched;
    this.host.requestUpdate();
    await this.host.updateComplete;
    const box = this.#box.value;
    if (!box) return;
    box.showPopover();
    place(box, at, this.host);
    const first = box.querySelector("button");
    first?.focus();
  }

  close() {
    this.#isHeld = false;
    if (this.#box.value?.matches(":popover-open")) this.#box.value.hidePopover();
  }

  /** @param {Event} event */
  #onToggle(event) {
    if (/** @type {ToggleEvent} */ (event).newState !== "closed") return;
    if (this.#isHeld) {
      // To lift the finger is no press beside it, though the browser thinks so.
      this.#isHeld = false;
      this.#box.value?.showPopover();
      return;
    }
    const target = this.#target;
    this.#target = null;
    if (this.#box.value?.contains(this.host.shadowRoot?.activeElement ?? null) || !this.host.shadowRoot?.activeElement) {
      target?.focus({ preventScroll: true });
    }
    this.items = [];
    this.before = nothing;
    this.host.requestUpdate();
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    this.#isHeld = false;
    const buttons = [...(this.#box.value?.querySelectorAll("button") ?? [])];
    const at = buttons.indexOf(/** @type {HTMLButtonElement} */ (this.host.shadowRoot?.activeElement));
    const to = {
      ArrowDown: (at + 1) % buttons.length,
      ArrowRight: (at + 1) % buttons.length,
      ArrowUp: (at - 1 + buttons.length) % buttons.length,
      ArrowLeft: (at - 1 + buttons.length) % buttons.length,
      Home: 0,
      End: buttons.length - 1,
    }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    buttons[to]?.focus();
  }

  template() {
    return html`<div
      class="menu"
      part="menu"
      popover="auto"
      role="menu"
      data-dc="menu"
      ${ref(this.#box)}
      @toggle=${this.#onToggle.bind(this)}
      @keydown=${this.#onKey.bind(this)}
      @contextmenu=${(/** @type {Event} */ event) => event.preventDefault()}
    >
      ${this.before}
      ${this.items.map(
        (item) =>
          html`<button
            type="button"
            role="menuitem"
            class=${item.isDangerous ? "is-dangerous" : ""}
            data-dc="menu-${item.name}"
            @click=${() => {
              this.close();
              item.run();
            }}
          >
            ${glyph(item.icon)}<span>${item.label}</span>
          </button>`,
      )}
    </div>`;
  }
}
