/** A conversation that is open: what is at hand of it, and everything one does in it. */

/** @import {Ack, Change, Conversation, Core, Draft, HistoryPage, Item, Member, Message, MessageFrame, MessageRow, Pending, ServerFrame, Subscribed, Thread, User} from "./types" */
import { compare } from "./changes.js";
import { HISTORY_PAGE, OWED_MS, RECEIPT_MS, RELOAD_MS } from "./constants.js";
import { asChatError } from "./errors.js";
import { createFeed } from "./feed.js";
import { deleted, edited, patched, reacted } from "./optimistic.js";
import { createReceipts } from "./receipts.js";
import { createTimers } from "./timers.js";
import { createTyping } from "./typing.js";
import { createEmitter } from "./events.js";
import { createWindow, isFull, quotationOf } from "./window.js";

/**
 * What a thread needs of the rest of the client.
 *
 * @typedef {object} Surroundings
 * @property {(action: string, fields: Record<string, unknown>, method: string, path: string) => Promise<any>} perform
 * @property {ReturnType<typeof import("./conversations.js").createConversations>} conversations
 * @property {ReturnType<typeof import("./outbox.js").createOutbox>} outbox
 * @property {ReturnType<typeof import("./drafts.js").createDrafts>} drafts
 * @property {(seq: number) => void} read tells other tabs how far the reader has read
 * @property {(frame: ServerFrame) => void} applied tells applications, and the list
 * @property {() => void} closed
 */

/**
 * @param {Core} core
 * @param {string} id
 * @param {Surroundings} around
 */
export function createThread(core, id, { perform, conversations, outbox, drafts, read, applied, closed }) {
  const me = () => core.me?.id;
  const conversation = () => conversations.shown.get(id);
  const window = createWindow(me, outbox.take);
  /** @type {Set<import("./optimistic.js").Patch>} */
  const patches = new Set();
  const listeners = createEmitter(core.log);
  /** @type {Item[]} */
  let items = [];
  let holders = 0;
  let isLoading = true;
  /** History that was asked for before a reset is not used after it. */
  let serial = 0;
  let isAnew = false;
  const timers = createTimers(core.setTimer);
  /** Commands on one message go one after the other.
   * @type {Map<string, Promise<unknown>>} */
  const queues = new Map();

  const receipts = createReceipts(
    me,
    person,
    (seq) => items.find((item) => item.message.seq > seq)?.message.seq ?? Infinity,
  );
  const typing = createTyping(core, id, person, () => tell({ type: "typing", users: typing.users() }));
  const feed = createFeed(core, id, apply, reload, finish, take);

  /**
   * @param {string} userId
   * @returns {User}
   */
  function person(userId) {
    const said = items.find(({ message }) => message.sender_id === userId)?.message.sender;
    const stranger = { name: said ?? "", username: "", avatar_url: null };
    const { name, username, avatar_url } = conversations.member(id, userId) ?? stranger;
    return { id: userId, name, username, avatar_url };
  }

  // ---- What is shown

  /** @param {...Change} changes */
  function tell(...changes) {
    if (changes.length) listeners.emit("changes", changes);
  }

  /** @returns {Item[]} */
  function current() {
    const before = new Map(items.map((item) => [item.key, item]));
    /**
     * @param {string} key
     * @param {Message} message
     * @param {Item["state"]} state
     * @param {Item["error"]} error
     */
    const item = (key, message, state, error) => {
      const old = before.get(key);
      const isSame = old?.message === message && old.state === state && old.error === error;
      return isSame && old ? old : { key, message, state, error };
    };
    const now = [];
    for (const { key, message } of window.rows()) {
      if (window.hidden.has(message.id) || !isFull(message)) continue;
      const view = patched(patches, message);
      if (view) now.push(item(key, view, "sent", null));
    }
    for (const one of outbox.of(id)) {
      const old = before.get(one.clientId);
      const message = old && !old.message.id ? old.message : draftOf(one);
      now.push(item(one.clientId, message, one.state, one.error));
    }
    return now;
  }

  /** Shows what has become of it all. */
  function commit() {
    const before = items;
    items = current();
    tell(...compare(before, items));
  }

  /**
   * A message that is not stored, in the form of one that is.
   *
   * @param {Pending} pending
   * @param {Partial<Ack>} [ack]
   * @returns {Message}
   */
  function draftOf(pending, ack = {}) {
    return {
      id: ack.id ?? "",
      conversation_id: id,
      seq: ack.seq ?? 0,
      // Not the whole message: the frame that follows must still be applied.
      rev: 0,
      version: 1,
      client_id: pending.clientId,
      sender: core.me?.name ?? "",
      sender_id: me() ?? null,
      content: pending.content,
      timestamp: ack.timestamp ?? new Date(pending.createdAt).toISOString(),
      kind: "text",
      reply_to: pending.replyTo,
      mentions: pending.mentions ?? [],
      reactions: [],
      edited_at: null,
      deleted_at: null,
      deleted_by: null,
      system: null,
      extra: pending.extra ?? {},
      is_own_message: true,
    };
  }

  // ---- What the server says

  /**
   * Applies a durable frame, from wherever it came; again is no change.
   *
   * @param {ServerFrame} frame
   */
  function apply(frame) {
    if (frame.type === "message" || frame.type === "message_updated") {
      const isNew = put(frame);
      if (!window.hasNewer) window.trimOldest();
      if (isNew && isFull(frame)) {
        if (frame.sender_id) typing.end(frame.sender_id);
        const isRead = frame.type === "message" && frame.sender_id;
        if (isRead && receipts.note(isRead, frame.seq)) tell({ type: "receipts" });
        if (!frame.is_own_message) tellDelivered();
      }
      commit();
      if (isNew || window.hasNewer) applied(frame);
    } else {
      if (frame.type === "conversation_updated") {
        frame.members_removed?.forEach(receipts.forget);
        receipts.noteAll(frame.members_added);
      }
      applied(frame);
    }
  }

  /**
   * @param {MessageRow | MessageFrame} message
   * @returns {boolean} whether it was news
   */
  function put(message) {
    return !isAnew && window.upsert(message);
  }

  /** @param {Subscribed} frame */
  function take(frame) {
    frame.hidden.forEach((one) => window.hidden.add(one));
    receipts.clear();
    receipts.noteAll(frame.members_read);
    typing.reset(frame.typing);
    commit();
    tell({ type: "receipts" });
    // History may have been loaded before there was a socket to say so.
    tellDelivered();
  }

  /** @param {string} reason */
  function finish(reason) {
    thread.ended = reason;
    feed.stop();
    tell({ type: "state" });
  }

  function tellDelivered() {
    if (timers.has("delivered") || !core.features.includes("delivery")) return;
    timers.set("delivered", RECEIPT_MS, () =>
      core.send({ type: "delivered", conversation_id: id, up_to_seq: window.last() }),
    );
  }

  // ---- History

  /** @param {Record<string, number>} where */
  const history = (where) =>
    core.call("GET", `conversations/${id}/messages/`, { limit: HISTORY_PAGE, ...where });

  /**
   * Loads a page in place of what is at hand.
   *
   * @param {Record<string, number>} where
   * @returns {Promise<void>}
   */
  async function open(where) {
    const own = ++serial;
    await window.load(history(where), (/** @type {HistoryPage} */ page) => {
      if (own !== serial) return;
      window.replace(page, { anew: isAnew });
      isLoading = isAnew = false;
      thread.ended = null;
      timers.delete("reload");
      if (feed.position() === null) feed.start(page.rev);
      items = current();
      tell({ type: "reset", items }, { type: "state" });
      tellDelivered();
    });
  }

  /** The history cannot be continued: loads it anew, where the reader is. */
  async function reload() {
    feed.stop();
    isLoading = true;
    tell({ type: "state" });
    const rows = window.rows();
    const middle = rows[rows.length >> 1]?.message.seq;
    try {
      await open(window.hasNewer && !isAnew && middle ? { around_seq: middle } : {});
      // A jump has taken its place, and may fail.
      if (isLoading) timers.set("reload", RELOAD_MS, reload);
    } catch (thrown) {
      const error = asChatError(thrown);
      if (!isLoading) return;
      if (error.temporary) timers.set("reload", error.retryAfterMs ?? RELOAD_MS, reload);
      else finish(error.code);
    }
  }

  /** @type {Map<boolean, Promise<void>>} */
  const paging = new Map();
  /**
   * @param {boolean} isOlder
   * @param {number} limit
   */
  function extend(isOlder, limit) {
    const edge = isOlder ? window.first : window.last;
    const from = edge();
    const own = serial;
    const page = window
      .load(history({ [isOlder ? "before_seq" : "after_seq"]: from, limit }), (found) => {
        // Meanwhile the window may have moved away from there.
        if (own !== serial || edge() !== from) return;
        window.extend(found, isOlder);
        commit();
        tell({ type: "state" });
      })
      .finally(() => paging.delete(isOlder));
    paging.set(isOlder, page);
    return page;
  }

  // ---- What the reader does

  /**
   * Shows a change at once, and takes it back when the server refuses it.
   *
   * @param {string} messageId
   * @param {import("./optimistic.js").Alteration} alter
   * @param {() => Promise<any>} ask
   */
  async function change(messageId, alter, ask) {
    const { epoch } = core;
    const patch = { id: messageId, alter, until: Infinity };
    patches.add(patch);
    commit();
    const turn = (queues.get(messageId) ?? Promise.resolve()).then(ask, ask);
    queues.set(messageId, turn);
    let rev = 0;
    try {
      const answer = await turn;
      if (answer?.content !== undefined && core.epoch === epoch) put(answer);
      rev = answer?.rev ?? 0;
    } finally {
      patch.until = rev;
      if (queues.get(messageId) === turn) queues.delete(messageId);
      commit();
    }
  }

  /**
   * @param {string} messageId
   * @param {string} emoji
   * @param {boolean} isOn
   */
  function react(messageId, emoji, isOn) {
    const fields = { message_id: messageId, emoji, op: isOn ? "add" : "remove" };
    return change(messageId, reacted(emoji, isOn, me() ?? ""), () =>
      perform("react", fields, "POST", `messages/${messageId}/reactions/`),
    );
  }

  let readUpTo = 0;
  let isReading = false;
  /** Tells how far the reader has read: at once, then once a second. */
  async function tellRead() {
    if (isReading) return;
    isReading = true;
    const up_to_seq = readUpTo;
    let isOwed = false;
    try {
      await perform("read", { conversation_id: id, up_to_seq }, "POST", `conversations/${id}/mark_read/`);
    } catch (error) {
      isOwed = asChatError(error).temporary;
    }
    timers.set("read", isOwed ? OWED_MS : RECEIPT_MS, () => {
      isReading = false;
      if (isOwed || readUpTo > up_to_seq) tellRead();
    });
  }

  const now = () => new Date(core.now()).toISOString();

  /** @type {{-readonly [K in keyof Thread]: Thread[K]}} */
  const thread = {
    id,
    get conversation() {
      return conversation();
    },
    get items() {
      return items;
    },
    get hasOlder() {
      return window.hasOlder;
    },
    get hasNewer() {
      return window.hasNewer;
    },
    get loading() {
      return isLoading;
    },
    ended: null,
    get typing() {
      return typing.users();
    },
    firstUnreadSeq: null,
    receipts: receipts.shown,

    async loadOlder(n = HISTORY_PAGE) {
      if (window.hasOlder) await (paging.get(true) ?? extend(true, n));
    },

    async loadNewer(n = HISTORY_PAGE) {
      if (window.hasNewer) await (paging.get(false) ?? extend(false, n));
    },

    async jumpTo(place) {
      let seq = place;
      if (typeof seq === "string") {
        const known = window.get(seq)?.message;
        seq = (known ?? (await core.call("GET", `messages/${seq}/`))).seq;
      }
      const isHere = window.rows().some(({ message }) => message.seq === seq);
      if (!isHere) await open({ around_seq: Number(seq) });
    },

    async jumpToLatest() {
      if (window.hasNewer) await open({});
    },

    send(message) {
      const { replyTo } = message;
      const original = replyTo && window.get(replyTo)?.message;
      typing.tell(false);
      drafts.drop(id);
      tell({ type: "draft", draft: drafts.get(id) });
      const unseen = replyTo ? { id: replyTo, seq: 0, sender: "", excerpt: "" } : null;
      const pending = outbox.add(id, message, original && isFull(original) ? quotationOf(original) : unseen);
      thread.jumpToLatest().catch(core.ignore);
      return pending;
    },

    edit(messageId, content, mentions) {
      const known = window.get(messageId)?.message;
      const base_version = known && isFull(known) && known.rev ? known.version : undefined;
      const fields = { message_id: messageId, content, mentions, base_version };
      return change(messageId, edited(content, now()), () =>
        perform("edit_message", fields, "PATCH", `messages/${messageId}/`)
          .catch((error) => {
            // An earlier attempt got through, and only its answer was lost.
            if (error.code === "stale_revision" && error.detail.content === content) return null;
            throw error;
          }),
      );
    },

    async remove(messageId, scope = "everyone") {
      const fields = { message_id: messageId, scope };
      const path = `messages/${messageId}/?scope=${scope}`;
      await change(messageId, scope === "me" ? () => null : deleted(now()), async () => {
        const answer = await perform("delete_message", fields, "DELETE", path);
        if (scope === "me") window.hidden.add(messageId);
        return answer;
      });
    },

    react: (messageId, emoji) => react(messageId, emoji, true),
    unreact: (messageId, emoji) => react(messageId, emoji, false),
    setTyping: typing.tell,

    markRead(seq = conversation()?.seq ?? window.last()) {
      const { read_seq = 0, marked_unread } = conversation() ?? {};
      if (seq <= Math.max(readUpTo, read_seq) && !marked_unread) return;
      readUpTo = Math.max(readUpTo, seq);
      conversations.read(id, seq);
      read(seq);
      tellRead();
    },

    draft: {
      get: () => drafts.get(id),
      set: (text, replyTo = null) => drafts.set(id, { text, replyTo }),
    },

    subscribe: (fn) => listeners.on("changes", fn),

    close() {
      drafts.leave(id);
      if (--holders > 0) return;
      feed.stop();
      typing.stop();
      serial++;
      timers.clear();
      core.send({ type: "unsubscribe", conversations: [id] });
      closed();
    },
  };

  return {
    thread,
    feed,
    apply,
    commit,
    tell,

    /**
     * Loads what the reader wants to see first.
     *
     * @param {"unread" | "latest" | number} at
     */
    async open(at) {
      holders++;
      await drafts.load();
      const { unread_count, read_seq = 0, members } = conversation() ?? {};
      const unread = unread_count ? read_seq + 1 : null;
      if (holders > 1 && at === "latest") return thread.jumpToLatest();
      thread.firstUnreadSeq = unread;
      const place = at === "unread" ? unread : at === "latest" ? null : at;
      receipts.noteAll(members);
      if (holders > 1) return place === null ? undefined : thread.jumpTo(place);
      await open(place === null ? {} : { around_seq: place });
    },

    /** Forgets everything: numbers begin anew, or the reader is let in again. */
    reset() {
      isAnew = true;
      patches.clear();
      receipts.clear();
      return reload();
    },
    reload,
    finish,

    /**
     * Shows as stored what was pending.
     *
     * @param {Pending} pending
     * @param {Ack | Message} answer
     */
    confirm(pending, answer) {
      put("content" in answer ? answer : draftOf(pending, answer));
      commit();
    },

    /** @param {string} messageId */
    hide(messageId) {
      window.hidden.add(messageId);
      commit();
    },

    /** @param {Extract<ServerFrame, {type: "read" | "delivered" | "typing"}>} frame */
    hear(frame) {
      if (frame.type === "typing") return typing.hear(frame);
      const read = frame.type === "read" ? frame.up_to_seq : 0;
      if (receipts.note(frame.user_id, read, frame.up_to_seq)) tell({ type: "receipts" });
    },
  };
}
