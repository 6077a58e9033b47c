/**
 * The network of a story: it takes the place of the page's `fetch` and `WebSocket`, and
 * answers from a world that does not change. See docs/protocol.md for what it says.
 */

import { FEATURES, LIMITS } from "./world.js";

const API = "/story/api/";
/** Longer than a frame, so that what is shown while one waits is drawn. */
const ANSWER_MS = 40;
const EPOCH = "00000000-0000-7000-8000-000000000001";

export const ADDRESSES = { api_url: API, ws_url: "/story/ws/" };

/** @param {import("./world.js").World} world */
export function takeNetwork(world) {
  const fetchReal = window.fetch.bind(window);
  /** @type {{what: RegExp, answer: object | null}[]} */
  const rules = [];
  /** @type {Set<StorySocket>} */
  const sockets = new Set();
  let allowsSockets = true;
  let canReach = true;
  let isSubscribed = false;
  const later = (run) => setTimeout(run, ANSWER_MS);
  const ruleFor = (what) => rules.findLast((rule) => rule.what.test(what));
  const place = (id) => world.places.find(({ conversation }) => conversation.id === id);
  const list = () => world.places.map(({ conversation }) => conversation);
  const unread = () => {
    const counted = list().filter((one) => !one.archived_by_me);
    const sum = (name) => counted.reduce((total, one) => total + one[name], 0);
    return { total: sum("unread_count"), mentions: sum("mention_count") };
  };
  const page = (results) => ({ results, next: null, previous: null });
  const matches = (text, search) => text.toLowerCase().includes((search ?? "").toLowerCase());

  function history({ conversation, messages, hidden }, query) {
    const limit = Number(query.get("limit") ?? 50);
    const number = (name) => (query.has(name) ? Number(query.get(name)) : null);
    const [before, after, around] = ["before_seq", "after_seq", "around_seq"].map(number);
    let from = messages.length - limit;
    if (before !== null) from = messages.filter((one) => one.seq < before).length - limit;
    if (after !== null) from = messages.filter((one) => one.seq <= after).length;
    if (around !== null) from = messages.filter((one) => one.seq < around).length - (limit >> 1);
    const start = Math.max(0, from);
    const end = before === null ? start + limit : from + limit;
    // Of what the reader deleted for themselves a stub is left.
    const results = messages.slice(start, end).map(({ id, seq, rev, ...more }) => (hidden.includes(id) ? { id, seq, rev, hidden: "me" } : { id, seq, rev, ...more }));
    const { rev, seq } = conversation;
    return { results, rev, seq, history_from_seq: 1, has_older: start > 0, has_newer: end < messages.length };
  }

  function rows(query) {
    const shown = list().filter(
      (one) =>
        one.archived_by_me === query.has("archived") &&
        (!query.has("unread") || one.unread_count > 0 || one.marked_unread) &&
        (!query.has("kind") || one.kind === query.get("kind")) &&
        matches(one.title, query.get("search")),
    );
    const { total, mentions } = unread();
    return { ...page(shown), total_unread: total, total_mentions: mentions };
  }

  /** @returns {{status?: number, body?: object}} */
  function answer(method, path, query) {
    const [noun, id, verb] = path.split("/");
    const at = place(id);
    if (noun === "config") return { body: { user: world.me, limits: LIMITS, features: FEATURES, ping_interval_ms: 25_000, poll_interval_ms: 3_000 } };
    if (noun === "sync") {
      const cursors = Object.fromEntries(query.getAll("c").map((pair) => pair.split(":")).map(([one, rev]) => [one, Number(rev)]));
      return { body: { events: [], cursors, more: [], gap: [], gone: [], list: null, list_etag: "1", unread: unread(), t: "1", epoch: EPOCH, next_poll_ms: 3_000 } };
    }
    if (noun === "users") return { body: page(world.people.filter((one) => matches(`${one.name} ${one.username}`, query.get("search")))) };
    if (noun === "blocked") return { body: page(world.blocked.map((user) => ({ user }))) };
    if (noun === "messages") {
      const found = world.places.flatMap(({ messages }) => messages).find((one) => one.id === id);
      if (found) return { body: found };
    }
    if (noun === "conversations" && !id) return { body: rows(query) };
    if (noun === "conversations" && at) {
      if (!verb) return { body: at.conversation };
      if (verb === "messages" && method === "GET") return { body: history(at, query) };
      if (verb === "participants") return { body: page(at.members.filter((one) => matches(`${one.name} ${one.username}`, query.get("search")))) };
      if (verb === "changes") return { body: { events: [], next_after: at.conversation.rev, rev: at.conversation.rev, has_more: false, gap: false, epoch: EPOCH } };
      if (verb === "mark_read" || verb === "mark_unread") return { body: { read_seq: at.conversation.seq, unread_count: 0 } };
    }
    return { status: 404, body: { code: "not_found", message: "", temporary: false } };
  }

  window.fetch = (url, { method = "GET", signal } = {}) => {
    const { pathname, searchParams } = new URL(url, location.href);
    if (!pathname.startsWith(API)) return fetchReal(url, { method, signal });
    const path = pathname.slice(API.length);
    return new Promise((resolve, reject) => {
      signal?.addEventListener("abort", () => reject(new DOMException("aborted", "AbortError")));
      const rule = ruleFor(`${method} ${path}`);
      if (rule?.answer === null) return;
      later(() => {
        if (!canReach) return reject(new TypeError("no network"));
        const { status = 200, body } = rule?.answer ?? answer(method, path, searchParams);
        resolve(new Response(JSON.stringify(body), { status }));
      });
    });
  };

  /** What the server answers to a command; nothing where it says nothing. */
  function command(frame) {
    const rule = ruleFor(frame.type);
    if (rule) return rule.answer && { type: "error", ...rule.answer.body };
    switch (frame.type) {
      case "subscribe":
        return {};
      case "watch_presence":
        return { users: frame.user_ids.map((id) => ({ id, status: "offline", last_seen: null, ...world.presence[id] })) };
      case "read":
        return { read_seq: frame.up_to_seq, unread_count: 0 };
      case "send_message":
        return null;
      default:
        return { rev: 0 };
    }
  }

  class StorySocket {
    constructor() {
      this.onmessage = this.onclose = null;
      sockets.add(this);
      later(() => {
        if (!allowsSockets || !canReach) return this.end(1006);
        this.say({
          type: "welcome", v: 1, mode: "multi", connection_id: "c", epoch: EPOCH, server_time: new Date().toISOString(),
          ping_interval_ms: 25_000, user: world.me, auth: { expires_at: null }, limits: LIMITS, features: FEATURES, deprecations: [],
        });
      });
    }

    say(frame) {
      this.onmessage?.({ data: JSON.stringify(frame) });
    }

    send(text) {
      const frame = JSON.parse(text);
      later(() => {
        const { ref, client_id } = frame;
        const said = command(frame);
        if (said && (ref || client_id)) this.say({ type: "ack", ...(ref && { ref }), ...(client_id && { client_id }), ...said });
        if (frame.type === "subscribe") for (const { id } of frame.conversations) this.subscribe(id);
      });
    }

    subscribe(id) {
      const at = place(id);
      if (!at) return;
      const { rev, seq } = at.conversation;
      this.say({
        type: "subscribed", conversation_id: id, epoch: EPOCH, after: rev, rev, seq, replay: 0, gap: false,
        members_read: at.members.map(({ user_id, read_seq, delivered_seq }) => ({ user_id, read_seq, delivered_seq })),
        hidden: at.hidden, history_from_seq: 1, typing: [], online: [],
      });
      this.say({ type: "caught_up", conversation_id: id, rev });
      isSubscribed = true;
    }

    end(code) {
      if (sockets.delete(this)) this.onclose?.({ code });
    }

    close() {
      sockets.delete(this);
    }
  }
  window.WebSocket = StorySocket;

  return {
    /** Requests and commands that match are never answered. */
    hold: (what) => void rules.push({ what, answer: null }),

    /** Requests and commands that match are refused. */
    refuse: (what, status, code, more = {}) =>
      void rules.push({ what, answer: { status, body: { code, message: code, temporary: status >= 429, ...more } } }),

    /** Everything is answered again. */
    relent: () => void rules.splice(0),

    /** The server says something by itself. */
    tell: (frame) => sockets.forEach((socket) => socket.say(frame)),

    /** The server, or the way to it, ends the connection. */
    cut: (code = 1006) => sockets.forEach((socket) => socket.end(code)),

    /** Only requests get through. */
    refuseSockets: () => void (allowsSockets = false),

    /** Nothing gets through, and the device knows whether that is its own fault. */
    lose({ isOffline = false } = {}) {
      canReach = false;
      if (isOffline) {
        Object.defineProperty(navigator, "onLine", { value: false, configurable: true });
        dispatchEvent(new Event("offline"));
      }
      sockets.forEach((socket) => socket.end(1006));
    },

    /** There is a network again. */
    restore: () => void (canReach = true),

    /** Whether somebody hears what is said of a conversation. */
    isSubscribed: () => isSubscribed,
  };
}
