/** `<django-chat-badge>`: how many messages are unread; nothing where there are none. */

import { element } from "../ui/thread/element.js";
import { configOf, fill, textOf, whenIdle } from "./page.js";
import { badge, shared } from "./styles.css.js";
import { followers, watchUnread } from "./unread.js";

const SHOWN_MAX = 99;

export class ChatBadge extends HTMLElement {
  static observedAttributes = ["count"];

  connectedCallback() {
    followers.add(this);
    whenIdle(() => {
      const config = configOf(this);
      if (!config) return;
      if (!this.shadowRoot) this.attachShadow({ mode: "open" });
      watchUnread(config);
      this.attributeChangedCallback();
    });
  }

  disconnectedCallback() {
    followers.delete(this);
  }

  attributeChangedCallback() {
    const config = configOf(this);
    if (!this.shadowRoot || !config) return;
    const count = Number(this.getAttribute("count"));
    fill(
      this.shadowRoot,
      shared + badge,
      element(document, "span", "badge", { part: "badge", "aria-hidden": "true" }, count > SHOWN_MAX ? `${SHOWN_MAX}+` : `${count}`),
      element(document, "span", "hidden", {}, textOf(config, "badge.unread", count)),
    );
  }
}
