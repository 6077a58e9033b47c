/** `<django-chat-list>`: the list of conversations alone, whose links lead to their pages. */

import { html } from "lit";
import { Keys } from "../parts/keys.js";
import { ConversationList } from "../parts/list.js";
import { ChatElement } from "./base.js";

export class ChatList extends ChatElement {
  /**
   * @override
   * @type {import("lit").PropertyDeclarations}
   */
  static properties = {
    ...ChatElement.properties,
    conversation: { reflect: true },
  };

  constructor() {
    super();
    /** @type {string | null} Id of the conversation that the page shows beside it. */
    this.conversation = null;
    this.list = new ConversationList(this, {
      selected: () => this.conversation,
      onOpen: (id) => this.open(id),
    });
    new Keys(this, { onSearch: () => this.list.focusSearch() });
  }

  /**
   * Goes to a conversation, unless the page does something else about it.
   *
   * @param {string} id
   */
  open(id) {
    if (!this.page || !this.tell("dc-navigate", { conversation: id })) return;
    location.assign(this.page.config.pages.conversation.replace("{id}", id));
  }

  /** @override */
  render() {
    if (this.page === null) return html`<slot></slot>`;
    return html`<div class="app single" part="panel">
      ${this.banner.template()} ${this.list.template()} ${this.overlays()}
    </div>`;
  }
}
