/** Suggests members while one writes `@`: a combobox whose list belongs to the text field. */

import { face, html, nothing } from "../lent.js";

/** @typedef {import("../../client/types").Thread} Thread */
/** @typedef {{id: string, name: string, username: string, url: string | null}} Choice */

const CHOICES_MAX = 6;
const SEARCH_AFTER_MS = 150;
/** The word under the caret, when it begins with `@` after a space or at the start. */
const WORD = /(?:^|\s)@([\p{L}\p{N}._-]*)$/u;

export class MentionPicker {
  /** @type {Choice[]} */
  choices = [];
  active = 0;
  /** @type {Thread | null} */
  #thread = null;
  #query = "";
  #timer = 0;
  #serial = 0;

  /**
   * @param {import("../../ui/elements/base.js").ChatElement} host
   * @param {import("lit/directives/ref.js").Ref<HTMLTextAreaElement>} field
   * @param {(text: string, caret: number) => void} replace
   */
  constructor(host, field, replace) {
    this.host = host;
    this.field = field;
    this.replace = replace;
  }

  get isOpen() {
    return this.choices.length > 0;
  }

  get activeId() {
    return this.isOpen ? `mention-${this.active}` : undefined;
  }

  /** @param {Thread | null} thread */
  open(thread) {
    this.#thread = thread;
    this.close();
  }

  close() {
    clearTimeout(this.#timer);
    this.#serial += 1;
    if (!this.isOpen) return;
    this.choices = [];
    this.host.requestUpdate();
  }

  /** Looks at what stands before the caret. */
  look() {
    const field = this.field.value;
    const conversation = this.#thread?.conversation;
    const before = field?.value.slice(0, field.selectionStart) ?? "";
    const word = conversation?.kind === "group" ? WORD.exec(before) : null;
    if (!word) return this.close();
    this.#query = word[1] ?? "";
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#search(), SEARCH_AFTER_MS);
  }

  async #search() {
    const { page } = this.host;
    const conversation = this.#thread?.conversation;
    if (page === null || !conversation) return;
    const serial = ++this.#serial;
    const search = this.#query;
    const found = await page.chat.conversations.members(conversation.id, search ? { search } : {}).catch(() => null);
    if (serial !== this.#serial || !found) return;
    /** @type {Choice[]} */
    const people = found.results
      .filter((member) => member.user_id !== page.chat.me?.id && member.username)
      .map((member) => ({
        id: member.user_id,
        name: member.name,
        username: member.username,
        url: member.avatar_url,
      }));
    const addressesAll = conversation.permissions.mention_all && "all".startsWith(search.toLowerCase());
    const all = { id: "all", name: page.t("mention.everyone"), username: "all", url: null };
    this.choices = [...people.slice(0, CHOICES_MAX), ...(addressesAll ? [all] : [])];
    this.active = 0;
    this.host.requestUpdate();
  }

  /**
   * @param {KeyboardEvent} event
   * @returns {boolean} Whether the key was meant for the list.
   */
  onKey(event) {
    if (!this.isOpen) return false;
    const last = this.choices.length - 1;
    if (event.key === "ArrowDown") this.active = this.active === last ? 0 : this.active + 1;
    else if (event.key === "ArrowUp") this.active = this.active === 0 ? last : this.active - 1;
    else if (event.key === "Enter" || event.key === "Tab") this.#choose(this.active);
    else if (event.key === "Escape") this.close();
    else return false;
    event.preventDefault();
    event.stopPropagation();
    this.host.requestUpdate();
    return true;
  }

  /** @param {number} index */
  #choose(index) {
    const field = this.field.value;
    const chosen = this.choices[index];
    if (!field || !chosen) return;
    const caret = field.selectionStart;
    const start = caret - this.#query.length;
    const inserted = `${chosen.username} `;
    this.close();
    this.replace(
      field.value.slice(0, start) + inserted + field.value.slice(caret),
      start + inserted.length,
    );
  }

  template() {
    if (!this.isOpen) return nothing;
    const t = /** @type {import("../../ui/page.js").Page} */ (this.host.page).t;
    return html`<ul class="mentions" id="mentions" role="listbox" aria-label=${t("mention.label")} data-dc="mentions">
      ${this.choices.map(
        (one, index) =>
          html`<li
            id="mention-${index}"
            role="option"
            aria-selected=${index === this.active ? "true" : "false"}
            @mousedown=${(/** @type {Event} */ event) => {
              event.preventDefault();
              this.#choose(index);
            }}
          >
            ${face({ id: one.id, name: one.name, url: one.url, isGroup: one.id === "all" })}
            <bdi>${one.name}</bdi> <span class="muted">@${one.username}</span>
          </li>`,
      )}
    </ul>`;
  }
}
