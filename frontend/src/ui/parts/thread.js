/** A conversation that is open: its head, its messages, and where one writes. */

import { html, nothing } from "lit";
import { createRef, ref } from "lit/directives/ref.js";
import { createMessageList } from "../thread/list.js";
import { MessageActions } from "./actions.js";
import { Composer } from "./composer.js";
import { errorText } from "./errors.js";
import { partnerOf } from "./face.js";
import { threadHead } from "./head.js";
import { glyph } from "./icons.js";
import { isUnread } from "./rowmenu.js";

/** @typedef {import("../../client/types").Item} Item */
/** @typedef {import("../../client/types").Thread} Thread */
/** @typedef {import("../../client/types").Change} Change */

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
  /** As it was when the reader was still in it.
   * @type {import("../../client/types").Conversation | undefined} */
  #known;
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
   * @param {object} options
   * @param {(() => void) | null} options.onBack Null where there is no list to go back to.
   */
  constructor(host, { onBack }) {
    this.host = host;
    this.onBack = onBack;
    this.actions = new MessageActions(this);
    this.composer = new Composer(host, {
      lastOwn: () => this.actions.lastOwn(),
      onUnblock: () => this.#unblock(),
      onEscape: () => this.#markRead(),
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
    this.#end();
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
    if (!this.thread) return this.host.drawer.close();
    // Beside the conversation it goes along.
    if (this.host.drawer.isOpen) this.#showDetails();
    await this.host.updateComplete;
    if (serial === this.#serial) this.#mount(this.thread);
  }

  close() {
    this.#end();
    this.host.drawer.close();
  }

  #end() {
    // What waits to be deleted is of this conversation.
    this.host.toast.settle();
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
    this.#known = undefined;
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
      onAction: (name, detail) => this.actions.run(name, detail),
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
        this.host.announcer.say(this.#page.t("state.failed"), { isUrgent: true });
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
    this.host.announcer.message(message.sender, message.content, (count) => t("announce.messages", { count }));
    this.host.tell("dc-message", { message });
  }

  /** @param {string} id */
  jumpTo(id) {
    this.host.attempt(async () => {
      if (this.#list?.jumpTo(id)) return;
      await this.thread?.jumpTo(id);
      this.#list?.jumpTo(id);
    });
  }

  jumpToUnread() {
    const seq = this.thread?.firstUnreadSeq;
    if (!seq) return;
    this.host.attempt(async () => {
      await this.thread?.jumpTo(seq);
      this.#list?.jumpTo(seq);
    });
  }

  /**
   * Takes a message off the screen, or puts it back.
   *
   * @param {string} id
   * @param {boolean} isHidden
   */
  hide(id, isHidden) {
    this.#list?.hide(id, isHidden);
  }

  /** @returns {boolean} Whether there was something to mark. */
  #markRead() {
    const conversation = this.thread?.conversation;
    const hasNews = conversation !== undefined && isUnread(conversation);
    this.thread?.markRead();
    return hasNews;
  }

  /** @param {string} id */
  nameOf = (id) => {
    const { chat, t } = this.#page;
    if (id === chat.me?.id) return t("message.you");
    const member = this.thread?.conversation?.members.find((one) => one.user_id === id);
    const said = this.thread?.items.find(({ message }) => message.sender_id === id);
    return member?.name ?? said?.message.sender ?? t("system.someone");
  };

  async #learnBlocked() {
    this.#knowsBlocked = true;
    const found = await this.#page.chat.contacts.blocked().catch(() => null);
    if (!found) return;
    this.#blocked = new Set(found.results.map(({ user }) => user.id));
    this.host.requestUpdate();
  }

  #unblock() {
    const { chat } = this.#page;
    const conversation = this.thread?.conversation;
    const partner = conversation && partnerOf(conversation, chat.me?.id);
    if (!partner) return;
    this.host.attempt(async () => {
      await chat.contacts.unblock(partner.user_id);
      // What it permits may have been read while the block stood.
      await chat.conversations.createDirect(partner.user_id);
      await this.#learnBlocked();
      const { id } = this;
      this.error = "again";
      if (id) await this.open(id);
    });
  }

  async #showDetails() {
    const { host } = this;
    const { chat } = this.#page;
    const extra = await host.extra();
    const { id } = this;
    if (extra === null || id === null) return;
    const details = new extra.Details(host, id, {
      onBlock: (userId, name) => {
        if (!host.drawer.isBeside) host.drawer.close();
        extra.askToBlock(host, name, () =>
          host.attempt(async () => {
            await chat.contacts.block(userId);
            await this.#learnBlocked();
          }),
        );
      },
      onLeft: () => {
        host.drawer.close();
        this.onBack?.();
      },
    });
    host.drawer.open(this.thread?.conversation?.title ?? "", () => details.template());
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
      ${this.#composer()}
    </section>`;
  }

  #composer() {
    const conversation = this.thread?.conversation;
    const partner = conversation && partnerOf(conversation, this.#page.chat.me?.id);
    this.composer.isBlockedByMe = partner !== undefined && this.#blocked.has(partner.user_id);
    return this.composer.template();
  }

  #head() {
    const { chat } = this.#page;
    const { drawer } = this.host;
    const conversation = this.thread?.conversation ?? (this.id ? chat.conversations.get(this.id) : undefined);
    this.#known = conversation ?? this.#known;
    return threadHead(this.#page, {
      conversation: this.#known,
      isMember: conversation !== undefined,
      isOpen: drawer.isOpen,
      onBack: this.onBack,
      onDetails: () => (drawer.isOpen ? drawer.close() : this.#showDetails()),
    });
  }

  #typing() {
    const { t } = this.#page;
    const names = this.thread?.typing.map((user) => user.name || this.nameOf(user.id)) ?? [];
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
