/** A dialog: one at a time, made by a function that is asked again with every change. */

import { html, nothing } from "lit";
import { createRef, ref } from "lit/directives/ref.js";
import { glyph } from "./icons.js";

export class Dialog {
  title = "";
  /** @type {(() => unknown) | null} */
  content = null;
  #box = /** @type {import("lit/directives/ref.js").Ref<HTMLDialogElement>} */ (createRef());
  /** @type {(() => void) | null} */
  #onClose = null;

  /** @param {import("../elements/base.js").ChatElement} host */
  constructor(host) {
    this.host = host;
  }

  /**
   * @param {string} title
   * @param {() => unknown} content
   * @param {() => void} [onClose]
   */
  async open(title, content, onClose) {
    this.title = title;
    this.content = content;
    this.#onClose = onClose ?? null;
    this.host.requestUpdate();
    await this.host.updateComplete;
    const box = this.#box.value;
    if (box && !box.open) box.showModal();
  }

  close() {
    this.#box.value?.close();
  }

  #closed() {
    // The event comes late: meanwhile the dialog may have been opened with something else.
    if (this.#box.value?.open) return;
    const onClose = this.#onClose;
    this.content = this.#onClose = null;
    this.host.requestUpdate();
    onClose?.();
  }

  /** @param {Event} event */
  #onClick(event) {
    // The backdrop is the dialog itself, outside of what it holds.
    if (event.target === this.#box.value) this.close();
  }

  template() {
    const t = this.host.page?.t;
    if (!t) return nothing;
    return html`<dialog
      class="dialog"
      part="panel"
      aria-labelledby="dialog-title"
      data-dc="dialog"
      ${ref(this.#box)}
      @close=${this.#closed.bind(this)}
      @click=${this.#onClick.bind(this)}
    >
      ${this.content
        ? html`<div class="dialog-body">
            <header class="bar">
              <h2 class="bar-title" id="dialog-title">${this.title}</h2>
              <button type="button" class="round" title=${t("dialog.close")} aria-label=${t("dialog.close")} @click=${this.close.bind(this)}>
                ${glyph("close")}
              </button>
            </header>
            ${this.content()}
          </div>`
        : nothing}
    </dialog>`;
  }
}
