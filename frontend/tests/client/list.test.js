/** The list of conversations, what is unread, people, and the tabs of a browser. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { idbStore } from "../../src/client/browser.js";
import { memoryStore } from "../../src/client/index.js";
import { createPerson, createWorld } from "./people.js";

async function listed(options = {}) {
  const world = createWorld();
  const ids = ["One", "Two", "Three"].map((title) => world.server.addConversation(["ana", "ben"], { title }));
  const ana = createPerson(world, "ana", options);
  ana.chat.connect();
  await world.clock.run(1_000);
  const titles = () => ana.chat.conversations.items.map((one) => one.title);
  const does = async (promise) => {
    promise.catch(() => {});
    await world.clock.run(1_000);
    return promise;
  };
  return { ...world, ...ana, ids, titles, does };
}

test("a message moves its conversation to the top and is counted", async () => {
  const { server, ids, clock, titles, chat } = await listed();
  const totals = [];
  chat.unread.subscribe((one) => totals.push(one));
  server.send("ben", ids[1], { content: "Hello" });
  await clock.run(100);
  assert.equal(titles()[0], "Two");
  const { unread_count, last_message } = chat.conversations.get(ids[1]);
  assert.deepEqual([unread_count, last_message.excerpt], [1, "Hello"]);
  assert.deepEqual(totals, [{ total: 1, mentions: 0 }]);
  server.send("ben", ids[2], { content: "@ana", mentions: [{ kind: "user", user_id: "ana", offset: 0, length: 4 }] });
  await clock.run(100);
  assert.deepEqual(totals.at(-1), { total: 2, mentions: 1 });
});

test("what is sent just before a conversation is left stands in the list", async () => {
  const { ids, clock, chat } = await listed();
  for (const pause of [0, 1, 5, 20, 60]) {
    const opening = chat.conversations.open(ids[0]);
    await clock.run(1_000);
    const thread = await opening;
    const content = `Bye, after ${pause}`;
    thread.send({ content });
    await clock.run(pause);
    thread.close();
    await clock.run(2_000);
    assert.equal(chat.conversations.get(ids[0]).last_message.excerpt, content);
  }
});

test("pinned conversations come first", async () => {
  const { ids, titles, chat, does } = await listed();
  await does(chat.conversations.update(ids[2], { pinned: true }));
  assert.equal(titles()[0], "Three");
});

test("reading brings the count to nothing, here and in other tabs", async () => {
  const first = await listed();
  const { server, ids, clock, chat } = first;
  const second = createPerson(first, "ana");
  second.chat.connect();
  server.send("ben", ids[0], { content: "Hello" });
  await clock.run(1_000);
  assert.deepEqual([chat.unread.total, second.chat.unread.total], [1, 1]);
  const opening = chat.conversations.open(ids[0]);
  await clock.run(1_000);
  (await opening).markRead();
  assert.equal(chat.unread.total, 0);
  await clock.run(1_000);
  assert.equal(second.chat.unread.total, 0);
  assert.equal(server.data.conversations.get(ids[0]).members.get("ana").read, 1);
});

test("reading is told once a second at most", async () => {
  const { server, ids, clock, chat } = await listed();
  const opening = chat.conversations.open(ids[0]);
  await clock.run(1_000);
  const thread = await opening;
  for (let n = 0; n < 20; n++) {
    server.send("ben", ids[0], { content: `${n}` });
    await clock.run(100);
    thread.markRead();
  }
  await clock.run(2_000);
  const told = server.frames.filter((frame) => frame.type === "read");
  assert.ok(told.length <= 4, `${told.length} times`);
  assert.equal(told.at(-1).up_to_seq, 20);
});

test("a conversation is marked read without being opened", async () => {
  const { server, ids, chat, does, clock } = await listed();
  server.send("ben", ids[0], { content: "Hello" });
  await clock.run(1_000);
  assert.equal(chat.unread.total, 1);
  await does(chat.conversations.markRead(ids[0]));
  assert.equal(chat.unread.total, 0);
  assert.equal(server.data.conversations.get(ids[0]).members.get("ana").read, 1);
});

test("a client without people and tabs reads, writes and hears", async () => {
  const { server, ids, chat, does, clock } = await listed({ people: undefined, tabs: undefined });
  const thread = await does(chat.conversations.open(ids[0]));
  thread.send({ content: "Hello" });
  server.send("ben", ids[0], { content: "Hi" });
  await clock.run(1_000);
  assert.deepEqual(thread.items.map((one) => [one.message.content, one.state]).sort(), [["Hello", "sent"], ["Hi", "sent"]]);
  assert.equal(chat.presence, undefined);
  await chat.destroy();
});

test("a conversation can be marked unread, and reading ends that", async () => {
  const { ids, clock, chat, server, does } = await listed();
  server.send("ben", ids[0], { content: "Hello" });
  const thread = await does(chat.conversations.open(ids[0]));
  thread.markRead();
  await clock.run(2_000);
  await does(chat.conversations.markUnread(ids[0]));
  assert.deepEqual([chat.unread.total, chat.conversations.get(ids[0]).marked_unread], [1, true]);
  thread.markRead();
  await clock.run(2_000);
  assert.deepEqual([chat.unread.total, chat.conversations.get(ids[0]).marked_unread], [0, false]);
  assert.equal(server.data.conversations.get(ids[0]).flagged.size, 0);
});

test("a conversation can be marked read without being opened", async () => {
  const { ids, clock, chat, server, does } = await listed();
  server.send("ben", ids[0], { content: "Hello" });
  await clock.run(2_000);
  await does(chat.conversations.markUnread(ids[0]));
  await does(chat.conversations.markRead(ids[0]));
  const { unread_count, marked_unread } = chat.conversations.get(ids[0]);
  assert.deepEqual([chat.unread.total, unread_count, marked_unread], [0, 0, false]);
  assert.equal(server.data.conversations.get(ids[0]).flagged.size, 0);
});

test("what hints did not tell, the next ping does", async () => {
  const { server, ids, clock, chat } = await listed();
  server.data.conversations.get(ids[0]).title = "Renamed in silence";
  server.data.conversations.get(ids[0]).rev++;
  await clock.run(27_000);
  assert.equal(chat.conversations.get(ids[0]).title, "Renamed in silence");
  const before = server.requests.length;
  await clock.run(50_000);
  assert.equal(server.requests.length, before, "the same list is not read twice");
});

test("a list that was on its way does not undo what came since", async () => {
  const { server, ids, clock, chat, network } = await listed();
  network.faults.delay = 0;
  const { handle } = server;
  server.handle = function (...request) {
    const answer = structuredClone(handle.apply(this, request));
    if (request[2].startsWith("conversations/?") || request[2] === "conversations/") {
      server.handle = handle;
      server.send("ben", ids[0], { content: "meanwhile" });
    }
    return answer;
  };
  network.wait = () => (network.slow = !network.slow) * 300;
  const listing = chat.conversations.list();
  await clock.run(2_000);
  await listing;
  assert.equal(chat.conversations.get(ids[0]).last_message.content ?? chat.conversations.get(ids[0]).last_message.excerpt, "meanwhile");
});

test("a list that was on its way does not undo what one has just pinned", async () => {
  const { server, ids, clock, chat, network } = await listed();
  const { handle } = server;
  /** Whether it was pinned, each time that the list was drawn anew. */
  const seen = [];
  chat.on("list", () => seen.push(chat.conversations.get(ids[2]).pinned));
  server.handle = function (...request) {
    const answer = structuredClone(handle.apply(this, request));
    if (request[2].startsWith("conversations/?") || request[2] === "conversations/") {
      server.handle = handle;
      // While this answer is on its way, the conversation is pinned.
      const waits = [1, 300];
      network.wait = () => waits.shift() ?? 1;
      chat.conversations.update(ids[2], { pinned: true });
    }
    return answer;
  };
  network.wait = () => 300;
  const first = chat.conversations.update(ids[0], { archived: true });
  await clock.run(5_000);
  await first;
  assert.equal(chat.conversations.get(ids[2]).pinned, true);
  assert.ok(seen.length > 0 && !seen.includes(false), String(seen));
});

test("pages of the list follow each other", async () => {
  const { chat, does, server } = await listed();
  for (let n = 0; n < 60; n++) server.addConversation(["ana", "ben"], { title: `more ${n}` });
  const first = await does(chat.conversations.list());
  assert.equal(first.results.length, 50);
  const second = await does(chat.conversations.list({ cursor: first.next }));
  assert.equal(second.results.length, 13);
  assert.equal(second.next, null);
  assert.equal(chat.conversations.items.length, 63);
});

test("conversations come and go", async () => {
  const { chat, does, server, ids, clock } = await listed();
  const direct = await does(chat.conversations.createDirect("ben"));
  assert.equal(direct.title, "Ben");
  const group = await does(chat.conversations.createGroup({ title: "New", members: ["ben"] }));
  assert.equal(chat.conversations.get(group.id).title, "New");
  await does(chat.conversations.leave(group.id));
  assert.equal(chat.conversations.get(group.id), undefined);
  const theirs = server.addConversation(["ben"], { title: "Theirs" });
  server.join(theirs, "ana");
  await clock.run(100);
  assert.equal(chat.conversations.get(theirs).title, "Theirs");
  server.leave("ana", ids[0]);
  await clock.run(100);
  assert.equal(chat.conversations.get(ids[0]), undefined);
});

test("what was left while away is off the list", async () => {
  const { chat, server, ids, clock, network } = await listed();
  network.isUp = false;
  network.cut();
  server.leave("ana", ids[0]);
  network.isUp = true;
  await clock.run(40_000);
  assert.equal(chat.conversations.get(ids[0]), undefined);
});

test("members are read, brought in, given roles and taken out", async () => {
  const { chat, does, ids, server, clock } = await listed();
  server.user("cem");
  await does(chat.conversations.addMembers(ids[0], ["cem"]));
  await does(chat.conversations.setRole(ids[0], "cem", "admin"));
  const page = await does(chat.conversations.members(ids[0]));
  assert.deepEqual(page.results.map((one) => [one.user_id, one.role]), [["ana", "owner"], ["ben", "member"], ["cem", "admin"]]);
  await does(chat.conversations.removeMember(ids[0], "cem"));
  await clock.run(1_000);
  assert.equal(chat.conversations.get(ids[0]).member_count, 2);
});

test("a title that changes is told, and permissions are read anew", async () => {
  const { chat, server, ids, clock, does } = await listed();
  await does(chat.conversations.open(ids[0]));
  const told = [];
  chat.on("conversation_updated", (frame) => told.push(frame.changes.title));
  server.rename("ana", ids[0], "Coffee");
  await clock.run(100);
  assert.equal(chat.conversations.get(ids[0]).title, "Coffee");
  assert.deepEqual(told, ["Coffee"]);
  const before = server.requests.length;
  await clock.run(1_000);
  assert.deepEqual(server.requests.slice(before), [`GET conversations/${ids[0]}/`]);
});

test("people are found, watched and blocked", async () => {
  const { chat, clock, does, server } = await listed();
  const found = await does(chat.contacts.search("be"));
  assert.deepEqual(found.results.map((user) => user.id), ["ben"]);
  await does(chat.contacts.block("ben"));
  assert.ok(server.requests.includes("POST blocked/block/"));
  const end = chat.presence.watch(["ben"]);
  const again = chat.presence.watch(["ben"]);
  await clock.run(100);
  assert.equal(chat.presence.get("ben").status, "offline");
  end();
  assert.equal(chat.presence.get("ben").status, "offline", "somebody still watches");
  again();
  assert.equal(chat.presence.get("ben"), undefined);
  await clock.run(100);
  assert.deepEqual(server.frames.filter((frame) => frame.type === "watch_presence").map((frame) => frame.user_ids), [["ben"], []]);
});

test("request() is the way to what has no method", async () => {
  const { chat, does, server, ids, clock } = await listed();
  const ack = await does(chat.request("send_message", { conversation_id: ids[0], content: "raw", client_id: "k1" }));
  assert.equal(ack.seq, 1);
  await assert.rejects(does(chat.request("dance")), { code: "unknown_type", temporary: false });
  server.receive = () => {};
  const asked = chat.request("read", {}, { timeoutMs: 500 });
  await assert.rejects(does(asked), { code: "timeout", temporary: true });
  const control = new AbortController();
  const aborted = chat.request("read", {}, { signal: control.signal });
  control.abort();
  await assert.rejects(aborted, { code: "aborted" });
  await chat.disconnect();
  await assert.rejects(chat.request("read"), { code: "disconnected" });
  await clock.run(1);
});

test("handlers that throw stop nobody, and signals end them", async () => {
  const { chat, server, ids, clock } = await listed();
  let heard = 0;
  const control = new AbortController();
  chat.on("inbox", () => {
    throw new Error("mine");
  });
  chat.on("inbox", () => heard++, { signal: control.signal });
  server.send("ben", ids[0], { content: "1" });
  await clock.run(100);
  control.abort();
  server.send("ben", ids[0], { content: "2" });
  await clock.run(100);
  assert.equal(heard, 1);
});

test("the log never holds what people wrote", async () => {
  const lines = [];
  const logger = (...line) => lines.push(JSON.stringify(line));
  const { chat, ids, clock, does, network } = await listed({ logger });
  const thread = await does(chat.conversations.open(ids[0]));
  thread.send({ content: "top secret" });
  network.cut();
  await clock.run(5_000);
  assert.ok(lines.length > 0);
  assert.ok(!lines.some((line) => line.includes("top secret")));
});

/** A page of a browser whose tabs share channels and locks. */
function createBrowser() {
  const channels = new Set();
  const held = new Map();
  return () => {
    const host = Object.assign(new EventTarget(), { document: Object.assign(new EventTarget(), { visibilityState: "visible", cookie: "" }) });
    host.BroadcastChannel = class {
      constructor(name) {
        Object.assign(this, { name, onmessage: null });
        channels.add(this);
      }
      postMessage(data) {
        for (const one of channels) if (one !== this && one.name === this.name) one.onmessage?.({ data: structuredClone(data) });
      }
      close() {
        channels.delete(this);
      }
    };
    host.navigator = {
      locks: {
        request(name, { signal }, granted) {
          const turn = (held.get(name) ?? Promise.resolve()).then(() => (signal.aborted ? null : granted()));
          held.set(name, turn);
          return turn;
        },
      },
    };
    return host;
  };
}

test("drafts are kept, shared by tabs, and dropped by sending", async () => {
  const browse = createBrowser();
  const store = memoryStore();
  const options = { userKey: "t:ana", store };
  const first = await listed({ ...options, host: browse() });
  const { clock, ids, chat, does } = first;
  const second = createPerson(first, "ana", { ...options, host: browse() });
  second.chat.connect();
  const thread = await does(chat.conversations.open(ids[0]));
  const other = await does(second.chat.conversations.open(ids[0]));
  const told = [];
  other.subscribe((changes) => told.push(...changes.filter((change) => change.type === "draft").map((change) => change.draft.text)));
  thread.draft.set("Hel");
  thread.draft.set("Hello");
  assert.equal(await store.get("drafts", ids[0]), undefined);
  await clock.run(600);
  assert.deepEqual(await store.get("drafts", ids[0]), { id: ids[0], text: "Hello", replyTo: null });
  assert.deepEqual([other.draft.get().text, told], ["Hello", ["Hello"]]);
  thread.send({ content: "Hello" });
  await clock.run(1_000);
  assert.deepEqual([thread.draft.get().text, other.draft.get().text], ["", ""]);
  assert.equal(await store.get("drafts", ids[0]), undefined);
});

test("a draft is written at once when its conversation is left", async () => {
  const store = memoryStore();
  const { ids, chat, does, clock } = await listed({ store });
  const thread = await does(chat.conversations.open(ids[0]));
  thread.draft.set("unfinished");
  thread.close();
  await clock.settle();
  assert.equal((await store.get("drafts", ids[0])).text, "unfinished");
});

test("a draft is written when the page goes away", async () => {
  const host = createBrowser()();
  const store = memoryStore();
  const { ids, chat, does, clock } = await listed({ userKey: "t:ana", store, host });
  const thread = await does(chat.conversations.open(ids[0]));
  thread.draft.set("unfinished");
  host.dispatchEvent(new Event("pagehide"));
  await clock.settle();
  assert.equal((await store.get("drafts", ids[0])).text, "unfinished");
  assert.equal(chat.state, "idle");
  host.dispatchEvent(Object.assign(new Event("pageshow"), { persisted: true }));
  await clock.run(1_000);
  assert.equal(chat.state, "live");
  assert.equal(thread.draft.get().text, "unfinished");
});

test("a list tells of drafts, whether a conversation is open, in another tab, or was left long ago", async () => {
  const browse = createBrowser();
  const options = { userKey: "t:ana", store: memoryStore() };
  const first = await listed({ ...options, host: browse() });
  const { clock, ids, chat, does } = first;
  const thread = await does(chat.conversations.open(ids[0]));
  const told = [];
  chat.on("draft", (id) => told.push([id, chat.draft(id).text]));
  thread.draft.set("Hel");
  thread.draft.set("Hello", "m1");
  assert.deepEqual(told, [[ids[0], "Hel"], [ids[0], "Hello"]]);
  await clock.run(600);

  const second = createPerson(first, "ana", { ...options, host: browse() });
  await clock.settle();
  assert.deepEqual(second.chat.draft(ids[0]), { text: "Hello", replyTo: "m1" });
  assert.equal(second.chat.draft(ids[1]).text, "");
  const heard = [];
  second.chat.on("draft", (id) => heard.push([id, second.chat.draft(id).text]));
  thread.draft.set("Hello you");
  await clock.run(600);
  thread.send({ content: "Hello you" });
  await clock.run(1_000);
  assert.deepEqual(heard, [[ids[0], "Hello you"], [ids[0], ""]]);
  assert.deepEqual(told.at(-1), [ids[0], ""]);
});

test("a tab hidden for five minutes lets go, unless it is the one that stays", async () => {
  const browse = createBrowser();
  const hosts = [browse(), browse()];
  const first = await listed({ userKey: "t:ana", host: hosts[0] });
  const { clock, chat, server, ids } = first;
  const second = createPerson(first, "ana", { userKey: "t:ana", host: hosts[1] });
  second.chat.connect();
  await clock.run(1_000);
  for (const { document } of hosts) {
    document.visibilityState = "hidden";
    document.dispatchEvent(new Event("visibilitychange"));
  }
  await clock.run(5 * 60_000 + 1_000);
  assert.deepEqual([chat.state, second.chat.state], ["live", "idle"]);
  server.send("ben", ids[0], { content: "Hello" });
  await clock.run(100);
  assert.equal(second.chat.unread.total, 1, "the tab that stays tells the other");
  hosts[1].document.visibilityState = "visible";
  hosts[1].document.dispatchEvent(new Event("visibilitychange"));
  await clock.run(1_000);
  assert.equal(second.chat.state, "live");
});

test("reading in one tab is seen in the other without the network", async () => {
  const browse = createBrowser();
  const first = await listed({ userKey: "t:ana", host: browse() });
  const { clock, chat, server, ids, does } = first;
  const second = createPerson(first, "ana", { userKey: "t:ana", host: browse() });
  second.chat.connect();
  server.send("ben", ids[0], { content: "Hello" });
  const thread = await does(chat.conversations.open(ids[0]));
  assert.equal(second.chat.unread.total, 1);
  thread.markRead();
  assert.equal(second.chat.unread.total, 0);
});

/** As much of IndexedDB as the store uses. */
function fakeIndexedDB() {
  const databases = new Map();
  const later = (fn) => queueMicrotask(fn);
  return {
    open(name) {
      const request = { result: null };
      later(() => {
        const isNew = !databases.has(name);
        if (isNew) databases.set(name, new Map());
        const rows = databases.get(name);
        request.result = {
          createObjectStore() {},
          transaction() {
            const transaction = {
              commit() {},
              objectStore: () => ({
                get: (key) => ({ result: rows.get(JSON.stringify(key)) }),
                put: (value, key) => (rows.set(JSON.stringify(key), structuredClone(value)), {}),
                delete: (key) => (rows.delete(JSON.stringify(key)), {}),
                getAll: (range) => ({ result: [...rows].filter(([key]) => JSON.parse(key)[0] === range.lower[0]).map(([, value]) => value) }),
                clear: () => (rows.clear(), {}),
              }),
            };
            later(() => transaction.oncomplete());
            return transaction;
          },
        };
        if (isNew) request.onupgradeneeded();
        request.onsuccess();
      });
      return request;
    },
  };
}

for (const [name, createStore] of [
  ["memory", () => memoryStore()],
  ["IndexedDB", () => idbStore({ key: "t:ana", indexedDB: fakeIndexedDB() })],
  ["a browser that refuses IndexedDB", () => idbStore({ key: "t:ana", indexedDB: { open: () => { throw new Error("refused"); } } })],
]) {
  test(`a store in ${name} gives back what it was given`, async () => {
    globalThis.IDBKeyRange = { bound: (lower, upper) => ({ lower, upper }) };
    const store = createStore();
    await store.put("outbox", "a", { n: 1 });
    await store.put("outbox", "b", { n: 2 });
    await store.put("drafts", "a", { text: "x" });
    assert.deepEqual(await store.get("outbox", "a"), { n: 1 });
    assert.deepEqual(await store.values("outbox"), [{ n: 1 }, { n: 2 }]);
    await store.delete("outbox", "a");
    assert.deepEqual(await store.values("outbox"), [{ n: 2 }]);
    await store.clear();
    assert.deepEqual(await store.values("drafts"), []);
    delete globalThis.IDBKeyRange;
  });
}

test("what the site signed for a reader is opened by its reference", async () => {
  const { chat, does, server } = await listed();
  const bodies = [];
  server.refuse = (what, body) => void (what === "POST conversations/" && bodies.push({ ...body }) && Object.assign(body, { kind: "group", title: "Order 7", members: ["ben"] }));
  const conversation = await does(chat.conversations.openReference("signed"));
  assert.deepEqual(bodies, [{ about: "signed" }]);
  assert.equal(chat.conversations.get(conversation.id).title, "Order 7");
});

test("writing by cookie carries the token, in the header that the site names", async () => {
  const seen = [];
  const world = createWorld();
  const id = world.server.addConversation(["ana", "ben"]);
  const { network, chat } = createPerson(world, "ana", {
    wsUrl: null,
    csrf: () => "token",
    csrfHeader: "X-Site-Token",
    fetch: (url, init) => seen.push([init.method, init.headers["X-Site-Token"]]) && network.fetch(url, init),
  });
  chat.connect();
  await world.clock.run(1_000);
  chat.conversations.markUnread(id);
  await world.clock.run(1_000);
  assert.deepEqual(new Set(seen.map(([method, token]) => `${method} ${token}`)), new Set(["GET undefined", "POST token"]));
});

test("without a token at hand, that of Django's cookie is taken", async () => {
  const seen = [];
  const world = createWorld();
  const id = world.server.addConversation(["ana", "ben"]);
  const { network, chat } = createPerson(world, "ana", {
    wsUrl: null,
    host: { document: { cookie: "a=b; csrftoken=from-cookie; c=d" } },
    fetch: (url, init) => seen.push(init.headers["X-CSRFToken"]) && network.fetch(url, init),
  });
  chat.connect();
  await world.clock.run(1_000);
  chat.conversations.markUnread(id);
  await world.clock.run(1_000);
  assert.ok(seen.includes("from-cookie"));
});
