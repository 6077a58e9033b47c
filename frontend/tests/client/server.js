/**
 * A server of the protocol, in memory: the rules of docs/protocol.md that clients rely
 * on, and the frames and requests that this client uses.
 */

const PING_MS = 25_000;
const HEAL_MS = 5_000;
const LIMITS = {
  text_max: 10000, title_max: 255, frame_max: 163840, inline_file_max: 0, file_max: 0,
  files_per_message: 0, client_id_max: 64, mentions_max: 50, page_max: 100,
  subscriptions_max: 20, connections_max: 10, send_rate: 10, send_burst: 20,
  replay_max: 500, group_max: 1000, group_min_others: 2, edit_window_s: 300,
  reaction_max: 16,
};

export class Refusal extends Error {
  constructor(code, status, more = {}) {
    super(code);
    this.status = status;
    this.body = { code, message: code, temporary: status >= 500 || status === 429, ...more };
  }
}

export class FakeServer {
  constructor({ clock, replayMax = 500, changesLimit = 200, features = ["delivery", "edit", "reactions", "typing"] }) {
    Object.assign(this, { clock, replayMax, changesLimit, features });
    this.epochs = 1;
    this.ids = 0;
    this.data = { conversations: new Map(), keys: new Map(), users: new Map() };
    this.sessions = new Set();
    /** Every request, as `METHOD path`, for tests that count them. */
    this.requests = [];
    /** Every frame from clients. */
    this.frames = [];
    /** Set to refuse: `(what) => Refusal | undefined`, `what` being a frame type or a request. */
    this.refuse = () => undefined;
  }

  get epoch() {
    return `00000000-0000-7000-8000-${String(this.epochs).padStart(12, "0")}`;
  }

  id() {
    return `10000000-0000-7000-8000-${String(++this.ids).padStart(12, "0")}`;
  }

  time() {
    return new Date(this.clock.now()).toISOString();
  }

  user(id) {
    const user = { id, name: id[0].toUpperCase() + id.slice(1), username: id, avatar_url: null };
    this.data.users.set(id, user);
    return user;
  }

  addConversation(ids, { kind = "group", title = "Tea" } = {}) {
    const now = this.time();
    const conversation = {
      id: this.id(), kind, title, status: "open", seq: 0, rev: 0, meta_rev: 0, created_at: now,
      updated_at: now, messages: [], members: new Map(), hidden: new Map(), flagged: new Set(),
    };
    for (const id of ids) {
      if (!this.data.users.has(id)) this.user(id);
      conversation.members.set(id, { role: id === ids[0] ? "owner" : "member", read: 0, delivered: 0, joined_at: now });
    }
    this.data.conversations.set(conversation.id, conversation);
    return conversation.id;
  }

  // ---- What is written

  place(userId, id) {
    const conversation = this.data.conversations.get(id);
    if (!conversation?.members.has(userId)) throw new Refusal("not_found", 404);
    return conversation;
  }

  find(userId, messageId) {
    for (const conversation of this.data.conversations.values()) {
      const message = conversation.messages.find((one) => one.id === messageId);
      if (message) return { conversation: this.place(userId, conversation.id), message };
    }
    throw new Refusal("not_found", 404);
  }

  send(userId, id, { content, client_id = `server-${++this.ids}`, reply_to = null, mentions = [] }) {
    const key = `${userId} ${client_id}`;
    const known = this.data.keys.get(key);
    if (known) {
      if (known.content !== content) throw new Refusal("idempotency_conflict", 409);
      const { message } = known;
      return { ...stand(message), client_id, duplicate: true };
    }
    const conversation = this.place(userId, id);
    if (!content.trim()) throw new Refusal("empty_message", 400);
    const message = {
      id: this.id(), conversation_id: id, seq: ++conversation.seq, rev: ++conversation.rev, version: 1,
      client_id, sender_id: userId, content, timestamp: this.time(), kind: "text", reply: reply_to,
      mentions, reactions: new Map(), edited_at: null, deleted_at: null, deleted_by: null,
    };
    message.created_rev = message.rev;
    conversation.messages.push(message);
    conversation.updated_at = message.timestamp;
    const seat = conversation.members.get(userId);
    seat.read = message.seq;
    conversation.flagged.delete(userId);
    this.data.keys.set(key, { content, message });
    this.publish(conversation, (reader) => ({ type: "message", ...this.view(conversation, message, reader) }), message);
    return this.view(conversation, message, userId);
  }

  change(conversation, message, reason, extra = {}) {
    message.rev = ++conversation.rev;
    this.publish(conversation, (reader) => ({
      type: "message_updated", ...this.view(conversation, message, reader), reason, ...extra,
    }));
  }

  edit(userId, messageId, { content, base_version }) {
    const { conversation, message } = this.find(userId, messageId);
    if (message.sender_id !== userId) throw new Refusal("forbidden", 403);
    if (message.deleted_at) throw new Refusal("already_deleted", 409);
    if (base_version && base_version !== message.version) {
      const { version, content: text } = message;
      throw new Refusal("stale_revision", 409, { detail: { version, content: text } });
    }
    if (content !== message.content) {
      message.content = content;
      message.version++;
      message.edited_at = this.time();
      this.change(conversation, message, "edit");
    }
    return this.view(conversation, message, userId, true);
  }

  remove(userId, messageId, scope = "everyone") {
    const { conversation, message } = this.find(userId, messageId);
    if (scope === "me") {
      const hidden = conversation.hidden.get(userId) ?? new Set();
      conversation.hidden.set(userId, hidden.add(messageId));
      this.tell(userId, { type: "message_hidden", conversation_id: conversation.id, message_id: messageId });
      return {};
    }
    if (message.sender_id !== userId) throw new Refusal("forbidden", 403);
    if (!message.deleted_at) {
      Object.assign(message, { content: "", reply: null, mentions: [], reactions: new Map() });
      Object.assign(message, { deleted_at: this.time(), deleted_by: "author" });
      this.change(conversation, message, "delete");
    }
    return this.view(conversation, message, userId, true);
  }

  react(userId, messageId, { emoji, op = "add" }) {
    const { conversation, message } = this.find(userId, messageId);
    if (message.deleted_at) throw new Refusal("already_deleted", 409);
    const users = message.reactions.get(emoji) ?? new Set();
    if (users.has(userId) !== (op === "add")) {
      if (op === "add") message.reactions.set(emoji, users.add(userId));
      else users.delete(userId);
      if (!users.size) message.reactions.delete(emoji);
      this.change(conversation, message, "reaction", { reaction: { emoji, op, user_id: userId } });
    }
    return { rev: message.rev, reactions: this.view(conversation, message, userId, true).reactions };
  }

  rename(userId, id, title) {
    const conversation = this.place(userId, id);
    Object.assign(conversation, { title, meta_rev: ++conversation.rev });
    this.publish(conversation, () => this.facts(conversation));
  }

  read(userId, id, upTo) {
    const conversation = this.place(userId, id);
    const seat = conversation.members.get(userId);
    const seq = Math.min(upTo ?? conversation.seq, conversation.seq);
    const moved = seq > seat.read;
    seat.read = Math.max(seat.read, seq);
    seat.delivered = Math.max(seat.delivered, seat.read);
    conversation.flagged.delete(userId);
    if (moved) {
      const frame = {
        type: "read", conversation_id: id, user_id: userId, user: userId, message_id: null,
        up_to_seq: seat.read, timestamp: this.time(),
      };
      this.broadcast(conversation, frame);
      this.hint(userId, conversation, { reason: "read", read_seq: seat.read });
    }
    return { read_seq: seat.read, unread_count: this.unread(conversation, userId) };
  }

  leave(userId, id) {
    const conversation = this.place(userId, id);
    conversation.members.delete(userId);
    for (const session of this.of(userId)) {
      session.out({ type: "inbox", conversation_id: id, reason: "removed" });
      if (session.subscriptions.delete(id)) session.out({ type: "unsubscribed", conversation_id: id, reason: "removed" });
    }
    conversation.meta_rev = ++conversation.rev;
    const gone = { members_removed: [userId], members_changed: true };
    this.publish(conversation, () => ({ ...this.facts(conversation), ...gone }));
  }

  join(id, userId) {
    const conversation = this.data.conversations.get(id);
    conversation.members.set(userId, { role: "member", read: conversation.seq, delivered: 0, joined_at: this.time() });
    this.tell(userId, { type: "conversation_created", conversation: this.conversation(conversation, userId) });
    conversation.meta_rev = ++conversation.rev;
    this.publish(conversation, () => ({ ...this.facts(conversation), members_changed: true }));
  }

  /** Keeps the database as it is now; `restore` brings it back, in another epoch. */
  backup() {
    this.saved = structuredClone(this.data);
  }

  restore() {
    this.data = structuredClone(this.saved);
    this.epochs++;
    for (const session of this.sessions) {
      for (const sub of session.subscriptions.values()) sub.rev = 0;
      session.out({ type: "reset", reason: "epoch" });
      // What is subscribed goes on from the head that there is now.
      for (const [id, sub] of session.subscriptions) sub.rev = this.data.conversations.get(id)?.rev ?? 0;
    }
  }

  // ---- What readers see

  view(conversation, message, reader, isRest = false) {
    const own = message.sender_id === reader;
    const original = message.reply && conversation.messages.find((one) => one.id === message.reply);
    return {
      id: message.id, conversation_id: conversation.id, seq: message.seq, rev: message.rev, version: message.version,
      client_id: own ? message.client_id : null, sender: this.data.users.get(message.sender_id).name,
      sender_id: message.sender_id, content: message.content, timestamp: message.timestamp, kind: "text",
      attachments: [],
      reply_to: original
        ? {
            id: original.id, seq: original.seq, sender: original.sender_id, sender_id: original.sender_id,
            excerpt: [...original.content].slice(0, 140).join(""), kind: "text", deleted: original.deleted_at !== null,
          }
        : null,
      mentions: message.mentions,
      reactions: [...message.reactions].map(([emoji, users]) => ({
        emoji, count: users.size, user_ids: [...users].slice(0, 10), ...(isRest && { me: users.has(reader) }),
      })),
      edited_at: message.edited_at, deleted_at: message.deleted_at, deleted_by: message.deleted_by, system: null,
      extra: {}, file: "", is_voice: false, is_read: false, is_own_message: own, is_broadcast: true,
    };
  }

  row(conversation, message, reader) {
    if (!conversation.hidden.get(reader)?.has(message.id)) return this.view(conversation, message, reader, true);
    return { id: message.id, seq: message.seq, rev: message.rev, hidden: "me" };
  }

  facts(conversation) {
    return {
      type: "conversation_updated", conversation_id: conversation.id, rev: conversation.meta_rev,
      changes: { title: conversation.title, status: conversation.status }, members_changed: false,
      member_count: conversation.members.size, actor_id: null,
    };
  }

  changesSince(conversation, reader, after, limit = Infinity, isRest = true) {
    const rows = conversation.messages.filter((one) => one.rev > after).sort((a, b) => a.rev - b.rev);
    const hasMore = rows.length > limit;
    const shown = rows.slice(0, limit);
    const next = hasMore ? shown.at(-1).rev : conversation.rev;
    const events = shown.map((message) => {
      const body = isRest ? this.row(conversation, message, reader) : this.view(conversation, message, reader);
      const type = message.created_rev > after ? "message" : "message_updated";
      return { ...body, type, conversation_id: conversation.id, ...(type !== "message" && { reason: "edit" }) };
    });
    if (after < conversation.meta_rev && conversation.meta_rev <= next) {
      events.push({ ...this.facts(conversation), members_changed: true });
      events.sort((a, b) => a.rev - b.rev);
    }
    return { events, next_after: next, has_more: hasMore };
  }

  unread(conversation, userId) {
    const { read } = conversation.members.get(userId);
    return conversation.messages.filter((one) => one.seq > read && one.sender_id !== userId).length;
  }

  mentionsOf(conversation, userId) {
    const { read } = conversation.members.get(userId);
    const isFor = (one) => one.mentions.some((mention) => mention.kind === "all" || mention.user_id === userId);
    return conversation.messages.filter((one) => one.seq > read && one.sender_id !== userId && isFor(one)).length;
  }

  conversation(conversation, userId) {
    const seat = conversation.members.get(userId);
    const last = conversation.messages.at(-1);
    const others = [...conversation.members.keys()].filter((id) => id !== userId);
    const isGroup = conversation.kind === "group";
    return {
      id: conversation.id, kind: conversation.kind, is_group: isGroup, status: conversation.status,
      title: isGroup ? conversation.title : (this.data.users.get(others[0])?.name ?? "Deleted user"),
      avatar_url: null, context: null, seq: conversation.seq, rev: conversation.rev, meta_rev: conversation.meta_rev,
      read_seq: seat.read, unread_count: this.unread(conversation, userId),
      mention_count: this.mentionsOf(conversation, userId), marked_unread: conversation.flagged.has(userId),
      last_message: last ? this.last(last, userId) : null, member_count: conversation.members.size,
      members: this.members(conversation).slice(0, 8), my_role: seat.role,
      permissions: { send: true, edit_own: true, delete_any: false, add_members: true, rename: true, pin: true, mention_all: true },
      send_disabled_reason: null, history_from_seq: 1, pinned: seat.pinned ?? false,
      archived_by_me: seat.archived ?? false, created_at: conversation.created_at, updated_at: conversation.updated_at,
    };
  }

  last(message, userId) {
    const { id, seq, sender_id, content, timestamp, kind } = message;
    const sender = this.data.users.get(sender_id).name;
    return { id, seq, sender, sender_id, excerpt: content.slice(0, 255), timestamp, kind, is_own_message: sender_id === userId };
  }

  members(conversation) {
    return [...conversation.members].map(([id, seat]) => {
      const { name, username, avatar_url } = this.data.users.get(id);
      const { role, joined_at, read, delivered } = seat;
      return { user_id: id, name, username, avatar_url, role, joined_at, read_seq: read, delivered_seq: Math.max(read, delivered) };
    });
  }

  list(userId) {
    const mine = [...this.data.conversations.values()].filter((one) => one.members.has(userId));
    const rows = mine.map((one) => this.conversation(one, userId));
    return rows.sort((a, b) => (a.updated_at < b.updated_at ? 1 : -1));
  }

  totals(userId) {
    const rows = this.list(userId).filter((one) => !one.archived_by_me);
    const sum = (name) => rows.reduce((total, row) => total + row[name], 0);
    return { total: sum("unread_count"), mentions: sum("mention_count") };
  }

  etag(userId) {
    return JSON.stringify(this.list(userId)).replace(/\W/g, "").split("").reduce((h, c) => (h * 31 + c.charCodeAt(0)) >>> 0, 7).toString(16);
  }

  // ---- Sockets

  of(userId) {
    return [...this.sessions].filter((session) => session.userId === userId);
  }

  tell(userId, frame) {
    for (const session of this.of(userId)) session.out(frame);
  }

  broadcast(conversation, frame, except) {
    for (const session of this.sessions) {
      if (session.subscriptions.has(conversation.id) && session.userId !== except) session.out(frame);
    }
  }

  hint(userId, conversation, fields) {
    for (const session of this.of(userId)) {
      if (!session.subscriptions.has(conversation.id)) session.out({ type: "inbox", conversation_id: conversation.id, ...fields });
    }
  }

  publish(conversation, frameFor, message) {
    for (const session of this.sessions) {
      const { userId } = session;
      if (!conversation.members.has(userId)) continue;
      const subscription = session.subscriptions.get(conversation.id);
      if (subscription) this.advance(session, subscription, conversation, frameFor(userId));
      else if (message) {
        const own = message.sender_id === userId;
        const mentioned = message.mentions.some((one) => one.kind === "all" || one.user_id === userId);
        const { seq, rev } = message;
        const last_message = this.last(message, userId);
        session.out({
          type: "inbox", conversation_id: conversation.id, reason: "message", seq, rev, mentions_me: mentioned && !own, last_message,
        });
      }
    }
  }

  /** Delivers in order without holes; what was lost between processes is healed. */
  advance(session, subscription, conversation, frame) {
    if (subscription.isBehind) return;
    if (session.losesNews()) {
      subscription.isBehind = true;
      this.clock.setTimer(() => this.heal(session, subscription, conversation.id), HEAL_MS);
      return;
    }
    subscription.rev = frame.rev;
    session.out(frame);
  }

  heal(session, subscription, id) {
    if (session.subscriptions.get(id) !== subscription || !this.sessions.has(session)) return;
    const conversation = this.data.conversations.get(id);
    const { events } = this.changesSince(conversation, session.userId, subscription.rev, Infinity, false);
    Object.assign(subscription, { isBehind: false, rev: conversation.rev });
    for (const event of events) session.out(event);
    session.out({ type: "caught_up", conversation_id: id, rev: conversation.rev });
  }

  /** @param session `{userId, out(frame), close(code), losesNews()}` */
  connect(session) {
    session.subscriptions = new Map();
    this.sessions.add(session);
    session.out({
      type: "welcome", v: 1, mode: "multi", connection_id: "c", epoch: this.epoch, server_time: this.time(),
      ping_interval_ms: PING_MS, user: this.data.users.get(session.userId), auth: { expires_at: null },
      limits: { ...LIMITS, replay_max: this.replayMax }, features: this.features, deprecations: [],
    });
    const beat = () => {
      if (!this.sessions.has(session)) return;
      this.ping(session);
      this.clock.setTimer(beat, PING_MS);
    };
    this.clock.setTimer(beat, PING_MS);
  }

  ping(session) {
    const heads = Object.fromEntries([...session.subscriptions].filter(([, one]) => !one.isBehind).map(([id, one]) => [id, one.rev]));
    session.out({ type: "ping", t: this.clock.now(), heads, inbox_rev: this.etag(session.userId) });
  }

  disconnect(session) {
    this.sessions.delete(session);
  }

  receive(session, frame) {
    this.frames.push(frame);
    const { ref, client_id, conversation_id } = frame;
    const back = { ...(ref && { ref }), ...(client_id && { client_id }) };
    try {
      const refusal = this.refuse(frame.type, frame);
      if (refusal) throw refusal;
      const answer = this.command(session, frame);
      if (answer && (ref || client_id)) session.out({ type: "ack", ...back, ...answer });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      session.out({ type: "error", ...error.body, ...back, ...(conversation_id && { conversation_id }) });
    }
  }

  command(session, frame) {
    const { userId } = session;
    switch (frame.type) {
      case "pong":
        return null;
      case "ping":
        session.out({ type: "pong", t: frame.t });
        return null;
      case "subscribe":
        if (frame.ref) session.out({ type: "ack", ref: frame.ref });
        for (const one of frame.conversations) this.subscribe(session, one, frame.ref);
        return null;
      case "unsubscribe":
        for (const id of frame.conversations) {
          if (session.subscriptions.delete(id)) session.out({ type: "unsubscribed", conversation_id: id, reason: "requested" });
        }
        return {};
      case "send_message":
        return stand(this.send(userId, frame.conversation_id, frame));
      case "edit_message": {
        const { rev, version } = this.edit(userId, frame.message_id, frame);
        return { rev, version };
      }
      case "delete_message": {
        const { rev } = this.remove(userId, frame.message_id, frame.scope);
        return rev ? { rev } : {};
      }
      case "react":
        return { rev: this.react(userId, frame.message_id, frame).rev };
      case "read":
        return this.read(userId, frame.conversation_id, frame.up_to_seq);
      case "delivered": {
        const conversation = this.place(userId, frame.conversation_id);
        const seat = conversation.members.get(userId);
        seat.delivered = Math.max(seat.delivered, frame.up_to_seq);
        this.broadcast(conversation, { type: "delivered", conversation_id: conversation.id, user_id: userId, up_to_seq: seat.delivered });
        return null;
      }
      case "typing": {
        const conversation = this.place(userId, frame.conversation_id);
        const { is_typing, activity = "text" } = frame;
        const told = { type: "typing", conversation_id: conversation.id, user_id: userId, user: this.data.users.get(userId).name };
        this.broadcast(conversation, { ...told, is_typing, activity, expires_in_ms: 6000, expires_in: 6000 }, userId);
        return null;
      }
      case "watch_presence":
        return { users: frame.user_ids.map((id) => ({ id, status: this.of(id).length ? "online" : "offline", last_seen: null })) };
      case "presence":
        return null;
      default:
        throw new Refusal("unknown_type", 400);
    }
  }

  subscribe(session, { id, after = null }, ref) {
    const conversation = this.data.conversations.get(id);
    const { userId } = session;
    if (!conversation?.members.has(userId)) {
      const code = conversation ? "not_participant" : "not_found";
      return session.out({ type: "error", code, message: code, temporary: false, conversation_id: id, ...(ref && { ref }) });
    }
    const isAhead = after !== null && after > conversation.rev;
    const gap = after !== null && !isAhead && conversation.rev - after > this.replayMax;
    const isReplayed = after !== null && !isAhead && !gap;
    const events = isReplayed ? this.changesSince(conversation, userId, after, Infinity, false).events : [];
    if (isAhead) session.out({ type: "reset", conversation_id: id, reason: "epoch" });
    session.subscriptions.set(id, { rev: conversation.rev, isBehind: false });
    session.out({
      type: "subscribed", conversation_id: id, epoch: this.epoch, after, rev: conversation.rev, seq: conversation.seq,
      replay: events.length, gap,
      members_read: this.members(conversation).map(({ user_id, read_seq, delivered_seq }) => ({ user_id, read_seq, delivered_seq })),
      hidden: [...(conversation.hidden.get(userId) ?? [])], history_from_seq: 1, typing: [], online: [],
    });
    for (const event of events) session.out(event);
    session.out({ type: "caught_up", conversation_id: id, rev: conversation.rev });
  }

  // ---- REST

  /** Answers `{status, body, etag}`; `url` begins below the API. */
  handle(userId, method, url, body = {}, etag = "") {
    const [path, text = ""] = url.split("?");
    this.requests.push(`${method} ${path}`);
    try {
      const refusal = this.refuse(`${method} ${path}`, body);
      if (refusal) throw refusal;
      return { status: 200, ...this.answer(userId, method, path, new URLSearchParams(text), body, etag) };
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return { status: error.status, body: error.body };
    }
  }

  answer(userId, method, path, query, body, etag) {
    const parts = path.split("/").filter(Boolean);
    const [noun, id, verb, who] = parts;
    const route = `${method} ${[noun, id && ":id", verb, who && ":who"].filter(Boolean).join("/")}`;
    const number = (name) => (query.has(name) ? Number(query.get(name)) : null);
    switch (route) {
      case "GET config":
        return {
          body: {
            api_url: "/api/", ws_url: "/ws/chat/", websocket: true, user: this.data.users.get(userId),
            limits: LIMITS, features: this.features, ping_interval_ms: PING_MS, poll_interval_ms: 3000,
          },
        };
      case "POST ws-ticket":
        return { status: 201, body: { ticket: `t-${userId}`, expires_in: 30, expires_in_s: 30, url: "ws://chat.example/ws/chat/" } };
      case "GET sync":
        return this.sync(userId, query);
      case "GET conversations": {
        const tag = this.etag(userId);
        if (etag === tag) return { status: 304, etag: tag };
        const { total, mentions } = this.totals(userId);
        const rows = this.list(userId);
        const from = number("cursor") ?? 0;
        const size = number("limit") ?? 50;
        const next = from + size < rows.length ? `https://chat.example/api/conversations/?cursor=${from + size}` : null;
        return { etag: tag, body: { results: rows.slice(from, from + size), next, previous: null, total_unread: total, total_mentions: mentions } };
      }
      case "POST conversations": {
        const others = body.kind === "direct" ? [body.user_id] : body.members;
        const made = this.addConversation([userId, ...others], { kind: body.kind, title: body.title ?? "" });
        return { status: 201, body: this.conversation(this.data.conversations.get(made), userId) };
      }
      case "GET conversations/:id":
        return { body: this.conversation(this.place(userId, id), userId) };
      case "PATCH conversations/:id": {
        const seat = this.place(userId, id).members.get(userId);
        if (body.title) this.rename(userId, id, body.title);
        if ("pinned" in body) seat.pinned = body.pinned;
        if ("archived" in body) seat.archived = body.archived;
        return { body: this.conversation(this.place(userId, id), userId) };
      }
      case "GET conversations/:id/changes": {
        const conversation = this.place(userId, id);
        const after = number("after");
        const facts = { rev: conversation.rev, epoch: this.epoch, gap: after > conversation.rev };
        if (facts.gap) return { body: { ...facts, events: [], next_after: conversation.rev, has_more: false, reason: "epoch" } };
        return { body: { ...facts, ...this.changesSince(conversation, userId, after, this.changesLimit) } };
      }
      case "GET conversations/:id/messages":
        return { body: this.page(userId, this.place(userId, id), query) };
      case "POST conversations/:id/messages": {
        const sent = this.send(userId, id, body);
        return { status: sent.duplicate ? 200 : 201, body: sent };
      }
      case "POST conversations/:id/mark_read":
        return { body: { ...this.read(userId, id, body.up_to_seq), marked: 0 } };
      case "POST conversations/:id/mark_unread": {
        const conversation = this.place(userId, id);
        conversation.flagged.add(userId);
        this.hint(userId, conversation, { reason: "read", marked_unread: true });
        return { body: { unread_count: Math.max(1, this.unread(conversation, userId)) } };
      }
      case "GET conversations/:id/participants":
        return { body: { results: this.members(this.place(userId, id)), next: null, previous: null } };
      case "POST conversations/:id/add_participants":
        for (const one of body.user_ids) this.join(id, one);
        return { body: { rev: this.place(userId, id).rev, added: body.user_ids, skipped: [] } };
      case "DELETE conversations/:id/participants/:who":
        this.leave(who, id);
        return { body: { rev: this.place(userId, id).rev } };
      case "PATCH conversations/:id/participants/:who":
        this.place(userId, id).members.get(who).role = body.role;
        return { body: this.members(this.place(userId, id)).find((one) => one.user_id === who) };
      case "POST conversations/:id/leave":
        this.leave(userId, id);
        return { body: { rev: 0 } };
      case "GET messages/:id": {
        const { conversation, message } = this.find(userId, id);
        return { body: this.row(conversation, message, userId) };
      }
      case "PATCH messages/:id":
        return { body: this.edit(userId, id, body) };
      case "DELETE messages/:id": {
        const left = this.remove(userId, id, query.get("scope"));
        return query.get("scope") === "me" ? { status: 204 } : { body: left };
      }
      case "POST messages/:id/reactions":
        return { body: this.react(userId, id, body) };
      case "GET users": {
        const found = [...this.data.users.values()].filter((one) => one.username.includes(query.get("search")));
        return { body: { results: found, next: null, previous: null } };
      }
      case "GET blocked":
        return { body: { results: [], next: null, previous: null } };
      case "POST blocked/:id":
        return { status: 204 };
      case "PATCH status/:id":
        return { body: { user_id: userId, ...body } };
      default:
        throw new Refusal("not_found", 404);
    }
  }

  page(userId, conversation, query) {
    const limit = Number(query.get("limit") ?? 50);
    const all = conversation.messages;
    const place = (name) => (query.has(name) ? Number(query.get(name)) : null);
    const before = place("before_seq");
    const after = place("after_seq");
    const around = place("around_seq");
    let start = Math.max(0, all.length - limit);
    let end = all.length;
    if (before !== null) {
      end = all.filter((one) => one.seq < before).length;
      start = Math.max(0, end - limit);
    } else if (after !== null) {
      start = all.filter((one) => one.seq <= after).length;
      end = start + limit;
    } else if (around !== null) {
      const middle = all.filter((one) => one.seq < around).length;
      start = Math.max(0, middle - (limit >> 1));
      end = middle + limit - (limit >> 1);
    }
    const rows = all.slice(start, end);
    return {
      results: rows.map((one) => this.row(conversation, one, userId)), rev: conversation.rev, seq: conversation.seq,
      history_from_seq: 1, has_older: start > 0, has_newer: (rows.at(-1)?.seq ?? 0) < conversation.seq,
    };
  }

  sync(userId, query) {
    const answer = { events: [], cursors: {}, more: [], gap: [], gone: [], list: null };
    for (const pair of query.getAll("c")) {
      const [id, text] = pair.split(":");
      const after = Number(text);
      const conversation = this.data.conversations.get(id);
      if (!conversation?.members.has(userId)) {
        answer.gone.push(id);
        continue;
      }
      answer.cursors[id] = conversation.rev;
      if (after > conversation.rev || conversation.rev - after > this.replayMax) {
        answer.gap.push(id);
        continue;
      }
      const page = this.changesSince(conversation, userId, after, this.changesLimit);
      answer.events.push(...page.events);
      answer.cursors[id] = page.next_after;
      if (page.has_more) answer.more.push(id);
    }
    const tag = this.etag(userId);
    if (query.get("list") !== tag) answer.list = this.list(userId).slice(0, 50);
    else if (!answer.events.length && !answer.gone.length && !answer.gap.length && query.has("t")) return { status: 304 };
    return { body: { ...answer, list_etag: tag, unread: this.totals(userId), t: `${this.clock.now()}`, epoch: this.epoch, next_poll_ms: 3000 } };
  }
}

const stand = ({ id, conversation_id, seq, rev, timestamp, duplicate }) => ({
  id, conversation_id, seq, rev, timestamp, ...(duplicate && { duplicate }),
});
