/** `<django-chat-widget>`: a button in the corner of any page, and the chat behind it. */

import { element } from "../ui/thread/element.js";
import { chatElement, closeButton, configOf, fill, icon, loadUi, opener, textOf, whenIdle } from "./page.js";
import { panel, shared, widget } from "./styles.css.js";

/** @typedef {import("../ui/elements/chat.js").ChatInbox} ChatInbox */
/** What a tab remembers from page to page.
 * @typedef {{open?: boolean, conversation?: string | null}} State */

const BUBBLE = "M2.5 3.5h11v7.5H8l-3 2.5V11H2.5z";
const DOWN = "m3.5 6 4.5 4.5L12.5 6";

export class ChatWidget extends HTMLElement {
  static observedAttributes = ["open"];
  // What stands inside, a link, is from now on seen only where the chat cannot be loaded.
  #root = this.attachShadow({ mode: "open" });
  /** Where there is room for one only, the panel or the page. */
  #narrow = matchMedia("(width < 560px)");
  #panel = element(document, "dialog", "panel", { part: "panel", tabindex: "-1" }, document.createElement("slot"));
  /** @type {HTMLButtonElement | null} */
  #launcher = null;
  /** @type {Promise<ChatInbox> | null} */
  #chat = null;
  /** @type {State} */
  #state = {};
  #takesFocus = false;

  connectedCallback() {
    document.addEventListener("keydown", this.#onKey);
    this.#narrow.onchange = () => this.#panel.open && this.#present();
    whenIdle(() => {
      if (!this.isConnected || !this.#build()) return;
      // Who follows a link from a panel that covers the page wants to see the page.
      if (this.#state.open && !this.#narrow.matches) this.setAttribute("open", "");
      this.attributeChangedCallback();
      this.#takesFocus = true;
    });
  }

  disconnectedCallback() {
    document.removeEventListener("keydown", this.#onKey);
    this.#panel.close();
  }

  attributeChangedCallback() {
    const isOpen = this.hasAttribute("open");
    if (!this.#launcher || isOpen === this.#panel.open) return;
    this.#launcher.ariaExpanded = `${isOpen}`;
    this.#remember({ open: isOpen });
    if (isOpen) {
      this.#present();
      this.#load();
    } else {
      const hadFocus = this.#root.activeElement;
      this.#panel.close();
      if (hadFocus || document.activeElement === document.body) this.#launcher.focus();
    }
    this.dispatchEvent(new CustomEvent(isOpen ? "dc-open" : "dc-close", { bubbles: true, composed: true }));
  }

  /**
   * Opens the panel, and in it a conversation if one is named.
   *
   * @param {string} [id]
   */
  async open(id) {
    const chat = await this.#open();
    if (id) chat?.open(id);
  }

  /**
   * Opens the conversation that a reference of the site stands for.
   *
   * @param {string} reference
   */
  async openReference(reference) {
    (await this.#open())?.openReference(reference);
  }

  close() {
    this.removeAttribute("open");
  }

  #open() {
    this.#takesFocus = true;
    if (this.#build()) this.setAttribute("open", "");
    return this.#chat?.catch(() => null);
  }

  /** @returns {boolean} Whether there is somebody to chat. */
  #build() {
    const config = configOf(this);
    if (this.#launcher || !config) {
      if (!config) this.#root.append(document.createElement("slot"));
      return !!config;
    }
    const label = this.getAttribute("label") || textOf(config, "widget.label");
    const badge = document.createElement("django-chat-badge");
    badge.setAttribute("count", this.getAttribute("count") ?? "0");
    this.#launcher = opener(
      config,
      "launcher",
      () => this.toggleAttribute("open"),
      icon(BUBBLE),
      icon(DOWN),
      element(document, "span", "hidden", {}, label),
      badge,
    );
    this.#launcher.ariaExpanded = "false";
    this.#panel.ariaLabel = label;
    this.#panel.oncancel = (event) => {
      if (event.target !== this.#panel) return;
      event.preventDefault();
      this.close();
    };
    // Which conversation is open is the panel's own affair.
    for (const type of ["dc-open", "dc-close"]) {
      this.#panel.addEventListener(type, (event) => {
        event.stopPropagation();
        this.#remember({ conversation: /** @type {CustomEvent} */ (event).detail?.conversation });
      });
    }
    fill(this.#root, shared + widget + panel, this.#panel, this.#launcher);
    this.#remember({});
    return true;
  }

  /** @param {State} news */
  #remember(news) {
    const key = `dc-widget:${configOf(this)?.user_key}`;
    try {
      this.#state = { ...JSON.parse(sessionStorage.getItem(key) ?? "{}"), ...news };
      sessionStorage.setItem(key, JSON.stringify(this.#state));
    } catch {
      // Storage is forbidden: every page begins anew.
    }
  }

  /** Shows the panel beside the page, or over all of it. */
  #present() {
    this.#panel.close();
    if (this.#narrow.matches) this.#panel.showModal();
    else this.#panel.open = true;
    if (this.#takesFocus) this.#panel.focus();
  }

  async #load() {
    const takesFocus = this.#takesFocus;
    this.#chat ??= this.#make(!takesFocus);
    try {
      const chat = await this.#chat;
      if (takesFocus) chat.focusComposer();
    } catch {
      this.#chat = null;
    }
  }

  /**
   * @param {boolean} isQuiet
   * @returns {Promise<ChatInbox>}
   */
  async #make(isQuiet) {
    const config = /** @type {import("./page.js").PageConfig} */ (configOf(this));
    await loadUi(config);
    const chat = /** @type {ChatInbox} */ (chatElement("django-chat", this));
    chat.hasHistory = false;
    chat.conversation = this.#state.conversation ?? null;
    chat.toggleAttribute("data-quiet", isQuiet);
    chat.onfocus = () => chat.removeAttribute("data-quiet");
    for (const slot of ["header-start", "header-end"]) {
      const close = closeButton(config, () => this.close());
      close.slot = slot;
      chat.append(close);
    }
    this.#panel.replaceChildren(chat);
    return chat;
  }

  /** @param {KeyboardEvent} event */
  #onKey = (event) => {
    if (event.key !== "Escape" || event.defaultPrevented || event.isComposing) return;
    const [target] = event.composedPath();
    // Menus and dialogs inside close by themselves; what the page has is none of ours.
    const box = target instanceof Element && target.closest("dialog, [popover]");
    if (event.target === this ? !box || box === this.#panel : target === document.body) this.close();
  };
}
