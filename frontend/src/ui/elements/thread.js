/** `<django-chat-thread>`: one conversation, by its id or by a reference that the site signed. */

import { html, nothing } from "lit";
import { errorText } from "../parts/errors.js";
import { Keys } from "../parts/keys.js";
import { ThreadView } from "../parts/thread.js";
import { ChatElement } from "./base.js";

export class ChatThread extends ChatElement {
  /**
   * @override
   * @type {import("lit").PropertyDeclarations}
   */
  static properties = {
    ...ChatElement.properties,
    conversation: { reflect: true },
    reference: {},
  };

  /** @type {unknown} */
  #error = null;
  #isOpening = false;

  constructor() {
    super();
    /** @type {string | null} */
    this.conversation = null;
    /** @type {string | null} Opens the conversation when it is needed: a page that only shows
     * this element makes nothing. */
    this.reference = null;
    this.thread = new ThreadView(this, { onBack: null });
    new Keys(this);
  }

  /**
   * @override
   * @param {import("lit").PropertyValues} changed
   */
  updated(changed) {
    if (!this.page || !changed.has("conversation") || !this.conversation) return;
    this.thread.open(this.conversation);
  }

  /** Opens the conversation that the reference stands for. */
  async open() {
    if (!this.page || this.conversation || !this.reference || this.#isOpening) return;
    this.#isOpening = true;
    this.#error = null;
    this.requestUpdate();
    try {
      const found = await this.page.chat.conversations.openReference(this.reference);
      this.conversation = found.id;
      this.tell("dc-open", { conversation: found.id });
    } catch (error) {
      this.#error = error;
    }
    this.#isOpening = false;
    this.requestUpdate();
  }

  focusComposer() {
    this.thread.composer.focus();
  }

  /** @param {string} text */
  insertText(text) {
    this.thread.composer.insert(text);
  }

  /** @override */
  render() {
    const { page } = this;
    if (page === null) return html`<slot></slot>`;
    const { t } = page;
    if (!this.conversation) {
      return html`<div class="app single" part="panel">
        <div class="empty">
          ${this.#error ? html`<p role="alert">${errorText(t, this.#error)}</p>` : nothing}
          <button type="button" class="button accent" ?disabled=${this.#isOpening} @click=${this.open.bind(this)} data-dc="open">
            ${t("chat.open")}
          </button>
        </div>
      </div>`;
    }
    return html`<div class="app single" part="panel">
      <div class="pane">${this.banner.template()} ${this.thread.template()}</div>
      ${this.overlays()}
    </div>`;
  }
}
