/** Messages that the server has not confirmed. They are sent in order, until they are. */

/** @import {Ack, Chat, Core, Message, NewMessage, Pending, Reply} from "./types" */
import { RETRY_MAX_MS, RETRY_MS, STALE_MS } from "./constants.js";
import { ChatError, asChatError, passing } from "./errors.js";
import { createTimers } from "./timers.js";

/**
 * @param {Core} core
 * @param {ReturnType<typeof import("./commands.js").createCommands>["either"]} either
 * @param {(conversationId: string) => void} changed
 * @param {(pending: Pending, answer: Ack | Message) => void} confirmed by an ack, or by
 *     the message as it is stored
 */
export function createOutbox(core, either, changed, confirmed) {
  /** @type {Map<string, Pending>} */
  const items = new Map();
  /** What is being sent in each conversation, and what ends the wait for an answer.
   * @type {Map<string, () => void>} */
  const busy = new Map();
  /** Pauses before the next attempt in a conversation. */
  const pauses = createTimers(core.setTimer);

  const all = () => [...items.values()].sort((a, b) => a.createdAt - b.createdAt);
  /** @param {string} conversationId */
  const of = (conversationId) => all().filter((one) => one.conversationId === conversationId);

  /** @param {Pending} item */
  function tell(item) {
    changed(item.conversationId);
    core.emit("outbox", item);
  }

  /**
   * @param {Pending} item
   * @param {Partial<Pending>} change
   */
  function update(item, change) {
    Object.assign(item, change);
    tell(item);
  }

  /** @param {Pending} item */
  const keep = (item) => core.store.put("outbox", item.clientId, { ...item }).catch(core.ignore);

  /**
   * @param {Pending} item
   * @param {ChatError} error
   */
  function fail(item, { code, message }) {
    update(item, { state: "failed", error: { code, message } });
    keep(item);
  }

  /** @param {string} conversationId */
  async function flush(conversationId) {
    const canSend = core.isLive || core.state === "polling";
    if (busy.has(conversationId) || pauses.has(conversationId) || !canSend) return;
    const item = of(conversationId).find((one) => one.state === "queued");
    if (!item) return;
    if (core.now() - item.createdAt > STALE_MS) {
      fail(item, new ChatError({ code: "stale" }));
      return flush(conversationId);
    }
    const seenElsewhere = new Promise((resolve) => busy.set(conversationId, () => resolve(null)));
    update(item, { state: "sending", error: null });
    const { epoch } = core;
    try {
      const answer = await Promise.race([deliver(item), seenElsewhere]);
      // What was stored in another epoch may be lost.
      if (answer && epoch && core.epoch !== epoch) postpone(item, passing("disconnected"));
      else if (answer) confirm(item.clientId, answer);
    } catch (thrown) {
      const error = asChatError(thrown);
      if (items.get(item.clientId) === item && item.state === "sending") {
        if (error.temporary) postpone(item, error);
        else fail(item, error);
      }
    }
    busy.delete(conversationId);
    return flush(conversationId);
  }

  /** @param {Pending} item */
  function deliver({ clientId, conversationId, content, replyTo, mentions, extra, attempts }) {
    const fields = {
      conversation_id: conversationId,
      client_id: clientId,
      content,
      ...(replyTo && { reply_to: replyTo.id }),
      ...(mentions && { mentions }),
      ...(extra && { extra }),
    };
    const size = new TextEncoder().encode(JSON.stringify(fields)).length;
    // The rest of the frame is type and ref.
    if (size + 100 > (core.limits["frame_max"] ?? Infinity)) throw new ChatError({ code: "frame_too_large" });
    return either(attempts, "send_message", fields, "POST", `conversations/${conversationId}/messages/`);
  }

  /**
   * @param {Pending} item
   * @param {ChatError} error
   */
  function postpone(item, error) {
    const { conversationId, attempts } = item;
    if (error.code === "disconnected") return update(item, { state: "queued" });
    update(item, { state: "queued", attempts: attempts + 1 });
    const wait = error.retryAfterMs ?? Math.min(RETRY_MAX_MS, RETRY_MS * 2 ** attempts);
    pauses.set(conversationId, wait, () => flush(conversationId));
  }

  /**
   * Takes a message out, because it is stored or not wanted any more.
   *
   * @param {string} clientId
   * @returns {Pending | undefined}
   */
  function take(clientId) {
    const item = items.get(clientId);
    if (item) {
      items.delete(clientId);
      core.store.delete("outbox", clientId).catch(core.ignore);
      if (item.state === "sending") busy.get(item.conversationId)?.();
    }
    return item;
  }

  /**
   * @param {string} clientId
   * @param {Ack | Message} answer
   */
  function confirm(clientId, answer) {
    const item = take(clientId);
    if (!item) return;
    confirmed(item, answer);
    core.emit("outbox", item);
  }

  /** @param {Pending | undefined} item */
  function again(item) {
    if (item?.state !== "failed") return;
    update(item, { state: "queued", error: null, attempts: 0, createdAt: core.now() });
    keep(item);
    flush(item.conversationId);
  }

  /** Begins to send, after a connection has come. */
  function flushAll() {
    pauses.clear();
    for (const id of new Set(all().map((item) => item.conversationId))) flush(id);
  }

  return {
    of,
    take,
    confirm,
    flushAll,

    /** @type {Chat["outbox"]} */
    shown: {
      items: all,
      retry: (clientId) => again(items.get(clientId)),
      retryAll: () => all().forEach(again),
      discard(clientId) {
        const item = take(clientId);
        if (item) tell(item);
      },
    },

    /**
     * @param {string} conversationId
     * @param {NewMessage} message
     * @param {Reply | null} replyTo
     * @returns {Pending}
     */
    add(conversationId, { content, mentions, extra }, replyTo) {
      const last = of(conversationId).at(-1)?.createdAt ?? 0;
      /** @type {Pending} */
      const item = {
        clientId: newKey(core.random),
        conversationId,
        content,
        replyTo,
        mentions: mentions ?? null,
        extra: extra ?? null,
        // The time is also the order.
        createdAt: Math.max(core.now(), last + 0.001),
        state: "queued",
        attempts: 0,
        error: null,
      };
      items.set(item.clientId, item);
      keep(item);
      tell(item);
      flush(conversationId);
      return item;
    },

    /** Takes over what earlier pages have left unsent. */
    async adopt() {
      const left = /** @type {Pending[]} */ (await core.store.values("outbox"));
      for (const item of left) {
        if (items.has(item.clientId)) continue;
        items.set(item.clientId, item);
        update(item, item.state === "sending" ? { state: "queued" } : {});
      }
      flushAll();
    },

    /** The server's front closed the socket over a frame that was too large. */
    refuseSending() {
      for (const item of items.values()) {
        if (item.state === "sending") fail(item, new ChatError({ code: "frame_too_large" }));
      }
    },

    stop: pauses.clear,
  };
}

/**
 * A key that no other message has, in 32 hexadecimal digits.
 *
 * @param {() => number} random
 */
export function newKey(random) {
  return "x".repeat(32).replace(/x/g, () => Math.floor(random() * 16).toString(16));
}
