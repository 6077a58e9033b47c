/** Finding people: for a new conversation, and for a group that grows. */

import { errorText, face, glyph, html, nothing, repeat } from "../lent.js";

/** @typedef {import("../../client/types").User} User */

const SEARCH_AFTER_MS = 250;
const QUERY_MIN = 2;
const SUGGESTED_MAX = 12;

/** Search, pick, and what was picked: the middle of a dialog. */
export class PeoplePicker {
  /** @type {User[]} */
  found = [];
  /** @type {User[]} */
  picked = [];
  title = "";
  isLoading = false;
  isBusy = false;
  /** @type {unknown} */
  error = null;
  #query = "";
  #serial = 0;
  #timer = 0;

  /**
   * @param {import("../../ui/elements/base.js").ChatElement} host
   * @param {object} options
   * @param {string} options.submitLabel Of the button, when nothing else is said.
   * @param {boolean} [options.asksTitle] Several people need a name for their group.
   * @param {Set<string>} [options.without] Ids that are not offered.
   * @param {(people: User[], title: string) => Promise<void>} options.onSubmit
   */
  constructor(host, { submitLabel, asksTitle = false, without = new Set(), onSubmit }) {
    this.host = host;
    this.submitLabel = submitLabel;
    this.asksTitle = asksTitle;
    this.without = without;
    this.onSubmit = onSubmit;
    this.#search();
  }

  /** People of the reader's own conversations, as long as nothing is asked for.
   * @returns {User[]} */
  #suggested() {
    const people = this.host.page?.chat.conversations.items.flatMap(({ members }) => members) ?? [];
    const unique = new Map(people.map((member) => [member.user_id, { ...member, id: member.user_id }]));
    return [...unique.values()].slice(0, SUGGESTED_MAX);
  }

  async #search() {
    const { page } = this.host;
    if (page === null) return;
    const serial = ++this.#serial;
    this.isLoading = true;
    this.host.requestUpdate();
    try {
      const people =
        this.#query.length < QUERY_MIN ? this.#suggested() : (await page.chat.contacts.search(this.#query)).results;
      if (serial !== this.#serial) return;
      this.found = people.filter((user) => user.id !== page.config.user?.id && !this.without.has(user.id));
      this.error = null;
    } catch (error) {
      if (serial !== this.#serial) return;
      this.error = error;
    }
    this.isLoading = false;
    this.host.requestUpdate();
  }

  /** @param {Event} event */
  #onSearch(event) {
    this.#query = /** @type {HTMLInputElement} */ (event.target).value.trim();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#search(), SEARCH_AFTER_MS);
  }

  /** @param {User} user */
  #toggle(user) {
    const isPicked = this.picked.some((one) => one.id === user.id);
    this.picked = isPicked ? this.picked.filter((one) => one.id !== user.id) : [...this.picked, user];
    this.error = null;
    this.host.requestUpdate();
  }

  get #needsTitle() {
    return this.asksTitle && this.picked.length > 1;
  }

  /** @param {Event} event */
  async #submit(event) {
    event.preventDefault();
    if (this.isBusy || !this.picked.length) return;
    this.isBusy = true;
    this.host.requestUpdate();
    try {
      // Who was found by his name alone is addressed by it: it is what one knows of him.
      await this.onSubmit(this.picked, this.title.trim());
    } catch (error) {
      this.error = error;
    }
    this.isBusy = false;
    this.host.requestUpdate();
  }

  template() {
    const page = /** @type {import("../../ui/page.js").Page} */ (this.host.page);
    const { t } = page;
    const isPicked = new Set(this.picked.map((user) => user.id));
    const shown = [...this.picked, ...this.found.filter((user) => !isPicked.has(user.id))];
    const isReady = this.picked.length > 0 && (!this.#needsTitle || this.title.trim() !== "");
    return html`<form class="people" @submit=${this.#submit.bind(this)} data-dc="people">
      <label class="search">
        <span class="hidden">${t("people.search")}</span>
        ${glyph("search")}
        <input type="search" autofocus placeholder=${t("people.search")} @input=${this.#onSearch.bind(this)} data-dc="people-search" />
      </label>
      ${this.error ? html`<p class="composer-error" role="alert">${errorText(t, this.error)}</p>` : nothing}
      <ul class="people-list" role="list" aria-busy=${this.isLoading ? "true" : "false"}>
        ${repeat(
          shown,
          (user) => user.id,
          (user) =>
            html`<li>
              <button
                type="button"
                class="person"
                aria-pressed=${isPicked.has(user.id) ? "true" : "false"}
                data-dc="person"
                @click=${() => this.#toggle(user)}
              >
                ${face({ id: user.id, name: user.name, url: user.avatar_url })}
                <span class="person-name"><bdi>${user.name}</bdi>
                  ${user.username ? html`<span class="muted">@${user.username}</span>` : nothing}</span>
                ${isPicked.has(user.id) ? glyph("check") : nothing}
              </button>
            </li>`,
        )}
        ${!shown.length && !this.isLoading && !this.error
          ? html`<li class="empty"><p>${t(this.#query.length < QUERY_MIN ? "people.hint" : "people.nobody")}</p></li>`
          : nothing}
      </ul>
      ${this.#needsTitle
        ? html`<label class="field"
            ><span>${t("people.groupName")}</span>
            <input
              required
              maxlength=${page.chat.limits["title_max"] ?? 255}
              .value=${this.title}
              data-dc="group-name"
              @input=${(/** @type {Event} */ event) => {
                this.title = /** @type {HTMLInputElement} */ (event.target).value;
                this.host.requestUpdate();
              }}
          /></label>`
        : nothing}
      <footer class="dialog-actions">
        <button class="button accent" ?disabled=${!isReady || this.isBusy} data-dc="people-submit">
          ${this.#needsTitle ? t("people.createGroup") : this.submitLabel}
        </button>
      </footer>
    </form>`;
  }
}

/**
 * How a person is named to the server: a stranger is known by his username only.
 *
 * @param {User} user
 */
export const addressOf = (user) => (user.username ? `@${user.username}` : user.id);

/**
 * The dialog of a new conversation: with one person, or with several as a group.
 *
 * @param {import("../../ui/elements/base.js").ChatElement} host
 * @param {(id: string) => void} onMade
 */
export function askForPeople(host, onMade) {
  const { chat, t } = /** @type {import("../../ui/page.js").Page} */ (host.page);
  const picker = new PeoplePicker(host, {
    submitLabel: t("people.start"),
    asksTitle: true,
    onSubmit: async (people, title) => {
      const [one, ...others] = people;
      if (!one) return;
      const made = others.length
        ? await chat.conversations.createGroup({ title, members: people.map(addressOf) })
        : await chat.conversations.createDirect(addressOf(one));
      host.dialog.close();
      onMade(made.id);
    },
  });
  host.dialog.open(t("people.title"), () => picker.template());
}
