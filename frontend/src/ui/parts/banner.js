/** One line that says how well the chat is connected; nothing while all is well. */

import { html, nothing } from "lit";

const BACK_MS = 2_000;
const LIMITED_AFTER_MS = 15_000;

/** @typedef {"none" | "reconnecting" | "offline" | "limited" | "back" | "signed-out" | "outdated"} Shown */

/** A controller of its element: what it needs is begun and ended with it. */
export class Banner {
  /** @type {Shown} */
  shown = "none";
  /** @type {(() => void)[]} */
  #ends = [];
  #timer = 0;

  /** @param {import("../elements/base.js").ChatElement} host */
  constructor(host) {
    this.host = host;
    host.addController(this);
  }

  hostConnected() {
    const page = this.host.page;
    if (page === null) return;
    const look = () => this.#look();
    this.#ends.push(page.chat.on("state", look), page.chat.on("outdated", () => this.#show("outdated")));
    for (const type of ["online", "offline"]) {
      addEventListener(type, look);
      this.#ends.push(() => removeEventListener(type, look));
    }
    look();
  }

  hostDisconnected() {
    for (const end of this.#ends.splice(0)) end();
    clearTimeout(this.#timer);
  }

  #look() {
    const state = this.host.page?.chat.state;
    if (this.shown === "outdated") return;
    if (state === "unauthorized") this.#show("signed-out");
    else if (state === "offline") this.#show(navigator.onLine === false ? "offline" : "reconnecting");
    else if (state === "polling") {
      // What was said before is not true any more.
      if (this.shown === "none") this.#later("limited", LIMITED_AFTER_MS);
      else this.#show("limited");
    } else if (state === "live") {
      if (this.shown === "none") clearTimeout(this.#timer);
      else {
        this.#show("back");
        this.#later("none", BACK_MS);
      }
    }
  }

  /**
   * @param {Shown} shown
   * @param {number} ms
   */
  #later(shown, ms) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#show(shown), ms);
  }

  /** @param {Shown} shown */
  #show(shown) {
    clearTimeout(this.#timer);
    if (this.shown === shown) return;
    this.shown = shown;
    this.host.requestUpdate();
  }

  template() {
    const { page } = this.host;
    if (page === null || this.shown === "none") return html`<div class="banner" role="status" hidden></div>`;
    const { t, config } = page;
    const action =
      this.shown === "signed-out"
        ? html`<a href=${config.login_url}>${t("banner.signIn")}</a>`
        : this.shown === "reconnecting"
          ? html`<button type="button" class="link-button" @click=${() => page.chat.connect().catch(() => {})}>
              ${t("banner.retryNow")}
            </button>`
          : this.shown === "outdated"
            ? html`<button type="button" class="link-button" @click=${() => location.reload()}>
                ${t("banner.reload")}
              </button>`
            : nothing;
    return html`<div class="banner banner-${this.shown}" part="banner" role="status" data-dc="banner">
      <span>${t(`banner.${this.shown}`)}</span> ${action}
    </div>`;
  }
}
