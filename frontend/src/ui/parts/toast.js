/** A short word at the bottom: never the only place of an error. */

import { html, nothing } from "lit";
import { glyph } from "./icons.js";

const SHOWN_MS = 6_000;

/**
 * @typedef {object} ToastOptions
 * @property {{label: string, run: () => void}} [action]
 * @property {(isLast: boolean) => void} [onEnd] Done when it goes without the action: after its
 *   time, for another one, or at once when nobody looks at the page any more, or is to leave it,
 *   which is the last that it can do.
 * @property {number} [ms]
 */

/** A controller of its element: it ends with it. */
export class Toast {
  text = "";
  /** @type {ToastOptions} */
  #options = {};
  #timer = 0;
  /** @param {Event} event */
  #onLeave = ({ type }) => {
    const isLast = type === "pagehide";
    if (isLast || document.visibilityState === "hidden") this.settle(isLast);
  };

  /** @param {import("../elements/base.js").ChatElement} host */
  constructor(host) {
    this.host = host;
    host.addController(this);
  }

  hostConnected() {
    document.addEventListener("visibilitychange", this.#onLeave);
    addEventListener("pagehide", this.#onLeave);
  }

  hostDisconnected() {
    document.removeEventListener("visibilitychange", this.#onLeave);
    removeEventListener("pagehide", this.#onLeave);
    this.close();
  }

  /**
   * @param {string} text
   * @param {ToastOptions} [options]
   */
  show(text, options = {}) {
    this.close();
    this.text = text;
    this.#options = options;
    this.#wait();
    this.host.requestUpdate();
  }

  /** Does at once what was to be done at its end, if anything. */
  settle(isLast = false) {
    if (this.#options.onEnd) this.close(isLast);
  }

  close(isLast = false) {
    const { onEnd } = this.#options;
    this.#clear();
    onEnd?.(isLast);
  }

  #clear() {
    clearTimeout(this.#timer);
    this.text = "";
    this.#options = {};
    this.host.requestUpdate();
  }

  #act() {
    const { action } = this.#options;
    this.#clear();
    action?.run();
  }

  #wait() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.close(), this.#options.ms ?? SHOWN_MS);
  }

  template() {
    const t = this.host.page?.t;
    if (!t) return nothing;
    const { action } = this.#options;
    const stay = () => clearTimeout(this.#timer);
    const goOn = () => this.text && this.#wait();
    // The region is there before its text, or it would not be read out.
    return html`<div class="toast-place" role="status">
      ${this.text
        ? html`<div
            class="toast"
            data-dc="toast"
            @pointerenter=${stay}
            @pointerleave=${goOn}
            @focusin=${stay}
            @focusout=${goOn}
          >
            <span>${this.text}</span>
            ${action
              ? html`<button type="button" class="link-button" data-dc="toast-action" @click=${() => this.#act()}>${action.label}</button>`
              : nothing}
            <button type="button" class="round" title=${t("dialog.close")} aria-label=${t("dialog.close")} @click=${() => this.close()}>
              ${glyph("close")}
            </button>
          </div>`
        : nothing}
    </div>`;
  }
}
