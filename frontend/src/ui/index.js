/** Defines the elements; loading this twice does no harm. */

import { ChatInbox } from "./elements/chat.js";
import { ChatList } from "./elements/list.js";
import { ChatThread } from "./elements/thread.js";

export { createChat, ChatError } from "../client/index.js";

/** @type {[string, CustomElementConstructor][]} */
const elements = [
  ["django-chat", ChatInbox],
  ["django-chat-list", ChatList],
  ["django-chat-thread", ChatThread],
];
for (const [name, constructor] of elements) {
  if (!customElements.get(name)) customElements.define(name, constructor);
}
