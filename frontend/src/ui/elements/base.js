/** What all elements have in common: the page's client, language, theme and events. */

import { LitElement, html } from "lit";
import { readConfig } from "../config.js";
import { loadExtra } from "../extra.js";
import { pageOf } from "../page.js";
import { Announcer } from "../parts/announcer.js";
import { Banner } from "../parts/banner.js";
import { Dialog } from "../parts/dialog.js";
import { errorText } from "../parts/errors.js";
import { Menu } from "../parts/menu.js";
import { Toast } from "../parts/toast.js";
import { styles } from "../styles/index.js";

/** @typedef {import("../page.js").Page} Page */

const DEFAULT_CONFIG = "#django-chat-config";

/** What has time until the page has drawn itself. */
const whenIdle = globalThis.requestIdleCallback ?? setTimeout;

export class ChatElement extends LitElement {
  /** @override */
  static styles = styles;

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
  #hasExtra = false;

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
    this.announcer = new Announcer();
    this.banner = new Banner(this);
    this.dialog = new Dialog(this);
    this.drawer = new Dialog(this, { isDrawer: true });
    this.menu = new Menu(this);
    this.toast = new Toast(this);
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
    const { extra } = this.page.config.assets;
    // So that what opens on a click opens at once.
    whenIdle(() => loadExtra(extra).catch(() => {}));
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
   * @param {object} [options]
   * @param {boolean} [options.isQuiet] Whether nobody has asked for it yet.
   * @returns {Promise<import("../extra.js").Extra | null>} Null where it could not be loaded,
   *   which the reader is told.
   */
  async extra({ isQuiet = false } = {}) {
    const { t, config } = /** @type {Page} */ (this.page);
    try {
      const extra = await loadExtra(config.assets.extra);
      const root = /** @type {ShadowRoot} */ (this.renderRoot);
      if (!this.#hasExtra) {
        const sheet = new CSSStyleSheet();
        sheet.replaceSync(extra.css);
        root.adoptedStyleSheets.push(sheet);
        this.#hasExtra = true;
      }
      return extra;
    } catch {
      if (!isQuiet) this.toast.show(errorText(t, { code: "network" }));
      return null;
    }
  }

  /**
   * Says what went wrong.
   *
   * @param {() => unknown} work
   */
  async attempt(work) {
    try {
      await work();
    } catch (error) {
      this.toast.show(errorText(/** @type {Page} */ (this.page).t, error));
      this.tell("dc-error", { code: /** @type {{code?: string}} */ (error).code });
    }
  }

  /** What lies over the panes, and the drawer beside them. */
  overlays() {
    return html`${this.drawer.template()} ${this.dialog.template()} ${this.menu.template()} ${this.toast.template()}
    ${this.announcer.template()}`;
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
