/** Who is in a conversation, and what one may do with it. */

import { errorText, face, glyph, html, nothing, partnerOf, repeat } from "../lent.js";
import { PeoplePicker, addressOf } from "./people.js";

/** @typedef {import("../../client/types").Conversation} Conversation */
/** @typedef {import("../../client/types").Member} Member */

export class Details {
  /** @type {Member[]} */
  members = [];
  /** @type {string | null} */
  #next = null;
  /** So many there were when the members were asked for. */
  #count = -1;
  /** @type {unknown} */
  error = null;
  /** @type {PeoplePicker | null} */
  picker = null;
  /** @type {{text: string, label: string, run: () => Promise<void>} | null} */
  question = null;

  /**
   * @param {import("../../ui/elements/base.js").ChatElement} host
   * @param {string} id Of the conversation.
   * @param {object} options
   * @param {(userId: string, name: string) => void} options.onBlock
   * @param {() => void} options.onLeft
   */
  constructor(host, id, { onBlock, onLeft }) {
    this.host = host;
    this.id = id;
    this.onBlock = onBlock;
    this.onLeft = onLeft;
  }

  get #page() {
    return /** @type {import("../../ui/page.js").Page} */ (this.host.page);
  }

  get #conversation() {
    return this.#page.chat.conversations.get(this.id);
  }

  /** @param {string} [cursor] */
  async load(cursor) {
    await this.#try(async () => {
      const found = await this.#page.chat.conversations.members(this.id, cursor === undefined ? {} : { cursor });
      this.members = cursor === undefined ? found.results : [...this.members, ...found.results];
      this.#next = found.next;
    });
  }

  /** @param {() => Promise<unknown>} work */
  async #try(work) {
    this.error = null;
    try {
      await work();
    } catch (error) {
      this.error = error;
    }
    this.host.requestUpdate();
  }

  /** @param {Event} event */
  #rename(event) {
    event.preventDefault();
    const data = new FormData(/** @type {HTMLFormElement} */ (event.target));
    const title = String(data.get("title")).trim();
    if (title) this.#try(() => this.#page.chat.conversations.update(this.id, { title }));
  }

  #add() {
    const { t, chat } = this.#page;
    this.picker = new PeoplePicker(this.host, {
      submitLabel: t("details.add"),
      without: new Set(this.members.map((member) => member.user_id)),
      onSubmit: async (people) => {
        await chat.conversations.addMembers(this.id, people.map(addressOf));
        this.picker = null;
        await this.load();
      },
    });
    this.host.requestUpdate();
  }

  /**
   * @param {string} text
   * @param {string} label
   * @param {() => Promise<void>} run
   */
  #ask(text, label, run) {
    this.question = { text, label, run };
    this.host.requestUpdate();
  }

  template() {
    const { t, chat } = this.#page;
    const conversation = this.#conversation;
    if (!conversation) return nothing;
    // Beside the conversation it is there when others come and go.
    if (this.#count !== conversation.member_count) {
      this.#count = conversation.member_count;
      this.load();
    }
    if (this.picker) return this.picker.template();
    const partner = partnerOf(conversation, chat.me?.id);
    return html`<div class="details" data-dc="details">
      ${this.error ? html`<p class="composer-error" role="alert">${errorText(t, this.error)}</p>` : nothing}
      ${this.question ? this.#question() : nothing}
      ${conversation.permissions.rename
        ? html`<form class="field-line" @submit=${this.#rename.bind(this)}>
            <label class="field"><span>${t("people.groupName")}</span>
              <input name="title" required maxlength=${chat.limits["title_max"] ?? 255} .value=${conversation.title} data-dc="title"
            /></label>
            <button class="button" data-dc="rename">${t("composer.save")}</button>
          </form>`
        : nothing}
      <h3 class="section-title">${t("details.members", { count: conversation.member_count })}</h3>
      <ul class="people-list" role="list">
        ${repeat(
          this.members,
          (member) => member.user_id,
          (member) => this.#member(conversation, member),
        )}
      </ul>
      ${this.#next !== null
        ? html`<button type="button" class="button" @click=${() => this.load(this.#next ?? undefined)}>
            ${t("details.more")}
          </button>`
        : nothing}
      <footer class="dialog-actions">
        ${conversation.permissions.add_members
          ? html`<button type="button" class="button" @click=${this.#add.bind(this)} data-dc="add-members">
              ${glyph("plus")}<span>${t("details.add")}</span>
            </button>`
          : nothing}
        ${partner
          ? html`<button type="button" class="button" @click=${() => this.onBlock(partner.user_id, partner.name)} data-dc="block">
              ${glyph("block")}<span>${t("people.block", { name: partner.name })}</span>
            </button>`
          : html`<button type="button" class="button is-dangerous" @click=${this.#leave.bind(this)} data-dc="leave">
              ${glyph("leave")}<span>${t("details.leave")}</span>
            </button>`}
      </footer>
    </div>`;
  }

  #leave() {
    const { t, chat } = this.#page;
    this.#ask(t("details.leaveQuestion"), t("details.leave"), async () => {
      await chat.conversations.leave(this.id);
      this.onLeft();
    });
  }

  #question() {
    const question = /** @type {NonNullable<typeof this.question>} */ (this.question);
    const { t } = this.#page;
    const end = () => {
      this.question = null;
      this.host.requestUpdate();
    };
    return html`<div class="question" role="alertdialog" aria-label=${question.text}>
      <p>${question.text}</p>
      <div class="dialog-actions">
        <button type="button" class="button" autofocus @click=${end}>${t("composer.cancel")}</button>
        <button
          type="button"
          class="button danger"
          data-dc="confirm"
          @click=${() => {
            end();
            this.#try(question.run);
          }}
        >
          ${question.label}
        </button>
      </div>
    </div>`;
  }

  /**
   * @param {Conversation} conversation
   * @param {Member} member
   */
  #member(conversation, member) {
    const { t, chat } = this.#page;
    const isMe = member.user_id === chat.me?.id;
    const rank = { owner: 2, admin: 1, member: 0 };
    const mayManage = conversation.kind === "group" && !isMe && rank[conversation.my_role] > rank[member.role];
    const isOwner = conversation.my_role === "owner";
    return html`<li class="member" data-dc="member">
      ${face({ id: member.user_id, name: member.name, url: member.avatar_url, status: chat.presence.get(member.user_id)?.status })}
      <span class="person-name"
        ><bdi>${isMe ? t("details.you", { name: member.name }) : member.name}</bdi>
        ${member.role === "member" ? nothing : html`<span class="muted">${t(`role.${member.role}`)}</span>`}</span
      >
      ${mayManage && isOwner
        ? html`<button
            type="button"
            class="link-button"
            @click=${() => this.#setRole(member, member.role === "admin" ? "member" : "admin")}
          >
            ${t(member.role === "admin" ? "details.unmakeAdmin" : "details.makeAdmin")}
          </button>`
        : nothing}
      ${mayManage
        ? html`<button
            type="button"
            class="round"
            title=${t("details.remove", { name: member.name })}
            aria-label=${t("details.remove", { name: member.name })}
            data-dc="remove-member"
            @click=${() =>
              this.#ask(t("details.removeQuestion", { name: member.name }), t("details.removeShort"), async () => {
                await chat.conversations.removeMember(this.id, member.user_id);
                await this.load();
              })}
          >
            ${glyph("close")}
          </button>`
        : nothing}
    </li>`;
  }

  /**
   * @param {Member} member
   * @param {import("../../client/types").Role} role
   */
  #setRole(member, role) {
    this.#try(async () => {
      await this.#page.chat.conversations.setRole(this.id, member.user_id, role);
      await this.load();
    });
  }
}
