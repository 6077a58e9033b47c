/** People with clients, for tests. */

import { browserTabs } from "../../src/client/browser.js";
import { createChat } from "../../src/client/index.js";
import { createPeople } from "../../src/client/people.js";
import { createClock, createRandom } from "./clock.js";
import { Network } from "./network.js";
import { FakeServer } from "./server.js";

/** A server, and the time in which everything happens. */
export function createWorld({ seed = 1, ...options } = {}) {
  const clock = createClock();
  const random = createRandom(seed);
  return { clock, random, server: new FakeServer({ clock, ...options }) };
}

/** A client of `userId`, with the network between it and the server. */
export function createPerson(world, userId, { faults, ...options } = {}) {
  const { clock, random, server } = world;
  if (!server.data.users.has(userId)) server.user(userId);
  const network = new Network({ server, clock, random, userId, faults });
  const { setTimer, now } = clock;
  const chat = createChat({
    apiUrl: "/api/",
    wsUrl: "ws://chat.example/ws/chat/",
    WebSocket: network.WebSocket,
    fetch: network.fetch,
    host: {},
    people: createPeople,
    tabs: browserTabs,
    random,
    setTimer,
    now,
    ...options,
  });
  return { chat, network, userId };
}

/**
 * Draws a thread as a keyed renderer does, from changes alone, and fails at once when
 * anything is shown twice.
 */
export class Screen {
  constructor(thread) {
    this.thread = thread;
    this.rows = thread.items.map((item) => item);
    /** The key under which each message was ever shown. */
    this.keys = new Map();
    this.most = 0;
    this.error = null;
    /** Whether the database was restored: until clients hear of it, old numbers and new
     * ones are mixed. */
    this.isDoubtful = false;
    thread.subscribe((changes) => {
      try {
        for (const change of changes) this.draw(change);
        this.look();
      } catch (error) {
        // The client survives listeners that throw; the test must not.
        if (!this.isDoubtful) this.error ??= error;
      }
    });
    this.look();
  }

  /** Fails if anything was ever wrong. */
  check() {
    if (this.error) throw this.error;
    this.look();
  }

  draw(change) {
    const place = (key) => {
      const found = this.rows.findIndex((row) => row.key === key);
      if (found < 0) throw new Error(`${change.type}: there is no row ${key}`);
      return found;
    };
    const put = (item, after) => this.rows.splice(after === null ? 0 : place(after) + 1, 0, item);
    if (change.type === "reset") {
      this.rows = [...change.items];
    } else if (change.type === "remove") {
      this.rows.splice(place(change.key), 1);
    } else if (change.type === "update") {
      this.rows[place(change.item.key)] = change.item;
    } else if (change.type === "move") {
      this.rows.splice(place(change.item.key), 1);
      put(change.item, change.after);
    } else if (change.type === "insert") {
      if (this.rows.some((row) => row.key === change.item.key)) throw new Error(`twice: ${change.item.key}`);
      put(change.item, change.after);
    }
  }

  look() {
    const { items } = this.thread;
    const same = items.length === this.rows.length && items.every((item, n) => item === this.rows[n]);
    if (!same) throw new Error("what is drawn is not what there is");
    this.most = Math.max(this.most, items.length);
    const ids = new Set();
    const keys = new Set();
    let seq = 0;
    for (const { key, message } of items) {
      if (keys.has(key)) throw new Error(`two rows with the key ${key}`);
      keys.add(key);
      if (!message.id) {
        seq = Infinity;
        continue;
      }
      if (ids.has(message.id)) throw new Error(`shown twice: ${message.id}`);
      ids.add(message.id);
      if (message.seq <= seq) throw new Error(`out of order: ${items.map((item) => `${item.message.seq}/${item.message.rev}`).join(" ")}`);
      seq = message.seq;
      const known = this.keys.get(message.id) ?? key;
      if (known !== key) throw new Error(`the key of ${message.id} changed from ${known} to ${key}`);
      this.keys.set(message.id, key);
    }
    const texts = items.map(({ message }) => message.client_id).filter(Boolean);
    if (new Set(texts).size !== texts.length) throw new Error("a message and its draft");
  }
}

/** What a reader should see of a conversation, by the server's books. */
export function truth(server, conversationId, userId) {
  const conversation = server.data.conversations.get(conversationId);
  return conversation.messages
    .map((message) => server.row(conversation, message, userId))
    .filter((row) => row.hidden !== "me");
}
