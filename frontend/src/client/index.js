/**
 * The client of django_chat: everything a chat needs but its looks.
 *
 *     import { createChat } from "./client.js";
 *     const chat = createChat({ apiUrl: "/chat/api/", wsUrl: "/ws/chat/" });
 *     await chat.connect();
 *     const thread = await chat.conversations.open(id);
 *     thread.subscribe((changes) => render(changes));
 *     thread.send({ content: "Hello" });
 *
 * It touches no document when it is imported, and runs in workers and in Node, too.
 */

/** @import {Chat, ChatOptions, Core, Host, ServerFrame, SyncAnswer, Thread, Welcome} from "./types" */
import { createCommands } from "./commands.js";
import { createConnection } from "./connection.js";
import { createConversations } from "./conversations.js";
import { createDrafts } from "./drafts.js";
import { ChatError } from "./errors.js";
import { createEmitter } from "./events.js";
import { SUBSCRIBE } from "./feed.js";
import { createOutbox } from "./outbox.js";
import { createRest } from "./rest.js";
import { memoryStore } from "./store.js";
import { createThread } from "./thread.js";
import { createUnread } from "./unread.js";

export { ChatError } from "./errors.js";
export { memoryStore } from "./store.js";

/** @type {import("./types").SetTimer} */
const setTimer = (fn, ms) => {
  const handle = setTimeout(fn, ms);
  return () => clearTimeout(handle);
};

/**
 * Where nobody knows of other tabs, each client is for itself.
 *
 * @type {import("./types").CreateTabs}
 */
const noTabs = (core, { adopt }) => ({ start: adopt, tell() {}, stop() {} });

/**
 * A client of one person. It does nothing before `connect()`.
 *
 * @param {ChatOptions} options
 * @returns {Chat}
 */
export function createChat(options) {
  const host = options.host ?? /** @type {Host} */ (globalThis);
  const log = options.logger ?? (() => {});
  const emitter = createEmitter(log);
  /** @type {Map<string, ReturnType<typeof createThread>>} */
  const threads = new Map();
  /** How much the server's clock is ahead, in milliseconds. */
  let ahead = 0;
  /** Whether this tab let the connection go, to have it back when it is looked at. */
  let isResting = false;
  let hasStarted = false;

  const timer = options.setTimer ?? setTimer;
  const ask = createRest(options, host, timer);
  /** @type {Core} */
  const core = {
    options,
    host,
    now: options.now ?? Date.now,
    random: options.random ?? Math.random,
    setTimer: timer,
    log,
    emit: emitter.emit,
    on: emitter.on,
    ignore: (error) => log("debug", "ignored", error),
    ask,
    call: async (...request) => (await ask(...request)).body,
    store: options.store ?? memoryStore(),
    me: null,
    limits: {},
    features: [],
    epoch: "",
    state: "idle",
    isLive: false,
    send: (frame) => connection.send(frame),
    hear,
    checkEpoch(epoch) {
      const isOther = core.epoch !== "" && epoch !== core.epoch;
      if (isOther) resetAll();
      core.epoch = epoch;
      return isOther;
    },
    poll: {
      cursors: () =>
        [...threads].flatMap(([id, { feed }]) => {
          const position = feed.position();
          return position === null ? [] : `${id}:${position}`;
        }),
      etag: () => conversations.etag(),
      take: takePolled,
    },
  };

  const connection = createConnection(core, up, down);
  const commands = createCommands(core);
  const unread = createUnread(core);
  const outbox = createOutbox(
    core,
    commands.either,
    (id) => threads.get(id)?.commit(),
    (pending, answer) => threads.get(pending.conversationId)?.confirm(pending, answer),
  );
  const drafts = createDrafts(
    core,
    (id, draft) => tabs.tell({ type: "draft", id, draft }),
    (id, draft) => threads.get(id)?.tell({ type: "draft", draft }),
  );
  const conversations = createConversations(core, unread, threads, open);
  const people = options.people?.(core, { request: commands.request, ...conversations });
  Object.assign(conversations.shown, people?.groups);
  const tabs = (options.tabs ?? noTabs)(core, {
    hear(news) {
      if (news.type === "draft") drafts.hear(news.id, news.draft);
      else if (news.type === "read") conversations.read(news.id, news.seq);
      else if (isResting) unread.set(news.totals.total, news.totals.mentions);
    },
    rest() {
      if (core.state === "idle" || core.state === "closed") return;
      isResting = true;
      connection.disconnect("idle");
    },
    wake() {
      if (isResting) connect().catch(core.ignore);
      else connection.probe();
    },
    hide: drafts.writeAll,
    adopt: () => void outbox.adopt().catch(core.ignore),
  });
  unread.shown.subscribe((totals) => {
    if (!isResting) tabs.tell({ type: "unread", totals });
  });

  function connect() {
    isResting = false;
    if (core.state === "closed") return Promise.reject(new ChatError({ code: "closed" }));
    return connection.connect();
  }

  /** @param {Welcome} welcome */
  function up(welcome) {
    core.me = welcome.user;
    core.limits = welcome.limits;
    core.features = welcome.features;
    if (welcome.server_time) ahead = Date.parse(welcome.server_time) - core.now();
    const isOther = welcome.mode !== "poll" && core.checkEpoch(welcome.epoch);
    if (!isOther && core.isLive) {
      for (const { feed } of threads.values()) feed.subscribe();
      conversations.refresh();
      people?.resume();
    }
    core.emit("welcome", welcome);
    if (!hasStarted) {
      hasStarted = true;
      tabs.start();
    }
    outbox.flushAll();
  }

  /** @param {number} code */
  function down(code) {
    if (code === 1009) outbox.refuseSending();
    for (const { feed } of threads.values()) feed.disconnect();
    commands.drop();
  }

  function resetAll() {
    // The next epoch that is heard is the new one.
    core.epoch = "";
    log("info", "reset");
    core.emit("reset");
    conversations.forget();
    for (const thread of threads.values()) thread.reset();
  }

  /**
   * The thread that a frame is about, if it is open.
   *
   * @param {any} frame
   */
  const threadOf = ({ conversation_id, conversation }) => threads.get(conversation_id ?? conversation?.id);

  /** @param {ServerFrame} frame */
  function hear(frame) {
    const thread = threadOf(frame);
    switch (frame.type) {
      case "ack":
        if (!commands.answer(frame) && frame.client_id && frame.id) outbox.confirm(frame.client_id, frame);
        return;
      case "error":
        if (commands.answer(frame)) return;
        if (frame.ref === SUBSCRIBE) thread?.feed.refused(frame);
        return core.emit("error", new ChatError(frame));
      case "ping":
        for (const [one, rev] of Object.entries(frame.heads ?? {})) threads.get(one)?.feed.head(rev);
        if (frame.inbox_rev) conversations.compare(frame.inbox_rev);
        return;
      case "message":
      case "message_updated":
      case "conversation_updated":
        // What was under way when a thread was closed is news for the list all the same.
        if (!thread) return applied(frame);
      // falls through
      case "skip":
      case "subscribed":
      case "caught_up":
        return thread?.feed.hear(frame);
      case "presence":
        return people?.hear(frame.users);
      case "reset":
        return void (frame.conversation_id ? thread?.reset() : resetAll());
      case "pong":
        return;
      case "message_hidden":
        thread?.hide(frame.message_id);
        break;
      case "read":
        if (frame.user_id === core.me?.id) conversations.read(frame.conversation_id, frame.up_to_seq);
      // Receipts are of everybody.
      case "delivered":
      case "typing":
        thread?.hear(frame);
        break;
      case "inbox":
        conversations.hint(frame);
        // A block was lifted, of which nobody is told.
        if (frame.reason === "message" && thread?.thread.ended === "unavailable") thread.reset();
        break;
      case "conversation_created":
        conversations.upsert(frame.conversation);
        if (thread?.thread.ended) thread.reset();
        break;
      case "unsubscribed":
        if (frame.reason === "requested") return;
        if (frame.reason === "unavailable") thread?.finish(frame.reason);
        else conversations.drop(frame.conversation_id, frame.reason);
    }
    core.emit(frame.type, frame);
  }

  /**
   * A thread has applied a frame.
   *
   * @param {ServerFrame} frame
   */
  function applied(frame) {
    if (frame.type === "skip" || !("rev" in frame)) return;
    if (frame.type === "conversation_updated") conversations.updated(frame);
    else if ("content" in frame) conversations.message(frame);
    core.emit(frame.type, frame);
  }

  /** @param {SyncAnswer} answer */
  function takePolled(answer) {
    for (const frame of answer.events) {
      const thread = threadOf(frame);
      if (!thread || frame.type === "read") hear(frame);
      else thread.apply(frame);
    }
    for (const [id, rev] of Object.entries(answer.cursors)) threads.get(id)?.feed.polled(rev);
    for (const id of answer.gap) threads.get(id)?.reload();
    for (const id of answer.gone) conversations.drop(id, "removed");
    if (answer.list) conversations.polled(answer.list, answer.list_etag);
    unread.set(answer.unread.total, answer.unread.mentions);
  }

  /**
   * @param {string} id
   * @param {"unread" | "latest" | number} at
   * @returns {Promise<Thread>}
   */
  async function open(id, at) {
    if (!conversations.shown.get(id)) await conversations.fetch(id);
    let thread = threads.get(id);
    if (!thread) {
      thread = createThread(core, id, {
        perform: commands.perform,
        conversations,
        outbox,
        drafts,
        read: (seq) => tabs.tell({ type: "read", id, seq }),
        applied,
        closed: () => threads.delete(id),
      });
      threads.set(id, thread);
    }
    try {
      await thread.open(at);
    } catch (error) {
      thread.thread.close();
      throw error;
    }
    return thread.thread;
  }

  return {
    get state() {
      return core.state;
    },
    get me() {
      return core.me;
    },
    get limits() {
      return core.limits;
    },
    get features() {
      return core.features;
    },
    serverTime: () => core.now() + ahead,
    connect,
    async disconnect() {
      isResting = false;
      connection.disconnect("idle");
    },
    async destroy({ wipe = false } = {}) {
      drafts.writeAll();
      connection.disconnect("closed");
      for (const { thread } of [...threads.values()]) thread.close();
      drafts.stop();
      outbox.stop();
      tabs.stop();
      if (wipe) await core.store.clear();
    },
    on: emitter.on,
    conversations: conversations.shown,
    draft: drafts.get,
    unread: unread.shown,
    outbox: outbox.shown,
    request: commands.request,
    .../** @type {ReturnType<import("./types").CreatePeople>["shown"]} */ (people?.shown),
  };
}
