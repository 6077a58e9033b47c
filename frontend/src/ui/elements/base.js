/** What all elements have in common: the page's client, language, theme and events. */

import { LitElement } from "lit";
import { readConfig } from "../config.js";
import { pageOf } from "../page.js";

/** @typedef {import("../page.js").Page} Page */

const DEFAULT_CONFIG = "#django-chat-config";

export class ChatElement extends LitElement {
  /**
   * @override
   * @type {import("lit").PropertyDeclarations}
   */
  static properties = {
    config: {},
    theme: { reflect: true },
    appearance: {},
    density: { reflect: true },
    client: { attribute: false },
  };

  /** @type {Page | null} */
  page = null;
  /** @type {(() => void)[]} */
  #ends = [];

  constructor() {
    super();
    /** Selector of the configuration script. */
    this.config = DEFAULT_CONFIG;
    /** @type {"auto" | "light" | "dark"} */
    this.theme = "auto";
    /** @type {"bubble" | "plain"} */
    this.appearance = "bubble";
    /** @type {"cozy" | "compact"} */
    this.density = "cozy";
    /** @type {import("../../client/types").Chat | undefined} A client of the host's own. */
    this.client = undefined;
  }

  /** @override */
  connectedCallback() {
    const config = readConfig(this.config);
    // Without a login there is nothing to show but what the page itself says.
    if (config?.user) {
      this.page ??= pageOf(config, this.client);
      if (!this.hasAttribute("dir")) this.dir = config.dir;
      if (!this.hasAttribute("lang")) this.lang = config.locale;
    }
    super.connectedCallback();
    if (!this.page) return;
    const { chat } = this.page;
    this.page.hold();
    this.tell("dc-ready");
    const tellUnread = () => this.tell("dc-unread", { total: chat.unread.total, mentions: chat.unread.mentions });
    // Nothing unread is no change for the client, but may be one for what the page shows.
    this.#ends = [chat.on("unread", tellUnread), chat.on("list", tellUnread)];
  }

  /** @override */
  disconnectedCallback() {
    super.disconnectedCallback();
    for (const end of this.#ends.splice(0)) end();
    this.page?.release();
  }

  /**
   * Sends an event that leaves the shadow tree.
   *
   * @param {string} name
   * @param {unknown} [detail]
   * @returns {boolean} False when a listener prevented what was to follow.
   */
  tell(name, detail) {
    return this.dispatchEvent(
      new CustomEvent(name, { detail, bubbles: true, composed: true, cancelable: true }),
    );
  }
}
