/** A conversation that is open: its head, its messages, and where one writes. */

import { html, nothing } from "lit";
import { createRef, ref } from "lit/directives/ref.js";
import { createMessageList } from "../thread/list.js";
import { Composer } from "./composer.js";
import { Details } from "./details.js";
import { EmojiPopover } from "./emoji.js";
import { errorText } from "./errors.js";
import { faceOf, partnerOf } from "./face.js";
import { glyph } from "./icons.js";
import { Menu } from "./menu.js";

/** @typedef {import("../../client/types").Item} Item */
/** @typedef {import("../../client/types").Message} Message */
/** @typedef {import("../../client/types").Thread} Thread */
/** @typedef {import("../../client/types").Change} Change */
/** @typedef {import("../thread/list.js").ActionDetail} ActionDetail */

const QUICK_REACTIONS = ["👍", "❤️", "😂", "😮", "😢", "🎉"];
const REMEMBERED_MAX = 5;

/** A controller of its element: what it needs is begun and ended with it. */
export class ThreadView {
  /** @type {string | null} */
  id = null;
  /** @type {Thread | null} */
  thread = null;
  /** @type {unknown} */
  error = null;
  isLoading = false;
  #scroller = /** @type {import("lit/directives/ref.js").Ref<HTMLElement>} */ (createRef());
  /** @type {ReturnType<typeof createMessageList> | null} */
  #list = null;
  /** @type {(() => void)[]} */
  #ends = [];
  #serial = 0;
  /** Where the reader was in the conversations looked at last.
   * @type {Map<string, import("../thread/list.js").SavedPosition>} */
  #places = new Map();
  /** Whom the reader has blocked, as far as it is known.
   * @type {Set<string>} */
  #blocked = new Set();
  #knowsBlocked = false;

  /**
   * @param {import("../elements/base.js").ChatElement} host
   * @param {object} services What the whole element shares.
   * @param {import("./dialog.js").Dialog} services.dialog
   * @param {import("./toast.js").Toast} services.toast
   * @param {import("./announcer.js").Announcer} services.announcer
   * @param {(() => void) | null} services.onBack Null where there is no list to go back to.
   */
  constructor(host, { dialog, toast, announcer, onBack }) {
    this.host = host;
    this.dialog = dialog;
    this.toast = toast;
    this.announcer = announcer;
    this.onBack = onBack;
    this.menu = new Menu(host);
    this.emoji = new EmojiPopover(host);
    this.composer = new Composer(host, {
      lastOwn: () => this.#lastOwn(),
      emoji: this.emoji,
      onUnblock: () => this.#unblock(),
      onEscape: () => this.thread?.markRead(),
    });
    host.addController(this);
  }

  get #page() {
    return /** @type {import("../page.js").Page} */ (this.host.page);
  }

  hostDisconnected() {
    this.close();
  }

  /**
   * Shows a conversation.
   *
   * @param {string} id
   * @param {{at?: "unread" | "latest" | number}} [options]
   */
  async open(id, { at = "unread" } = {}) {
    if (id === this.id && this.thread && !this.error) return;
    this.close();
    this.id = id;
    this.isLoading = true;
    const serial = ++this.#serial;
    this.host.requestUpdate();
    try {
      const thread = await this.#page.chat.conversations.open(id, { at });
      if (serial !== this.#serial) return thread.close();
      this.thread = thread;
    } catch (error) {
      if (serial !== this.#serial) return;
      this.error = error;
    }
    this.isLoading = false;
    this.host.requestUpdate();
    if (!this.thread) return;
    await this.host.updateComplete;
    if (serial === this.#serial) this.#mount(this.thread);
  }

  close() {
    this.#serial += 1;
    if (this.#list && this.id) {
      this.#places.delete(this.id);
      this.#places.set(this.id, this.#list.save());
      const [oldest] = this.#places.keys();
      if (this.#places.size > REMEMBERED_MAX && oldest) this.#places.delete(oldest);
    }
    for (const end of this.#ends.splice(0)) end();
    this.#list?.destroy();
    this.#list = null;
    this.composer.open(null);
    this.thread?.close();
    this.id = this.thread = this.error = null;
    this.host.requestUpdate();
  }

  /** @param {Thread} thread */
  #mount(thread) {
    const { chat, t, config } = this.#page;
    const scroller = this.#scroller.value;
    const { conversation } = thread;
    if (!scroller || !conversation) return;
    const list = createMessageList({
      scroller,
      t,
      locale: config.locale,
      me: chat.me?.id ?? null,
      now: () => chat.serverTime(),
      appearance: this.host.appearance,
      label: t("thread.label", { name: conversation.title }),
      isGroup: conversation.kind === "group",
      memberCount: conversation.member_count,
      person: (id) => thread.conversation?.members.find((member) => member.user_id === id),
      onAction: (name, detail) => this.#act(name, detail),
      onNeedOlder: () => thread.loadOlder(),
      onNeedNewer: () => thread.loadNewer(),
      onSeen: (seq) => thread.markRead(seq),
    });
    this.#list = list;
    const place = this.#places.get(thread.id);
    const { firstUnreadSeq } = thread;
    list.render(thread.items, {
      ...this.#news(),
      firstUnreadSeq,
      unreadCount: conversation.unread_count,
      ...(place && firstUnreadSeq === null && { at: place }),
    });
    this.composer.open(thread);
    this.#ends.push(thread.subscribe((changes) => this.#changed(changes)));
    const draw = () => this.host.requestUpdate();
    for (const type of ["conversation", "presence", "removed"]) this.#ends.push(chat.on(type, draw));
    const partner = partnerOf(conversation, chat.me?.id);
    if (partner) {
      this.#ends.push(chat.presence.watch([partner.user_id]));
      this.#ends.push(chat.on("contact_updated", () => this.#learnBlocked()));
      if (!this.#knowsBlocked && conversation.send_disabled_reason) this.#learnBlocked();
    }
    this.host.requestUpdate();
    if (!matchMedia("(pointer: fine)").matches || this.host.hasAttribute("data-quiet")) return;
    // The field is drawn with the next update.
    this.host.updateComplete.then(() => this.composer.focus());
  }

  #news() {
    const { thread } = this;
    return {
      hasOlder: thread?.hasOlder ?? false,
      hasNewer: thread?.hasNewer ?? false,
      receipts: thread?.receipts ?? null,
    };
  }

  /** @param {Change[]} changes */
  #changed(changes) {
    this.#list?.update(changes, this.#news());
    for (const change of changes) {
      if (change.type === "draft") this.composer.hearDraft(change.draft);
      else if (change.type === "insert") this.#announce(change.item);
      else if (change.type === "update" && change.item.state === "failed") {
        this.announcer.say(this.#page.t("state.failed"), { isUrgent: true });
      }
    }
    // Rows draw themselves; the rest is about who types and how the conversation stands.
    if (changes.some(({ type }) => type === "typing" || type === "state" || type === "reset")) this.host.requestUpdate();
  }

  /** @param {Item} item */
  #announce({ message, state }) {
    const { t, chat } = this.#page;
    const isNews = state === "sent" && !message.is_own_message && message.kind === "text";
    if (!isNews || Date.parse(message.timestamp) < chat.serverTime() - 60_000) return;
    this.announcer.message(message.sender, message.content, (count) => t("announce.messages", { count }));
    this.host.tell("dc-message", { message });
  }

  #lastOwn() {
    const { thread } = this;
    return (
      thread?.items.findLast(({ message, state }) => state === "sent" && message.is_own_message && this.#mayEdit(message))
        ?.message ?? null
    );
  }

  /** @param {Message} message */
  #mayEdit(message) {
    const { chat } = this.#page;
    const windowSeconds = chat.limits["edit_window_s"] ?? 0;
    const age = (chat.serverTime() - Date.parse(message.timestamp)) / 1000;
    return (
      message.is_own_message &&
      message.kind === "text" &&
      !message.deleted_at &&
      (this.thread?.conversation?.permissions.edit_own ?? false) &&
      age < windowSeconds
    );
  }

  /** @param {() => Promise<unknown>} work */
  async #try(work) {
    try {
      await work();
    } catch (error) {
      this.toast.show(errorText(this.#page.t, error));
      this.host.tell("dc-error", { code: /** @type {{code?: string}} */ (error).code });
    }
  }

  /**
   * @param {string} name
   * @param {ActionDetail} detail
   */
  #act(name, { item, target, emoji }) {
    const { thread } = this;
    if (!thread) return;
    const message = item?.message;
    if (name === "jump-to-latest") this.#try(() => thread.jumpToLatest());
    else if (name === "jump-to-unread") this.#jumpToUnread();
    else if (name === "mark-read") thread.markRead();
    else if (!item || !message) return;
    else if (name === "reply") this.composer.reply(message);
    else if (name === "edit") this.composer.edit(message);
    else if (name === "delete") this.#askDelete(message);
    else if (name === "menu") this.#openMenu(message, target);
    else if (name === "react") this.menu.open(target, [], this.#quick(message, target));
    else if (name === "toggle-reaction" && emoji) this.#toggle(message, emoji);
    else if (name === "reactions") this.#showReactions(message);
    else if (name === "receipts") this.#showReceipts(message);
    else if (name === "jump-to-original" && message.reply_to) this.#jumpTo(message.reply_to.id);
    else if (name === "reveal") this.#reveal(message);
    else if (name === "retry") this.#page.chat.outbox.retry(item.key);
    else if (name === "discard") this.#page.chat.outbox.discard(item.key);
    else if (name === "edit-failed") {
      this.#page.chat.outbox.discard(item.key);
      this.composer.insert(message.content);
    }
  }

  /** @param {string} id */
  #jumpTo(id) {
    this.#try(async () => {
      if (this.#list?.jumpTo(id)) return;
      await this.thread?.jumpTo(id);
      this.#list?.jumpTo(id);
    });
  }

  #jumpToUnread() {
    const seq = this.thread?.firstUnreadSeq;
    if (!seq) return;
    this.#try(async () => {
      await this.thread?.jumpTo(seq);
      this.#list?.jumpTo(seq);
    });
  }

  /**
   * @param {Message} message
   * @param {string} emoji
   */
  #toggle(message, emoji) {
    const hasIt = message.reactions.some((one) => one.emoji === emoji && one.me);
    this.#try(async () => {
      await (hasIt ? this.thread?.unreact(message.id, emoji) : this.thread?.react(message.id, emoji));
    });
  }

  /**
   * @param {Message} message
   * @param {HTMLElement | null} target
   */
  #quick(message, target) {
    const { t } = this.#page;
    return html`<div class="quick" role="group">
      ${QUICK_REACTIONS.map(
        (emoji) =>
          html`<button
            type="button"
            role="menuitemcheckbox"
            aria-checked=${message.reactions.some((one) => one.emoji === emoji && one.me) ? "true" : "false"}
            data-dc="quick-reaction"
            @click=${() => {
              this.menu.close();
              this.#toggle(message, emoji);
            }}
          >
            ${emoji}
          </button>`,
      )}
      <button
        type="button"
        role="menuitem"
        title=${t("reaction.add")}
        aria-label=${t("reaction.add")}
        data-dc="more-reactions"
        @click=${() => {
          this.menu.close();
          this.emoji.open(target, (emoji) => this.#toggle(message, emoji));
        }}
      >
        ${glyph("plus")}
      </button>
    </div>`;
  }

  /**
   * @param {Message} message
   * @param {HTMLElement | null} target
   */
  #openMenu(message, target) {
    const { t, chat } = this.#page;
    const conversation = this.thread?.conversation;
    const maySend = conversation?.permissions.send ?? false;
    const isText = message.kind === "text" && !message.deleted_at && message.hidden !== "blocked";
    /** @type {(import("./menu.js").MenuItem | false)[]} */
    const items = [
      isText && maySend && { name: "reply", label: t("action.reply"), icon: "reply", run: () => this.composer.reply(message) },
      isText && { name: "copy", label: t("action.copy"), icon: "copy", run: () => this.#copy(message) },
      this.#mayEdit(message) && { name: "edit", label: t("action.edit"), icon: "pencil", run: () => this.composer.edit(message) },
      {
        name: "unread",
        label: t("action.markUnread"),
        icon: "unread",
        run: () => this.#try(() => chat.conversations.markUnread(message.conversation_id, message.seq)),
      },
      message.is_own_message &&
        conversation?.kind === "group" && {
          name: "info",
          label: t("action.info"),
          icon: "info",
          run: () => this.#showReceipts(message),
        },
      {
        name: "delete",
        label: t("action.delete"),
        icon: "trash",
        isDangerous: true,
        run: () => this.#askDelete(message),
      },
    ];
    this.menu.open(target, /** @type {import("./menu.js").MenuItem[]} */ (items.filter(Boolean)), isText && maySend ? this.#quick(message, target) : nothing);
  }

  /** @param {Message} message */
  #copy(message) {
    this.#try(() => navigator.clipboard.writeText(message.content));
  }

  /** @param {Message} message */
  #askDelete(message) {
    const { t } = this.#page;
    const conversation = this.thread?.conversation;
    const mayForAll = !message.deleted_at && (message.is_own_message || conversation?.permissions.delete_any);
    /** @param {"everyone" | "me"} scope */
    const remove = (scope) => {
      this.dialog.close();
      this.#try(async () => this.thread?.remove(message.id, scope));
    };
    this.dialog.open(
      t("delete.title"),
      () => html`<p>${t("delete.question")}</p>
        <div class="dialog-actions">
          <button type="button" class="button" autofocus @click=${() => this.dialog.close()}>${t("composer.cancel")}</button>
          <button type="button" class="button" data-dc="delete-me" @click=${() => remove("me")}>${t("delete.forMe")}</button>
          ${mayForAll
            ? html`<button type="button" class="button danger" data-dc="delete-everyone" @click=${() => remove("everyone")}>
                ${t("delete.forEveryone")}
              </button>`
            : nothing}
        </div>`,
    );
  }

  /** @param {string} id */
  #nameOf(id) {
    const { chat, t } = this.#page;
    if (id === chat.me?.id) return t("message.you");
    const member = this.thread?.conversation?.members.find((one) => one.user_id === id);
    const said = this.thread?.items.find(({ message }) => message.sender_id === id);
    return member?.name ?? said?.message.sender ?? t("system.someone");
  }

  /** @param {Message} message */
  #showReactions(message) {
    const { t } = this.#page;
    this.dialog.open(
      t("reactions.title"),
      () => html`<ul class="people-list" role="list">
        ${message.reactions.map(
          (one) =>
            html`<li class="member"><span class="emoji">${one.emoji}</span>
              <span class="person-name"><bdi>${one.user_ids.map((id) => this.#nameOf(id)).join(", ")}</bdi>
                ${one.count > one.user_ids.length
                  ? html`<span class="muted">${t("reactions.others", { count: one.count - one.user_ids.length })}</span>`
                  : nothing}</span></li>`,
        )}
      </ul>`,
    );
  }

  /** @param {Message} message */
  #showReceipts(message) {
    const { t } = this.#page;
    this.dialog.open(t("receipts.title"), () => {
      const readers = this.thread?.receipts.read(message.seq) ?? [];
      return readers.length
        ? html`<ul class="people-list" role="list">
            ${readers.map((user) => html`<li class="member"><span class="person-name"><bdi>${user.name || this.#nameOf(user.id)}</bdi></span></li>`)}
          </ul>`
        : html`<p>${t("receipts.nobody")}</p>`;
    });
  }

  /** @param {Message} message */
  #reveal(message) {
    const { t, config } = this.#page;
    this.#try(async () => {
      const answer = await fetch(`${config.api_url}messages/${message.id}/?reveal=1`, {
        credentials: "same-origin",
        headers: { Accept: "application/json" },
      });
      const found = await answer.json();
      this.dialog.open(found.sender ?? t("message.blocked"), () => html`<p class="revealed" dir="auto">${found.content}</p>`);
    });
  }

  async #learnBlocked() {
    this.#knowsBlocked = true;
    const found = await this.#page.chat.contacts.blocked().catch(() => null);
    if (!found) return;
    this.#blocked = new Set(found.results.map(({ user }) => user.id));
    this.host.requestUpdate();
  }

  /**
   * @param {string} userId
   * @param {string} name
   */
  #askBlock(userId, name) {
    const { t, chat } = this.#page;
    this.dialog.open(
      t("people.block", { name }),
      () => html`<p>${t("people.blockQuestion", { name })}</p>
        <div class="dialog-actions">
          <button type="button" class="button" autofocus @click=${() => this.dialog.close()}>${t("composer.cancel")}</button>
          <button
            type="button"
            class="button danger"
            data-dc="confirm-block"
            @click=${() => {
              this.dialog.close();
              this.#try(async () => {
                await chat.contacts.block(userId);
                await this.#learnBlocked();
              });
            }}
          >
            ${t("people.blockShort")}
          </button>
        </div>`,
    );
  }

  #unblock() {
    const { chat } = this.#page;
    const conversation = this.thread?.conversation;
    const partner = conversation && partnerOf(conversation, chat.me?.id);
    if (!partner) return;
    this.#try(async () => {
      await chat.contacts.unblock(partner.user_id);
      // What it permits may have been read while the block stood.
      await chat.conversations.createDirect(partner.user_id);
      await this.#learnBlocked();
      const { id } = this;
      this.error = "again";
      if (id) await this.open(id);
    });
  }

  #showDetails() {
    const { id } = this;
    if (id === null) return;
    const details = new Details(this.host, id, {
      onBlock: (userId, name) => {
        this.dialog.close();
        this.#askBlock(userId, name);
      },
      onLeft: () => {
        this.dialog.close();
        this.onBack?.();
      },
    });
    this.dialog.open(this.thread?.conversation?.title ?? "", () => details.template());
  }

  // ---- What is drawn

  template() {
    if (this.host.page === null) return nothing;
    const { t } = this.#page;
    if (this.id === null) return nothing;
    if (this.error) {
      return html`<section class="thread" part="thread">
        ${this.#head()}
        <div class="problem" role="alert">
          ${glyph("warning")}
          <p>${errorText(t, this.error)}</p>
          <button type="button" class="button" @click=${() => this.id && this.open(this.id)}>${t("thread.tryAgain")}</button>
        </div>
      </section>`;
    }
    return html`<section class="thread" part="thread" aria-busy=${this.isLoading ? "true" : "false"} data-dc="thread">
      ${this.#head()}
      <slot name="thread-banner"></slot>
      <div class="scroller" ${ref(this.#scroller)} data-dc="scroller" ?hidden=${this.isLoading}></div>
      ${this.isLoading ? this.#skeleton() : nothing} ${this.#empty()}
      <div class="typing" data-dc="typing">${this.#typing()}</div>
      ${this.#composer()} ${this.menu.template()} ${this.emoji.template()}
    </section>`;
  }

  #composer() {
    const conversation = this.thread?.conversation;
    const partner = conversation && partnerOf(conversation, this.#page.chat.me?.id);
    this.composer.isBlockedByMe = partner !== undefined && this.#blocked.has(partner.user_id);
    return this.composer.template();
  }

  #head() {
    const { t, chat } = this.#page;
    const conversation = this.thread?.conversation ?? (this.id ? chat.conversations.get(this.id) : undefined);
    const partner = conversation && partnerOf(conversation, chat.me?.id);
    const status = partner && chat.presence.get(partner.user_id);
    return html`<header class="bar thread-head" part="header" data-dc="header">
      ${this.onBack
        ? html`<button type="button" class="round back" title=${t("thread.back")} aria-label=${t("thread.back")} @click=${this.onBack} data-dc="back">
            ${glyph("back")}
          </button>`
        : nothing}
      ${conversation
        ? html`<h2 class="head-line"><button type="button" class="head-button" @click=${this.#showDetails.bind(this)} data-dc="open-details">
            ${faceOf(conversation, chat.me?.id, status?.status)}
            <span class="head-text">
              <span class="bar-title"><bdi>${conversation.title}</bdi></span>
              <span class="muted">${this.#standing(conversation, status)}</span>
            </span>
          </button></h2>`
        : html`<span class="bar-title"></span>`}
      ${conversation?.context
        ? html`<a class="context" href=${conversation.context.url ?? nothing} data-dc="context"><bdi>${conversation.context.label}</bdi></a>`
        : nothing}
      <slot name="header-end"></slot>
    </header>`;
  }

  /**
   * @param {import("../../client/types").Conversation} conversation
   * @param {import("../../client/types").Presence | undefined} presence
   */
  #standing(conversation, presence) {
    const { t, chat, config } = this.#page;
    if (conversation.kind === "group") return t("thread.members", { count: conversation.member_count });
    if (!presence || chat.state !== "live") return "";
    if (presence.status !== "offline") return t(`presence.${presence.status}`);
    if (!presence.last_seen) return "";
    const seen = new Date(presence.last_seen);
    const isToday = seen.toDateString() === new Date().toDateString();
    const time = isToday
      ? seen.toLocaleTimeString(config.locale, { hour: "2-digit", minute: "2-digit" })
      : seen.toLocaleDateString(config.locale, { day: "numeric", month: "short" });
    return t("presence.lastSeen", { time });
  }

  #typing() {
    const { t } = this.#page;
    const names = this.thread?.typing.map((user) => user.name || this.#nameOf(user.id)) ?? [];
    const [one, two, three] = names;
    if (one === undefined) return nothing;
    const text =
      three !== undefined
        ? t("typing.several")
        : two !== undefined
          ? t("typing.two", { one, two })
          : t("typing.one", { one });
    return html`<span class="dots" aria-hidden="true"><i></i><i></i><i></i></span><bdi>${text}</bdi>`;
  }

  #empty() {
    if (this.isLoading || this.thread?.items.length || this.thread?.hasOlder) return nothing;
    return html`<slot name="empty-thread"><div class="empty empty-thread">${glyph("chat")}<p>${this.#page.t("thread.empty")}</p></div></slot>`;
  }

  #skeleton() {
    return html`<div class="skeletons scroller" role="status">
      <span class="hidden">${this.#page.t("thread.loading")}</span>
      ${["", "own", "", "", "own"].map((kind) => html`<div class="skeleton-bubble ${kind}" aria-hidden="true"></div>`)}
    </div>`;
  }
}
