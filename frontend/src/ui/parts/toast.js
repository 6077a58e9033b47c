/** A short word at the bottom: never the only place of an error. */

import { html, nothing } from "lit";
import { glyph } from "./icons.js";

const SHOWN_MS = 6_000;

export class Toast {
  text = "";
  /** @type {{label: string, run: () => void} | null} */
  action = null;
  #timer = 0;

  /** @param {import("../elements/base.js").ChatElement} host */
  constructor(host) {
    this.host = host;
  }

  /**
   * @param {string} text
   * @param {{label: string, run: () => void}} [action]
   */
  show(text, action) {
    this.text = text;
    this.action = action ?? null;
    this.#wait();
    this.host.requestUpdate();
  }

  close() {
    clearTimeout(this.#timer);
    this.text = "";
    this.host.requestUpdate();
  }

  #wait() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.close(), SHOWN_MS);
  }

  template() {
    const t = this.host.page?.t;
    if (!t || !this.text) return nothing;
    return html`<div
      class="toast"
      role="status"
      data-dc="toast"
      @pointerenter=${() => clearTimeout(this.#timer)}
      @pointerleave=${() => this.#wait()}
    >
      <span>${this.text}</span>
      ${this.action
        ? html`<button
            type="button"
            class="link-button"
            @click=${() => {
              this.action?.run();
              this.close();
            }}
          >
            ${this.action.label}
          </button>`
        : nothing}
      <button type="button" class="round" aria-label=${t("dialog.close")} @click=${() => this.close()}>
        ${glyph("close")}
      </button>
    </div>`;
  }
}
