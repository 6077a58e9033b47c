/**
 * The cursor of a conversation: the highest `rev` up to which everything is known.
 *
 * A thread loads a page of history, which says its `rev`, and follows on from there. What
 * comes early waits for what is missing; what is missing is asked for.
 */

/** @import {CaughtUp, ChangesPage, Core, Durable, ErrorFrame, Subscribed} from "./types" */
import { GAP_MS, REPAIR_MS, SUBSCRIBE_MS } from "./constants.js";
import { asChatError } from "./errors.js";
import { createTimers } from "./timers.js";

/** The `ref` of `subscribe`, by which its errors are known. */
export const SUBSCRIBE = "subscribe";

/**
 * @param {Core} core
 * @param {string} id
 * @param {(frame: Durable) => void} apply must be harmless to repeat
 * @param {() => void} reload the history at hand cannot be continued
 * @param {(reason: string) => void} end
 * @param {(frame: Subscribed) => void} subscribed
 */
export function createFeed(core, id, apply, reload, end, subscribed) {
  /** @type {number | null} null while the history is not loaded */
  let cursor = null;
  /** @type {Map<number, Durable>} */
  const early = new Map();
  /** @type {{rev: number, expected: number, revs: Set<number>} | null} */
  let replay = null;
  let isListening = false;
  /** Whether this socket was asked before: then its answers cannot be told apart, and
   * what they leave out has to be asked for. */
  let wasAsked = false;
  let isSure = true;
  let isRepairing = false;
  /** How far the server says to have told. */
  let told = 0;
  /** An answer to a question of an earlier history is no answer. */
  let serial = 0;
  const timers = createTimers(core.setTimer);

  /** Forgets what was asked and not answered. */
  function reset() {
    isListening = false;
    replay = null;
    early.clear();
    timers.delete(SUBSCRIBE);
  }

  function stop() {
    serial++;
    cursor = null;
    told = 0;
    isRepairing = false;
    reset();
    timers.clear();
  }

  function subscribe() {
    if (cursor === null || !core.isLive) return;
    isSure = !wasAsked;
    wasAsked = true;
    reset();
    core.send({ type: SUBSCRIBE, ref: SUBSCRIBE, conversations: [{ id, after: cursor }] });
    timers.set(SUBSCRIBE, SUBSCRIBE_MS, subscribe);
  }

  /**
   * Applies what waited for everything up to `rev` to be known, and what follows it.
   *
   * @param {number} rev
   */
  function advance(rev) {
    if (cursor === null) return;
    cursor = Math.max(cursor, rev);
    for (const [one, frame] of [...early].sort(([a], [b]) => a - b)) {
      // To apply one may end it all.
      if (cursor === null || one > cursor + 1) break;
      cursor = Math.max(cursor, one);
      early.delete(one);
      apply(frame);
    }
    if (early.size) repairSoon(GAP_MS);
  }

  /** @param {number} ms */
  function repairSoon(ms) {
    if (!timers.has("repair")) timers.set("repair", ms, repair);
  }

  async function repair() {
    if (cursor === null || isRepairing) return;
    isRepairing = true;
    const own = serial;
    try {
      let after = cursor;
      for (let more = true; more; ) {
        /** @type {ChangesPage} */
        const page = await core.call("GET", `conversations/${id}/changes/`, { after });
        if (own !== serial || core.checkEpoch(page.epoch)) return;
        if (page.gap) return reload();
        page.events.forEach(apply);
        after = page.next_after;
        more = page.has_more;
      }
      // All that waited up to here has come again, in its latest form.
      for (const rev of early.keys()) if (rev <= after) early.delete(rev);
      isRepairing = false;
      advance(after);
      if (told > after) repairSoon(GAP_MS);
    } catch (error) {
      if (own === serial) refused(asChatError(error));
    } finally {
      if (own === serial) isRepairing = false;
    }
  }

  /** @param {number} rev up to which something is missing */
  function lack(rev) {
    told = Math.max(told, rev);
    repairSoon(GAP_MS);
  }

  /** @param {{code: string, retryAfterMs?: number | undefined}} error in answer to either question */
  function refused({ code, retryAfterMs = REPAIR_MS }) {
    if (["not_found", "not_participant", "unavailable"].includes(code)) end(code);
    // Others come and go: until there is room, ask instead of being told.
    else repairSoon(retryAfterMs);
  }

  return {
    stop,
    subscribe,
    refused,

    disconnect() {
      reset();
      wasAsked = false;
    },

    /** Up to which change everything is known; null while the history loads. */
    position: () => cursor,

    /**
     * Follows on from a history that stood at `rev`.
     *
     * @param {number} rev
     */
    start(rev) {
      stop();
      cursor = rev;
      subscribe();
    },

    /** @param {Durable | Subscribed | CaughtUp} frame */
    hear(frame) {
      if (cursor === null) return;
      if (frame.type === "subscribed") {
        if (core.checkEpoch(frame.epoch)) return;
        if (frame.gap) return reload();
        if (replay || isListening) isSure = false;
        replay = { rev: frame.rev, expected: frame.replay, revs: new Set() };
        subscribed(frame);
      } else if (frame.type === "caught_up") {
        const isComplete = replay ? isSure && replay.revs.size >= replay.expected : told <= cursor;
        // Without its `subscribed`, nobody knows what else was lost: the timer asks again.
        if (!replay && !isListening) return;
        replay = null;
        isListening = true;
        timers.delete(SUBSCRIBE);
        if (isComplete) advance(frame.rev);
        else lack(frame.rev);
      } else if (replay && frame.rev <= replay.rev) {
        replay.revs.add(frame.rev);
        apply(frame);
      } else if (frame.rev > cursor) {
        early.set(frame.rev, frame);
        advance(cursor);
      } else {
        apply(frame);
      }
    },

    /**
     * Compares with what the server says it has told.
     *
     * @param {number} rev
     */
    head(rev) {
      // Behind the cursor it is after a repair, or when the database was restored.
      if (isListening && rev !== cursor) lack(rev);
    },

    /** Takes what a poll brought. */
    polled: advance,
  };
}
