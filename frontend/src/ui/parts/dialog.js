/** A dialog: one at a time, made by a function that is asked again with every change. */

import { html, nothing } from "lit";
import { createRef, ref } from "lit/directives/ref.js";
import { glyph } from "./icons.js";

/** From here on there is room for a third pane, in `rem`. */
const WIDE_REM = 60;

export class Dialog {
  title = "";
  /** @type {(() => unknown) | null} */
  content = null;
  #box = /** @type {import("lit/directives/ref.js").Ref<HTMLDialogElement>} */ (createRef());
  /** @type {(() => void) | null} */
  #onClose = null;
  #sizes = new ResizeObserver(() => this.#present());

  /**
   * @param {import("../elements/base.js").ChatElement} host
   * @param {object} [options]
   * @param {boolean} [options.isDrawer] Stands beside the panes, and takes nothing away from
   *   them, as long as the element is wide enough.
   */
  constructor(host, { isDrawer = false } = {}) {
    this.host = host;
    this.isDrawer = isDrawer;
  }

  get isOpen() {
    return this.content !== null;
  }

  /** Whether the panes can be used while it is open. */
  get isBeside() {
    return this.#box.value?.matches(".drawer[open]") ?? false;
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
    this.#present();
    if (this.isDrawer) this.#sizes.observe(this.host);
  }

  close() {
    this.#box.value?.close();
  }

  #isWide() {
    const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
    return this.host.clientWidth >= WIDE_REM * rem;
  }

  /** Shows it, beside the panes or over them. */
  #present() {
    const box = this.#box.value;
    if (!box || !this.content) return;
    const isBeside = this.isDrawer && this.#isWide();
    if (box.open && this.isBeside === isBeside) return;
    const isMoved = box.open;
    const inFocus = /** @type {HTMLElement | null} */ (this.host.shadowRoot?.activeElement);
    box.close();
    box.classList.toggle("drawer", isBeside);
    if (!isBeside) return box.showModal();
    box.show();
    if (isMoved) inFocus?.focus();
  }

  #closed() {
    // The event comes late: meanwhile the dialog may have been opened with something else.
    if (this.#box.value?.open) return;
    const onClose = this.#onClose;
    this.content = this.#onClose = null;
    this.#sizes.disconnect();
    this.host.requestUpdate();
    onClose?.();
  }

  /** @param {Event} event */
  #onClick(event) {
    // The backdrop is the dialog itself, outside of what it holds.
    if (event.target === this.#box.value) this.close();
  }

  /** A modal dialog is closed by the browser.
   * @param {KeyboardEvent} event */
  #onKey(event) {
    if (event.key !== "Escape" || event.isComposing || this.#box.value?.matches(":modal")) return;
    event.preventDefault();
    event.stopPropagation();
    this.close();
  }

  template() {
    const t = this.host.page?.t;
    if (!t) return nothing;
    const name = this.isDrawer ? "drawer" : "dialog";
    return html`<dialog
      class="dialog"
      part="panel"
      aria-labelledby="${name}-title"
      data-dc=${name}
      ${ref(this.#box)}
      @close=${this.#closed.bind(this)}
      @click=${this.#onClick.bind(this)}
      @keydown=${this.#onKey.bind(this)}
    >
      ${this.content
        ? html`<div class="dialog-body">
            <header class="bar">
              <h2 class="bar-title" id="${name}-title">${this.title}</h2>
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
