/** `<django-chat>`: the list of conversations beside the one that is open. */

import { html } from "lit";
import { errorText } from "../parts/errors.js";
import { glyph } from "../parts/icons.js";
import { Keys } from "../parts/keys.js";
import { ConversationList } from "../parts/list.js";
import { ThreadView } from "../parts/thread.js";
import { ChatElement } from "./base.js";

export class ChatInbox extends ChatElement {
  /**
   * @override
   * @type {import("lit").PropertyDeclarations}
   */
  static properties = {
    ...ChatElement.properties,
    conversation: {},
    routes: { type: Boolean },
  };

  constructor() {
    super();
    /** @type {string | null} Id of the conversation that is open. */
    this.conversation = null;
    /** Whether the address of the page follows what is open. */
    this.routes = false;
    /** Whether what is opened can be gone back from; what a popup shows is no part of the way. */
    this.hasHistory = true;
    this.thread = new ThreadView(this, { onBack: () => this.close() });
    this.list = new ConversationList(this, {
      selected: () => this.thread.id,
      onOpen: (id) => this.open(id),
    });
    new Keys(this, {
      onStep: (by, unreadOnly) => {
        const id = this.list.neighbour(by, unreadOnly);
        if (id) this.open(id);
      },
      onSearch: () => this.#search(),
    });
    /** @param {PopStateEvent} event */
    this.onPopState = ({ state }) => {
      // An entry of the list holds null; one that others made holds nothing of ours.
      if (this.hasHistory) this.#show(state && "djangoChat" in state ? state.djangoChat : this.conversation);
    };
  }

  /** @override */
  connectedCallback() {
    super.connectedCallback();
    addEventListener("popstate", this.onPopState);
    if (this.page && this.conversation) {
      if (this.hasHistory) history.replaceState({ djangoChat: this.conversation }, "");
      this.#show(this.conversation);
    }
  }

  /** @override */
  disconnectedCallback() {
    super.disconnectedCallback();
    removeEventListener("popstate", this.onPopState);
  }

  /**
   * Opens a conversation.
   *
   * @param {string} id
   */
  open(id) {
    if (!this.page || !this.tell("dc-navigate", { conversation: id })) return;
    const address = this.routes ? this.page.config.pages.conversation.replace("{id}", id) : "";
    this.#note(id, address);
    this.#show(id);
    this.tell("dc-open", { conversation: id });
  }

  /** Goes back to the list. */
  close() {
    if (!this.thread.id) return;
    const address = this.routes && this.page ? this.page.config.pages.inbox : "";
    this.#note(null, address);
    this.#show(null);
    this.tell("dc-close");
  }

  /**
   * Opens the conversation that a reference of the site stands for.
   *
   * @param {string} reference
   */
  async openReference(reference) {
    if (!this.page) return;
    const { chat, t } = this.page;
    try {
      this.open((await chat.conversations.openReference(reference)).id);
    } catch (error) {
      this.toast.show(errorText(t, error));
    }
  }

  focusComposer() {
    this.thread.composer.focus();
  }

  /** @param {string} text */
  insertText(text) {
    this.thread.composer.insert(text);
  }

  /**
   * @param {string | null} id
   * @param {string} address
   */
  #note(id, address) {
    if (this.hasHistory) history.pushState({ djangoChat: id }, "", address || undefined);
  }

  /** @param {string | null} id */
  async #show(id) {
    const last = this.thread.id;
    if (id === null) {
      this.thread.close();
      await this.updateComplete;
      // Who goes back finds the focus where it was before.
      const row = this.renderRoot.querySelector(`[data-id="${CSS.escape(last ?? "")}"]`);
      if (row instanceof HTMLElement) row.focus({ preventScroll: true });
    } else {
      await this.thread.open(id);
    }
  }

  async #search() {
    // Where there is room for one pane only, the list lies under the conversation.
    if (!this.renderRoot.querySelector(".list")?.checkVisibility({ visibilityProperty: true })) {
      this.close();
      await this.updateComplete;
    }
    this.list.focusSearch();
  }

  /** @override */
  render() {
    const { page } = this;
    // Nobody is logged in, or nothing is set up: what the page says itself stays.
    if (page === null) return html`<slot></slot>`;
    const { t } = page;
    return html`<div class="app" part="panel">
      ${this.list.template()}
      <div class="pane">
        ${this.banner.template()}
        ${this.thread.id
          ? this.thread.template()
          : html`<div class="empty welcome">
              ${glyph("chat")}
              <h2>${t("chat.choose")}</h2>
              <p>${t("chat.chooseHint")}</p>
            </div>`}
      </div>
      ${this.overlays()}
    </div>`;
  }
}
