/** `<django-chat>`: the list of conversations beside the one that is open. */

import { html } from "lit";
import { Announcer } from "../parts/announcer.js";
import { Banner } from "../parts/banner.js";
import { Dialog } from "../parts/dialog.js";
import { errorText } from "../parts/errors.js";
import { ConversationList } from "../parts/list.js";
import { PeoplePicker } from "../parts/people.js";
import { addressOf } from "../parts/details.js";
import { ThreadView } from "../parts/thread.js";
import { Toast } from "../parts/toast.js";
import { glyph } from "../parts/icons.js";
import { styles } from "../styles/index.js";
import { ChatElement } from "./base.js";

export class ChatInbox extends ChatElement {
  /** @override */
  static styles = styles;

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
    this.announcer = new Announcer();
    this.banner = new Banner(this);
    this.dialog = new Dialog(this);
    this.toast = new Toast(this);
    this.thread = new ThreadView(this, {
      dialog: this.dialog,
      toast: this.toast,
      announcer: this.announcer,
      onBack: () => this.close(),
    });
    this.list = new ConversationList(this, {
      selected: () => this.thread.id,
      onOpen: (id) => this.open(id),
      onNew: () => this.#newChat(),
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

  #newChat() {
    const { page } = this;
    if (page === null) return;
    const { chat, t } = page;
    const picker = new PeoplePicker(this, {
      submitLabel: t("people.start"),
      asksTitle: true,
      onSubmit: async (people, title) => {
        const [one, ...others] = people;
        if (!one) return;
        const made = others.length
          ? await chat.conversations.createGroup({ title, members: people.map(addressOf) })
          : await chat.conversations.createDirect(addressOf(one));
        this.dialog.close();
        this.open(made.id);
      },
    });
    this.dialog.open(t("people.title"), () => picker.template());
  }

  /** @override */
  render() {
    const { page } = this;
    // Nobody is logged in, or nothing is set up: what the page says itself stays.
    if (page === null) return html`<slot></slot>`;
    const { t } = page;
    return html`<div class="app ${this.thread.id ? "has-thread" : ""}" part="panel">
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
      ${this.dialog.template()} ${this.toast.template()} ${this.announcer.template()}
    </div>`;
  }
}
