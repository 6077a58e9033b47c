/** What one does with a message: its menu, its keys, and the buttons of its row. */

import { nothing } from "lit";
import { csrfToken } from "../config.js";
import { quickReactions } from "./reactions.js";

/** @typedef {import("../../client/types").Message} Message */
/** @typedef {import("../thread/list.js").ActionDetail} ActionDetail */
/** @typedef {import("./menu.js").MenuItem} MenuItem */

/** So long "delete for me" can be taken back. */
const UNDO_MS = 5_000;

export class MessageActions {
  /** @param {import("./thread.js").ThreadView} view */
  constructor(view) {
    this.view = view;
    this.host = view.host;
  }

  get #page() {
    return /** @type {import("../page.js").Page} */ (this.host.page);
  }

  get #thread() {
    return this.view.thread;
  }

  /** @param {(extra: import("../extra.js").Extra) => unknown} work */
  #withExtra(work) {
    this.host.attempt(async () => {
      const extra = await this.host.extra();
      if (extra) await work(extra);
    });
  }

  lastOwn() {
    return (
      this.#thread?.items.findLast(({ message, state }) => state === "sent" && this.#mayEdit(message))?.message ?? null
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
      (this.#thread?.conversation?.permissions.edit_own ?? false) &&
      age < windowSeconds
    );
  }

  /**
   * @param {string} name
   * @param {ActionDetail} detail
   */
  run(name, { item, target, emoji }) {
    const thread = this.#thread;
    const { composer } = this.view;
    const { outbox } = this.#page.chat;
    if (!thread) return;
    const message = item?.message;
    if (name === "jump-to-latest") this.host.attempt(() => thread.jumpToLatest());
    else if (name === "jump-to-unread") this.view.jumpToUnread();
    else if (name === "mark-read") thread.markRead();
    else if (!item || !message) return;
    else if (name === "reply") composer.reply(message);
    else if (name === "edit") composer.edit(message);
    else if (name === "delete") this.#delete(message);
    else if (name === "menu") this.#openMenu(message, target);
    else if (name === "react") this.host.menu.open(target, [], this.#quick(message, target));
    else if (name === "toggle-reaction" && emoji) this.#toggle(message, emoji);
    else if (name === "reactions") this.#withExtra((extra) => extra.showReactions(this.host, message, this.view.nameOf));
    else if (name === "receipts") this.#showReaders(message);
    else if (name === "jump-to-original" && message.reply_to) this.view.jumpTo(message.reply_to.id);
    else if (name === "reveal") this.#withExtra((extra) => extra.reveal(this.host, message));
    else if (name === "retry") outbox.retry(item.key);
    else if (name === "discard") outbox.discard(item.key);
    else if (name === "edit-failed") {
      outbox.discard(item.key);
      composer.insert(message.content);
    }
  }

  /**
   * @param {Message} message
   * @param {string} emoji
   */
  #toggle(message, emoji) {
    const hasIt = message.reactions.some((one) => one.emoji === emoji && one.me);
    this.host.attempt(async () => {
      await (hasIt ? this.#thread?.unreact(message.id, emoji) : this.#thread?.react(message.id, emoji));
    });
  }

  /**
   * @param {Message} message
   * @param {HTMLElement | null} target
   */
  #quick(message, target) {
    const { menu } = this.host;
    return quickReactions(
      this.#page.t,
      message,
      (emoji) => {
        menu.close();
        this.#toggle(message, emoji);
      },
      () => {
        menu.close();
        this.#withExtra((extra) => extra.openEmoji(this.host, target, (emoji) => this.#toggle(message, emoji)));
      },
    );
  }

  /**
   * @param {Message} message
   * @param {HTMLElement | null} target
   */
  #openMenu(message, target) {
    const { t, chat } = this.#page;
    const { composer } = this.view;
    const conversation = this.#thread?.conversation;
    const maySend = conversation?.permissions.send ?? false;
    const isText = message.kind === "text" && !message.deleted_at && message.hidden !== "blocked";
    /** @type {(MenuItem | false)[]} */
    const items = [
      isText && maySend && { name: "reply", label: t("action.reply"), icon: "reply", run: () => composer.reply(message) },
      isText && { name: "copy", label: t("action.copy"), icon: "copy", run: () => this.#copy(message) },
      this.#mayEdit(message) && { name: "edit", label: t("action.edit"), icon: "pencil", run: () => composer.edit(message) },
      {
        name: "unread",
        label: t("action.markUnread"),
        icon: "unread",
        run: () => this.host.attempt(() => chat.conversations.markUnread(message.conversation_id, message.seq)),
      },
      message.is_own_message &&
        conversation?.kind === "group" && {
          name: "info",
          label: t("action.info"),
          icon: "info",
          run: () => this.#showReaders(message),
        },
      {
        name: "delete",
        label: t("action.delete"),
        icon: "trash",
        isDangerous: true,
        run: () => this.#delete(message),
      },
    ];
    this.host.menu.open(
      target,
      /** @type {MenuItem[]} */ (items.filter(Boolean)),
      isText && maySend ? this.#quick(message, target) : nothing,
    );
  }

  /** @param {Message} message */
  #copy(message) {
    this.host.attempt(() => navigator.clipboard.writeText(message.content));
  }

  /** @param {Message} message */
  #showReaders({ seq }) {
    this.#withExtra((extra) => extra.showReaders(this.host, () => this.#thread?.receipts.read(seq) ?? [], this.view.nameOf));
  }

  /** @param {Message} message */
  #delete(message) {
    const thread = this.#thread;
    if (!thread) return;
    const mayForAll = !message.deleted_at && (message.is_own_message || thread.conversation?.permissions.delete_any);
    const forAll = mayForAll ? () => void this.host.attempt(() => thread.remove(message.id, "everyone")) : null;
    this.#withExtra((extra) => extra.askToDelete(this.host, forAll, () => this.#deleteForMe(thread, message.id)));
  }

  /**
   * Hides a message at once, and deletes it when there was time to think better of it.
   *
   * @param {import("../../client/types").Thread} thread
   * @param {string} id
   */
  #deleteForMe(thread, id) {
    const { t } = this.#page;
    this.view.hide(id, true);
    this.host.toast.show(t("delete.done"), {
      ms: UNDO_MS,
      action: { label: t("toast.undo"), run: () => this.view.hide(id, false) },
      onEnd: async (isLast) => {
        if (isLast) return this.#deleteLast(id);
        await this.host.attempt(() => thread.remove(id, "me"));
        // What could not be deleted is shown again.
        this.view.hide(id, false);
      },
    });
  }

  /**
   * Deletes with a request that outlives the page.
   *
   * @param {string} id
   */
  #deleteLast(id) {
    const { config } = this.#page;
    fetch(`${config.api_url}messages/${id}/?scope=me`, {
      method: "DELETE",
      keepalive: true,
      headers: { [config.csrf.header]: csrfToken(config) },
    }).catch(() => {});
  }
}
