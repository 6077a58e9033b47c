/** Defines the elements that cost a page little; loading this twice does no harm. */

import { ChatBadge } from "./badge.js";
import { ChatButton } from "./button.js";
import { ChatWidget } from "./widget.js";

/** @type {[string, CustomElementConstructor][]} */
const elements = [
  ["django-chat-badge", ChatBadge],
  ["django-chat-button", ChatButton],
  ["django-chat-widget", ChatWidget],
];
for (const [name, constructor] of elements) {
  if (!customElements.get(name)) customElements.define(name, constructor);
}
