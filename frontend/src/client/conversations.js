/** The list of conversations, and what one does with them. */

/** @import {Conversation, Conversations, Core, ConversationUpdated, Inbox, LastMessage, ListPage, Member, MessageFrame, Thread} from "./types" */
import { LAST_EXCERPT_MAX, LATE_MS, LIST_PAGE, REFRESH_MS } from "./constants.js";
import { createTimers } from "./timers.js";
import { summaryOf } from "./window.js";

/** @type {Record<string, Record<string, string>>} */
const FILTERS = {
  unread: { unread: "true" },
  groups: { kind: "group" },
  direct: { kind: "direct" },
  archived: { archived: "true" },
};

/** @param {string} id */
export const pathOf = (id) => `conversations/${id}/`;

/**
 * @param {Core} core
 * @param {ReturnType<typeof import("./unread.js").createUnread>} unread
 * @param {Map<string, {finish: (reason: string) => void}>} threads those that are open
 * @param {(id: string, at: "unread" | "latest" | number) => Promise<Thread>} open
 */
export function createConversations(core, unread, threads, open) {
  const { ask, call } = core;
  /** @type {Map<string, Conversation>} */
  const known = new Map();
  /** @type {Map<string, Map<string, Member>>} */
  const members = new Map();
  /** Those that changed while the list was on its way. */
  const fresh = new Set();
  let isLate = false;
  /** What was asked for before numbers began anew is no answer. */
  let era = 0;
  let etag = "";
  let isFetching = false;
  let isOutdated = false;
  const timers = createTimers(core.setTimer);

  /** @param {Conversation} next */
  function put(next) {
    const before = known.get(next.id);
    known.set(next.id, next);
    fresh.add(next.id);
    if (before) isLate = true;
    // What is archived does not count. What was not known is in the totals by now.
    if (before && !next.archived_by_me) {
      unread.add(next.unread_count - before.unread_count, next.mention_count - before.mention_count);
    }
    core.emit("conversation", next);
    return next;
  }

  /**
   * @param {string} id
   * @param {Partial<Conversation>} change
   */
  function alter(id, change) {
    const before = known.get(id);
    if (before) put({ ...before, ...change });
  }

  /**
   * Takes in a conversation as the server tells it.
   *
   * @param {Conversation} told
   * @returns {Conversation} the newest that is known
   */
  function upsert(told) {
    const before = known.get(told.id);
    noteMembers(told.id, told.members);
    // An answer may have been on its way for long.
    const isOlder = before && (told.rev < before.rev || told.read_seq < before.read_seq);
    return isOlder ? before : put(told);
  }

  /**
   * @param {string} id
   * @param {Member[]} more
   */
  function noteMembers(id, more) {
    const all = members.get(id) ?? new Map();
    for (const member of more) all.set(member.user_id, member);
    members.set(id, all);
  }

  /**
   * @param {string} id
   * @param {string} reason
   */
  function drop(id, reason) {
    alter(id, { unread_count: 0, mention_count: 0 });
    known.delete(id);
    threads.get(id)?.finish(reason);
    core.emit("removed", { conversation_id: id, reason });
  }

  /**
   * Takes in the first page of the whole list.
   *
   * @param {Conversation[]} results
   */
  function takeList(results) {
    const listed = new Set(results.map((one) => one.id));
    const oldest = results.length < LIST_PAGE ? "" : (results.at(-1)?.updated_at ?? "");
    for (const { id, updated_at } of known.values()) {
      if (updated_at > oldest && !listed.has(id) && !fresh.has(id) && !threads.has(id)) drop(id, "removed");
    }
    // What changed meanwhile is known better, and read again.
    for (const told of results) if (!fresh.has(told.id)) upsert(told);
  }

  /** @param {ListPage} page */
  const takeTotals = (page) => unread.set(page.total_unread, page.total_mentions);

  /** Reads the list again, unless it is the one at hand. */
  async function refresh() {
    isOutdated = isFetching;
    if (isFetching || core.state === "closed") return;
    const own = era;
    isFetching = true;
    isLate = false;
    fresh.clear();
    try {
      const answer = await ask("GET", "conversations/", {}, etag);
      if (answer.body && own === era) {
        const wasLate = isLate;
        takeList(answer.body.results);
        etag = wasLate ? "" : answer.etag;
        // Totals of a moment before count what is read by now.
        if (wasLate) core.setTimer(refresh, LATE_MS);
        else takeTotals(answer.body);
        core.emit("list");
      }
    } catch (error) {
      core.ignore(error);
    }
    if (own !== era) return;
    isFetching = false;
    if (isOutdated) refresh();
  }

  /**
   * @param {string} id
   * @returns {Promise<Conversation>}
   */
  async function fetch(id) {
    const own = era;
    const told = await call("GET", pathOf(id));
    return own === era ? upsert(told) : fetch(id);
  }

  /**
   * Reads one conversation again, once for all that happens to it in a moment.
   *
   * @param {string} id
   */
  function fetchSoon(id) {
    if (timers.has(id)) return;
    timers.set(id, REFRESH_MS, () => {
      if (core.state !== "closed") fetch(id).catch(core.ignore);
    });
  }

  /**
   * A message has come: the conversation moves up, and may be unread.
   *
   * @param {string} id
   * @param {LastMessage} last
   * @param {number} told `rev` of the message
   * @param {boolean} mentionsMe
   */
  function note(id, last, told, mentionsMe) {
    const before = known.get(id);
    if (!before) return fetchSoon(id);
    const rev = Math.max(told, before.rev);
    if (last.seq <= before.seq) return alter(id, { rev });
    const isUnread = last.kind === "text" && !last.is_own_message && last.seq > before.read_seq;
    alter(id, {
      seq: last.seq,
      rev,
      last_message: last,
      updated_at: last.timestamp,
      unread_count: before.unread_count + Number(isUnread),
      mention_count: before.mention_count + Number(isUnread && mentionsMe),
    });
    // To write is to read.
    if (last.is_own_message) read(id, last.seq);
  }

  /**
   * The reader has read up to here, on this device or another.
   *
   * @param {string} id
   * @param {number} seq
   */
  function read(id, seq) {
    const before = known.get(id);
    if (!before || (seq <= before.read_seq && !before.marked_unread)) return;
    const isAll = seq >= before.seq;
    alter(id, {
      read_seq: Math.max(seq, before.read_seq),
      marked_unread: false,
      ...(isAll && { unread_count: 0, mention_count: 0 }),
    });
    if (!isAll) fetchSoon(id);
  }

  /** @param {object} body */
  const create = async (body) => upsert(await call("POST", "conversations/", body));

  /** @type {Omit<Conversations, keyof import("./types").Groups>} */
  const shown = {
    get items() {
      return [...known.values()].sort(
        (a, b) => Number(b.pinned) - Number(a.pinned) || (a.updated_at < b.updated_at ? 1 : -1),
      );
    },

    async list({ filter = "", search, cursor } = {}) {
      /** @type {ListPage} */
      const page = await pages(core, "conversations/", cursor, { ...FILTERS[filter], search });
      page.results = page.results.map(upsert);
      if (!filter && !search) takeTotals(page);
      return page;
    },

    get: (id) => known.get(id),
    open: (id, { at = "unread" } = {}) => open(id, at),
    createDirect: (userId) => create({ kind: "direct", user_id: userId }),
    openReference: (reference) => create({ about: reference }),
    async update(id, patch) {
      const told = upsert(await call("PATCH", pathOf(id), patch));
      // To archive changes the totals.
      refresh();
      return told;
    },

    async markRead(id) {
      const up_to_seq = known.get(id)?.seq ?? 0;
      await call("POST", `${pathOf(id)}mark_read/`, { up_to_seq });
      read(id, up_to_seq);
    },

    async markUnread(id, seq) {
      const { unread_count } = await call("POST", `${pathOf(id)}mark_unread/`, { seq });
      alter(id, { marked_unread: true, unread_count });
    },
  };

  return {
    shown: /** @type {Conversations} */ (shown),
    fetch,
    fetchSoon,
    noteMembers,
    refresh,
    read,
    drop,
    upsert,
    etag: () => etag,

    /**
     * @param {string} id
     * @param {string} userId
     */
    member: (id, userId) => members.get(id)?.get(userId),

    /**
     * Takes in a list that polling has brought.
     *
     * @param {Conversation[]} results
     * @param {string} tag
     */
    polled(results, tag) {
      fresh.clear();
      takeList(results);
      etag = tag;
      core.emit("list");
    },

    /** @param {string} rev of the server's list */
    compare(rev) {
      if (rev !== etag) refresh();
    },

    /** Numbers begin anew: what is at hand says nothing. */
    forget() {
      era++;
      isFetching = false;
      known.clear();
      etag = "";
      refresh();
    },

    /** @param {MessageFrame} message */
    message(message) {
      const { conversation_id, id, rev, timestamp, is_own_message } = message;
      const last = { ...summaryOf(message, LAST_EXCERPT_MAX), timestamp, is_own_message };
      const mentionsMe = message.mentions.some((one) => one.kind === "all" || one.user_id === core.me?.id);
      if (message.type === "message") return note(conversation_id, last, rev, mentionsMe);
      const before = known.get(conversation_id);
      if (!before) return;
      const isLast = before.last_message?.id === id;
      alter(conversation_id, { rev: Math.max(rev, before.rev), ...(isLast && { last_message: last }) });
    },

    /** @param {Inbox} hint */
    hint({ conversation_id, reason, type, last_message, rev = 0, mentions_me = false, read_seq, ...flags }) {
      if (reason === "removed") drop(conversation_id, reason);
      else if (last_message) note(conversation_id, last_message, rev, mentions_me);
      else if (read_seq !== undefined) read(conversation_id, read_seq);
      else {
        // `marked_unread`, `pinned` or `archived_by_me`: counts come with the list.
        alter(conversation_id, /** @type {Partial<Conversation>} */ (flags));
        refresh();
      }
    },

    /** @param {ConversationUpdated} frame */
    updated({ conversation_id: id, rev, changes: { title, status }, member_count, ...news }) {
      const before = known.get(id);
      if (status === "deleted") return drop(id, "closed");
      if (!before || rev <= before.meta_rev) return;
      noteMembers(id, news.members_added ?? []);
      for (const gone of news.members_removed ?? []) members.get(id)?.delete(gone);
      alter(id, {
        rev: Math.max(rev, before.rev),
        meta_rev: rev,
        member_count,
        // The title of a direct conversation is the other side's name.
        ...(title !== undefined && before.is_group && { title }),
        ...(status && { status }),
      });
      // Permissions are the reader's own: no frame for all can tell them.
      fetchSoon(id);
    },
  };
}

/**
 * A page of a list.
 *
 * @param {Core} core
 * @param {string} path
 * @param {string | undefined} cursor `next` of the page before
 * @param {Record<string, any>} query of the first page
 * @returns {Promise<any>}
 */
export async function pages(core, path, cursor, query) {
  const page = await core.call("GET", path + (cursor ?? ""), cursor ? {} : query);
  // Of the address, only what stands for the place in the list.
  return { ...page, next: page.next && page.next.slice(page.next.indexOf("?")) };
}
