/** `<django-chat-button>`: opens the conversation that a signed reference stands for. */

import { element } from "../ui/thread/element.js";
import { chatElement, closeButton, configOf, fill, loadUi, opener, textOf } from "./page.js";
import { button, panel, shared } from "./styles.css.js";
import { ChatWidget } from "./widget.js";

export class ChatButton extends HTMLElement {
  connectedCallback() {
    const config = configOf(this);
    if (!config || this.shadowRoot) return;
    const label = this.getAttribute("label") || textOf(config, "chat.open");
    const dialog = element(document, "dialog", "panel", { part: "panel", "aria-label": label });
    dialog.onclick = ({ target }) => target === dialog && dialog.close();

    const open = async () => {
      const reference = this.getAttribute("reference") ?? "";
      const widget = document.querySelector("django-chat-widget");
      if (widget instanceof ChatWidget) return widget.openReference(reference);
      try {
        await loadUi(config);
      } catch {
        // The page for browsers without JavaScript does the same.
        return this.querySelector("form")?.submit();
      }
      const thread = chatElement("django-chat-thread", this);
      thread.setAttribute("reference", reference);
      dialog.replaceChildren(
        thread,
        closeButton(config, () => dialog.close()),
      );
      dialog.showModal();
      /** @type {import("../ui/elements/thread.js").ChatThread} */ (thread).open();
    };

    const root = this.attachShadow({ mode: "open", delegatesFocus: true });
    fill(root, shared + button + panel, opener(config, "button", open, label), dialog);
  }
}
