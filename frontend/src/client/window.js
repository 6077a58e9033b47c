/** The part of a conversation that is at hand: consecutive messages, sorted by `seq`. */

/** @import {HistoryPage, Message, MessageFrame, MessageRow, Reaction} from "./types" */
import { QUOTE_EXCERPT_MAX, WINDOW_MAX } from "./constants.js";

/**
 * @typedef {object} Row
 * @property {string} key
 * @property {MessageRow} message
 */

/**
 * @param {() => string | undefined} myId
 * @param {(clientId: string) => void} stored told of own messages, so that the outbox gives
 *     them up in the same moment as they are at hand
 */
export function createWindow(myId, stored) {
  /** @type {Row[]} */
  let rows = [];
  /** @type {Map<string, Row>} */
  const byId = new Map();
  /** Messages that the reader deleted for themselves.
   * @type {Set<string>} */
  const hidden = new Set();
  /** News of messages outside, for pages that are on their way and may be older.
   * @type {Map<string, MessageRow>} */
  const aside = new Map();
  let loads = 0;

  const window = {
    hasOlder: false,
    hasNewer: false,
    hidden,
    /** @returns {readonly Row[]} */
    rows: () => rows,
    first: () => rows[0]?.message.seq ?? 0,
    last: () => rows.at(-1)?.message.seq ?? 0,
    /** @param {string} id */
    get: (id) => byId.get(id),

    /**
     * Takes a message in as it is at its `rev`, from wherever it came.
     *
     * @param {MessageRow} message
     * @returns {boolean} whether that changed what is at hand
     */
    upsert: (message) => {
      tellStored(message);
      const row = byId.get(message.id);
      if (row) {
        if (message.rev <= row.message.rev) return false;
        put(row, message);
        return true;
      }
      requoteAll(message);
      const isInside =
        (!window.hasOlder || message.seq > window.first()) &&
        (!window.hasNewer || message.seq < window.last());
      if (!isInside) {
        if (loads && (aside.get(message.id)?.rev ?? -1) < message.rev) aside.set(message.id, message);
        return false;
      }
      insert(message);
      return true;
    },

    /**
     * Uses a page when it has come, with news of its messages that came meanwhile.
     *
     * @param {Promise<HistoryPage>} coming
     * @param {(page: HistoryPage) => void} use
     */
    async load(coming, use) {
      loads++;
      try {
        use(await coming);
      } finally {
        if (!--loads) aside.clear();
      }
    },

    /**
     * Puts a page in place of everything.
     *
     * @param {HistoryPage} page
     * @param {{anew?: boolean}} [options] `anew` where numbers have no relation to those
     *     of the messages at hand
     */
    replace(page, { anew = false } = {}) {
      const known = new Map(byId);
      if (anew) {
        known.clear();
        aside.clear();
        hidden.clear();
      }
      rows = [];
      byId.clear();
      window.hasOlder = window.hasNewer = false;
      for (const message of page.results) {
        tellStored(message);
        const before = known.get(message.id);
        if (before && before.message.rev >= message.rev) restore(before);
        else insert(message, before);
      }
      window.hasOlder = page.has_older;
      window.hasNewer = page.has_newer;
      takeAside();
      // What came while the page was on its way, and follows it.
      const last = window.last();
      if (!page.has_newer) {
        for (const row of known.values()) if (row.message.seq > last) restore(row);
      }
    },

    /**
     * Adds a page next to what is at hand.
     *
     * @param {HistoryPage} page
     * @param {boolean} isOlder whether it ends where the window begins, or begins where
     *     it ends
     */
    extend(page, isOlder) {
      const side = isOlder ? "hasOlder" : "hasNewer";
      window[side] = false;
      page.results.forEach(window.upsert);
      window[side] = isOlder ? page.has_older : page.has_newer;
      takeAside();
      if (trim(isOlder)) window[isOlder ? "hasNewer" : "hasOlder"] = true;
    },

    trimOldest() {
      if (trim(false)) window.hasOlder = true;
    },
  };

  /** @param {MessageRow} message */
  function tellStored(message) {
    if (isFull(message) && message.is_own_message && message.client_id) stored(message.client_id);
  }

  function takeAside() {
    aside.forEach(window.upsert);
  }

  /**
   * @param {boolean} isNewest which end is given up
   * @returns {boolean} whether there was too much
   */
  function trim(isNewest) {
    const excess = rows.length - WINDOW_MAX;
    if (excess <= 0) return false;
    for (const { message } of rows.splice(isNewest ? WINDOW_MAX : 0, excess)) byId.delete(message.id);
    return true;
  }

  /** @param {Row} row */
  function restore(row) {
    let place = rows.length;
    while (place && /** @type {Row} */ (rows[place - 1]).message.seq > row.message.seq) place--;
    rows.splice(place, 0, row);
    byId.set(row.message.id, row);
    requote(row, quotedBy(row));
  }

  /**
   * @param {MessageRow} message
   * @param {Row} [before] what was known of it
   */
  function insert(message, before) {
    const clientId = "client_id" in message && message.is_own_message && message.client_id;
    const row = { key: before?.key ?? (clientId || message.id), message: before?.message ?? message };
    restore(row);
    put(row, message);
  }

  /**
   * @param {Row} row
   * @param {MessageRow} message
   */
  function put(row, message) {
    if (message.hidden === "me") {
      hidden.add(message.id);
      row.message = { ...row.message, ...message };
      return;
    }
    // What a frame says beside the message is not kept with it.
    const { type, reason, reaction, ...full } = /** @type {MessageFrame} */ (message);
    row.message = { ...full, reactions: ownReactions(full.reactions, reaction, row.message, myId()) };
    requote(row, quotedBy(row));
    requoteAll(full);
  }

  /** @param {Row} row */
  function quotedBy({ message }) {
    const id = (isFull(message) && message.reply_to?.id) || "";
    return byId.get(id)?.message ?? aside.get(id);
  }

  /** @param {MessageRow} original that may be outside */
  function requoteAll(original) {
    for (const row of rows) {
      if (isFull(row.message) && row.message.reply_to?.id === original.id) requote(row, original);
    }
  }

  return window;
}

/**
 * @param {MessageRow} message
 * @returns {message is Message} whether it is more than a stub
 */
export const isFull = (message) => "reactions" in message;

/**
 * Rewrites the words that `row` quotes: a quotation is told of no change of its original.
 *
 * @param {Row} row
 * @param {MessageRow | undefined} quoted
 */
function requote(row, quoted) {
  const { message } = row;
  if (!quoted || !isFull(quoted) || quoted.hidden || !isFull(message)) return;
  if (!message.reply_to || message.reply_to.unavailable) return;
  const { excerpt, deleted } = quotationOf(quoted);
  if (message.reply_to.excerpt === excerpt && message.reply_to.deleted === deleted) return;
  row.message = { ...message, reply_to: { ...message.reply_to, excerpt, deleted } };
}

/**
 * A message as it is quoted in a reply.
 *
 * @param {Message} message
 */
export const quotationOf = (message) => ({
  ...summaryOf(message, QUOTE_EXCERPT_MAX),
  deleted: message.deleted_at !== null,
});

/**
 * What quotations and the list tell of a message.
 *
 * @param {Message} message
 * @param {number} max code points of its text
 */
export const summaryOf = ({ id, seq, sender, sender_id, content, kind }, max) => ({
  id,
  seq,
  sender,
  sender_id,
  excerpt: [...content].slice(0, max).join(""),
  kind,
});

/**
 * The reactions of a message with `me`, which frames leave out: they name ten people and
 * who reacted last, and beyond that what was known still holds.
 *
 * @param {Reaction[]} reactions
 * @param {MessageFrame["reaction"]} news
 * @param {MessageRow} before
 * @param {string | undefined} me
 */
function ownReactions(reactions, news, before, me) {
  const known = isFull(before) ? before.reactions : [];
  return reactions.map((one) => {
    const isNews = news?.user_id === me && news?.emoji === one.emoji;
    const was = known.some((other) => other.emoji === one.emoji && other.me);
    const isUnnamed = one.count > one.user_ids.length && (isNews ? news?.op === "add" : was);
    return { ...one, me: one.me ?? (one.user_ids.includes(me ?? "") || isUnnamed) };
  });
}
