/** The list of conversations. */

import { html, nothing } from "lit";
import { repeat } from "lit/directives/repeat.js";
import { errorText } from "./errors.js";
import { faceOf, partnerOf } from "./face.js";
import { glyph } from "./icons.js";
import { RowMenu, isUnread } from "./rowmenu.js";
import { shortTime } from "./times.js";

/** @typedef {import("../../client/types").Conversation} Conversation */
/** @typedef {"all" | "unread" | "groups" | "archived"} Filter */

const SEARCH_AFTER_MS = 250;
const WATCHED_MAX = 100;
/** More characters of a draft than any row has room for. */
const DRAFT_MAX = 100;
/** @type {Filter[]} */
const FILTERS = ["all", "unread", "groups", "archived"];

/** A controller of its element: what it needs is begun and ended with it. */
export class ConversationList {
  /** @type {Filter} */
  filter = "all";
  search = "";
  /** The first page, and those that were asked for after it. */
  isLoading = true;
  /** @type {unknown} */
  error = null;
  /** Ids of a search or of a filter that only the server can answer; null: all that is known.
   * @type {Set<string> | null} */
  found = null;
  /** Id of the row that Tab leads to, once one of them had the focus.
   * @type {string | null} */
  #stop = null;
  /** @type {string | null} */
  #next = null;
  #serial = 0;
  #searchTimer = 0;
  /** @type {(() => void)[]} */
  #ends = [];
  /** @type {HTMLElement | null} */
  #focused = null;
  /** @type {(() => void) | null} */
  #unwatch = null;
  #watched = "";

  /**
   * @param {import("../elements/base.js").ChatElement} host
   * @param {object} options
   * @param {() => string | null} options.selected
   * @param {(id: string) => void} options.onOpen
   */
  constructor(host, { selected, onOpen }) {
    this.host = host;
    this.selected = selected;
    this.onOpen = onOpen;
    this.menu = new RowMenu(host);
    host.addController(this);
  }

  hostConnected() {
    const { page } = this.host;
    if (page === null) return;
    const draw = () => this.host.requestUpdate();
    for (const type of ["list", "conversation", "removed", "unread", "presence", "draft"]) {
      this.#ends.push(page.chat.on(type, draw));
    }
    this.load();
  }

  hostUpdate() {
    const focused = this.#root?.activeElement;
    this.#focused = focused?.closest(".entry") ? /** @type {HTMLElement} */ (focused) : null;
  }

  hostUpdated() {
    // A row that moves to another place loses the focus on the way.
    if (this.#focused?.isConnected && !this.#root?.activeElement) this.#focused.focus({ preventScroll: true });
  }

  get #root() {
    return this.host.shadowRoot;
  }

  hostDisconnected() {
    for (const end of this.#ends.splice(0)) end();
    this.#unwatch?.();
    this.#unwatch = null;
    this.#watched = "";
    clearTimeout(this.#searchTimer);
  }

  /**
   * Asks for a page of what is shown now.
   *
   * @param {string} [cursor] Of the page before; without it, the first.
   */
  async load(cursor) {
    const { page } = this.host;
    if (page === null) return;
    const serial = ++this.#serial;
    this.isLoading = true;
    this.error = null;
    this.host.requestUpdate();
    const { filter, search } = this;
    try {
      const answer = await page.chat.conversations.list({
        ...(filter !== "all" && { filter }),
        ...(search && { search }),
        ...(cursor !== undefined && { cursor }),
      });
      if (serial !== this.#serial) return;
      this.#next = answer.next;
      const ids = answer.results.map((one) => one.id);
      if (filter === "all" && !search) this.found = null;
      else this.found = new Set(cursor === undefined ? ids : [...(this.found ?? []), ...ids]);
    } catch (error) {
      if (serial !== this.#serial) return;
      this.error = error;
    }
    this.isLoading = false;
    this.host.requestUpdate();
  }

  /** @returns {readonly Conversation[]} */
  rows() {
    const items = this.host.page?.chat.conversations.items ?? [];
    const { found, filter } = this;
    if (found) return items.filter((one) => found.has(one.id) && one.archived_by_me === (filter === "archived"));
    if (filter === "archived") return [];
    return items.filter((one) => !one.archived_by_me);
  }

  /**
   * The conversation before or after the one that is open.
   *
   * @param {1 | -1} by
   * @param {boolean} unreadOnly
   * @returns {string | undefined}
   */
  neighbour(by, unreadOnly) {
    const rows = this.rows();
    const at = rows.findIndex((one) => one.id === this.selected());
    const from = at === -1 && by === -1 ? rows.length : at;
    const others = by === 1 ? rows.slice(from + 1) : rows.slice(0, from).reverse();
    return others.find((one) => !unreadOnly || isUnread(one))?.id;
  }

  focusSearch() {
    /** @type {HTMLInputElement | null | undefined} */ (this.host.shadowRoot?.querySelector(".list .search input"))?.select();
  }

  async newChat() {
    (await this.host.extra())?.askForPeople(this.host, this.onOpen);
  }

  /** @param {Filter} filter */
  #choose(filter) {
    this.filter = filter;
    this.found = filter === "all" && !this.search ? null : new Set();
    this.load();
  }

  /** @param {Event} event */
  #onSearch(event) {
    this.search = /** @type {HTMLInputElement} */ (event.target).value.trim();
    clearTimeout(this.#searchTimer);
    this.#searchTimer = setTimeout(() => this.load(), SEARCH_AFTER_MS);
  }

  /** @param {Event} event */
  #onScroll(event) {
    const box = /** @type {HTMLElement} */ (event.currentTarget);
    const isNear = box.scrollTop + box.clientHeight > box.scrollHeight - 400;
    if (isNear && this.#next !== null && !this.isLoading) this.load(this.#next);
  }

  /** Arrows move among the rows; Enter follows the link.
   * @param {KeyboardEvent} event */
  #onKey(event) {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const list = /** @type {HTMLElement} */ (event.currentTarget);
    const links = [...list.querySelectorAll("a.entry")];
    const at = links.indexOf(/** @type {Element} */ (event.target));
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: links.length - 1 }[event.key];
    const link = to === undefined ? undefined : links[to];
    if (!(link instanceof HTMLElement)) return;
    event.preventDefault();
    link.focus();
  }

  /** @param {readonly Conversation[]} rows */
  #watch(rows) {
    const { page } = this.host;
    const ids = rows.flatMap((one) => partnerOf(one, page?.chat.me?.id)?.user_id ?? []).slice(0, WATCHED_MAX);
    const key = ids.join();
    if (page === null || key === this.#watched || !page.chat.features.includes("presence")) return;
    this.#watched = key;
    const before = this.#unwatch;
    this.#unwatch = page.chat.presence.watch(ids);
    before?.();
  }

  template() {
    const { page } = this.host;
    if (page === null) return nothing;
    const { t } = page;
    const rows = this.rows();
    this.#watch(rows);
    return html`<nav class="list" part="list" aria-label=${t("list.label")} data-dc="list">
      <header class="list-head">
        <div class="bar">
          <h1 class="bar-title">${t("list.title")}</h1>
          <slot name="header-start"></slot>
          <button type="button" class="button accent" @click=${this.newChat.bind(this)} data-dc="new-chat">
            ${glyph("plus")}<span>${t("list.new")}</span>
          </button>
        </div>
        <label class="search">
          <span class="hidden">${t("list.search")}</span>
          ${glyph("search")}
          <input type="search" placeholder=${t("list.search")} @input=${this.#onSearch.bind(this)} data-dc="search" />
        </label>
        <div class="chips" role="group" aria-label=${t("list.filter")}>
          ${FILTERS.map(
            (filter) =>
              html`<button
                type="button"
                class="chip"
                aria-pressed=${filter === this.filter ? "true" : "false"}
                @click=${() => this.#choose(filter)}
              >
                ${t(`list.filter.${filter}`)}
              </button>`,
          )}
        </div>
      </header>
      <div class="list-scroller" @scroll=${this.#onScroll.bind(this)} aria-busy=${this.isLoading ? "true" : "false"}>
        ${rows.length ? this.#rows(rows) : this.#empty()} ${this.error && rows.length ? this.#problem() : nothing}
      </div>
    </nav>`;
  }

  /** @param {readonly Conversation[]} rows */
  #rows(rows) {
    const stop = [this.#stop, this.selected()].find((id) => rows.some((one) => one.id === id)) ?? rows[0]?.id;
    return html`<ul class="entries" role="list" @keydown=${this.#onKey.bind(this)}>
      ${repeat(
        rows,
        (one) => one.id,
        (one) => this.#row(one, one.id === stop),
      )}
    </ul>`;
  }

  /** @param {string} id */
  #enter(id) {
    if (this.#stop === id) return;
    this.#stop = id;
    this.host.requestUpdate();
  }

  /**
   * @param {Conversation} one
   * @param {boolean} isStop Whether Tab leads here: the rows are one stop.
   */
  #row(one, isStop) {
    const page = /** @type {import("../page.js").Page} */ (this.host.page);
    const { t, chat, config } = page;
    const { last_message: last } = one;
    const partner = partnerOf(one, chat.me?.id);
    const status = partner && chat.presence.get(partner.user_id)?.status;
    const isNews = isUnread(one);
    const time = last ? shortTime(last.timestamp, config.locale, t("day.yesterday")) : "";
    const isSelected = one.id === this.selected();
    const draft = isSelected ? "" : chat.draft(one.id).text.trim().slice(0, DRAFT_MAX);
    const { who, text } = draft ? { who: t("list.draft"), text: draft } : this.#excerpt(one);
    const tabindex = isStop ? "0" : "-1";
    return html`<li
      class="entry-place"
      @focusin=${() => this.#enter(one.id)}
      @contextmenu=${(/** @type {MouseEvent} */ event) => this.menu.onContextMenu(event, one)}
      @keydown=${(/** @type {KeyboardEvent} */ event) => this.menu.onKey(event, one)}
      @pointerdown=${(/** @type {PointerEvent} */ event) => this.menu.onPress(event, one)}
      @pointermove=${(/** @type {PointerEvent} */ event) => this.menu.onMove(event)}
      @pointerup=${() => this.menu.endPress()}
      @pointercancel=${() => this.menu.endPress()}
    >
      <a
        class="entry ${isNews ? "is-unread" : ""} ${isSelected ? "is-selected" : ""}"
        part="row"
        href=${config.pages.conversation.replace("{id}", one.id)}
        aria-current=${isSelected ? "page" : nothing}
        data-dc="row"
        data-id=${one.id}
        tabindex=${tabindex}
        draggable="false"
        @click=${(/** @type {MouseEvent} */ event) => this.#onClick(event, one.id)}
      >
        ${faceOf(one, chat.me?.id, status)}
        <span class="entry-main">
          <span class="entry-line">
            <span class="entry-title" part="row-title"><bdi>${one.title}</bdi></span>
            ${one.pinned ? html`<span class="entry-mark" title=${t("list.pinned")}>${glyph("pin")}</span>` : nothing}
            <time class="entry-time" datetime=${last?.timestamp ?? nothing}>${time}</time>
          </span>
          <span class="entry-line">
            <span class="entry-excerpt">${who ? html`<span class=${draft ? "entry-draft" : nothing}>${who}</span> ` : nothing}<bdi>${text}</bdi></span>
            ${one.mention_count ? html`<span class="badge mention" title=${t("list.mentioned")}>@</span>` : nothing}
            ${isNews
              ? html`<span class="badge" part="badge" data-dc="unread"
                  >${one.unread_count ? countText(one.unread_count) : ""}<span class="hidden"
                    >${t("list.unread", { count: one.unread_count })}</span
                  ></span
                >`
              : nothing}
          </span>
        </span>
      </a>
      <button
        type="button"
        class="round entry-more"
        tabindex=${tabindex}
        title=${t("action.more")}
        aria-label=${t("list.more", { name: one.title })}
        aria-haspopup="menu"
        data-dc="row-menu"
        @click=${(/** @type {Event} */ event) => this.menu.open(/** @type {HTMLElement} */ (event.currentTarget), one)}
      >
        ${glyph("more")}
      </button>
    </li>`;
  }

  /**
   * What was said last, and by whom where that is to be told.
   *
   * @param {Conversation} one
   */
  #excerpt({ last_message: last, kind }) {
    const { t } = /** @type {import("../page.js").Page} */ (this.host.page);
    if (!last) return { text: t("list.noMessages") };
    if (last.kind === "system") return { text: t("system.unknown") };
    const sender = kind === "group" && last.sender ? `${last.sender}:` : "";
    return { who: last.is_own_message ? t("list.you") : sender, text: last.excerpt };
  }

  /**
   * @param {MouseEvent} event
   * @param {string} id
   */
  #onClick(event, id) {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
    event.preventDefault();
    if (this.menu.wasPressed) return;
    this.onOpen(id);
  }

  #empty() {
    const page = /** @type {import("../page.js").Page} */ (this.host.page);
    const { t } = page;
    if (this.error) return this.#problem();
    if (this.isLoading) {
      return html`<div class="skeletons" role="status">
        <span class="hidden">${t("list.loading")}</span>
        ${Array.from({ length: 6 }, () => html`<div class="skeleton-entry" aria-hidden="true"><i></i><b></b><u></u></div>`)}
      </div>`;
    }
    if (this.search) return html`<div class="empty"><p>${t("list.nothingFound")}</p></div>`;
    if (this.filter !== "all") return html`<div class="empty"><p>${t(`list.empty.${this.filter}`)}</p></div>`;
    return html`<slot name="empty-list">
      <div class="empty">
        ${glyph("chat")}
        <p>${t("list.empty")}</p>
        <button type="button" class="button" @click=${this.newChat.bind(this)}>${t("list.start")}</button>
      </div>
    </slot>`;
  }

  #problem() {
    const page = /** @type {import("../page.js").Page} */ (this.host.page);
    return html`<div class="problem" role="alert">
      ${glyph("warning")}
      <p>${errorText(page.t, this.error)}</p>
      <button type="button" class="button" @click=${() => this.load()}>${page.t("thread.tryAgain")}</button>
    </div>`;
  }
}

/** @param {number} count */
export const countText = (count) => (count > 99 ? "99+" : String(count));
