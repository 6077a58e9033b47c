/** What becomes of a message between writing and its place in the history. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { memoryStore } from "../../src/client/index.js";
import { createPerson, createWorld, Screen } from "./people.js";
import { Refusal } from "./server.js";

const DAY = 24 * 3600 * 1000;

async function talking(options) {
  const world = createWorld();
  const id = world.server.addConversation(["ana", "ben"]);
  const ana = createPerson(world, "ana", options);
  ana.chat.connect().catch(() => {});
  const opening = ana.chat.conversations.open(id);
  await world.clock.run(1_000);
  const thread = await opening;
  return { ...world, ...ana, id, thread, screen: new Screen(thread) };
}

const shown = (thread) => thread.items.map(({ message, state }) => `${message.content}: ${state}`);
const stored = (server, id) => server.data.conversations.get(id).messages.map((one) => one.content);

test("a message is shown at once and keeps its key when it is stored", async () => {
  const { thread, clock, screen } = await talking();
  const pending = thread.send({ content: "Hello" });
  assert.deepEqual(shown(thread), ["Hello: sending"]);
  const [{ key }] = thread.items;
  assert.equal(key, pending.clientId);
  await clock.run(1_000);
  assert.deepEqual(shown(thread), ["Hello: sent"]);
  assert.equal(thread.items[0].key, key);
  assert.equal(thread.items[0].message.seq, 1);
  screen.check();
});

test("what is written offline goes out in order with the next connection", async () => {
  const { thread, clock, network, server, id } = await talking({ transports: ["ws"] });
  network.isUp = false;
  network.cut();
  for (const content of ["one", "two", "three"]) thread.send({ content });
  await clock.run(20_000);
  assert.deepEqual(shown(thread), ["one: queued", "two: queued", "three: queued"]);
  network.isUp = true;
  await clock.run(40_000);
  assert.deepEqual(shown(thread), ["one: sent", "two: sent", "three: sent"]);
  assert.deepEqual(stored(server, id), ["one", "two", "three"]);
});

test("what is not answered in ten seconds is sent again with the same key, by REST", async () => {
  const { thread, clock, server, id } = await talking();
  let isDeaf = true;
  server.refuse = (what) => {
    if (what !== "send_message" || !isDeaf) return undefined;
    isDeaf = false;
    const { receive } = server;
    server.receive = () => {};
    clock.setTimer(() => (server.receive = receive), 12_500);
    return undefined;
  };
  const receive = server.receive.bind(server);
  server.receive = (session, frame) => (frame.type === "send_message" ? undefined : receive(session, frame));
  thread.send({ content: "Hello" });
  await clock.run(9_000);
  assert.deepEqual(shown(thread), ["Hello: sending"]);
  await clock.run(1_500);
  assert.deepEqual(shown(thread), ["Hello: queued"]);
  await clock.run(2_000);
  assert.deepEqual(shown(thread), ["Hello: sent"]);
  assert.ok(server.requests.includes(`POST conversations/${id}/messages/`));
  assert.deepEqual(stored(server, id), ["Hello"]);
});

test("an ack that is lost makes no second message", async () => {
  const { thread, clock, server, id, network, screen } = await talking();
  const isAnswer = (frame) => frame.type === "ack" || frame.type === "message";
  for (const socket of network.sockets) {
    const out = socket.out.bind(socket);
    socket.out = (frame) => (isAnswer(frame) ? undefined : out(frame));
  }
  thread.send({ content: "Hello" });
  await clock.run(1_000);
  network.cut();
  await clock.run(5_000);
  assert.deepEqual(shown(thread), ["Hello: sent"]);
  assert.deepEqual(stored(server, id), ["Hello"]);
  screen.check();
});

test("the own message that comes back confirms it, when the ack does not", async () => {
  const { thread, clock, network } = await talking();
  for (const socket of network.sockets) {
    const out = socket.out.bind(socket);
    socket.out = (frame) => (frame.type === "ack" ? undefined : out(frame));
  }
  thread.send({ content: "one" });
  thread.send({ content: "two" });
  await clock.run(1_000);
  assert.deepEqual(shown(thread), ["one: sent", "two: sent"]);
});

test("a temporary error waits for as long as the server says", async () => {
  const { thread, clock, server, chat } = await talking();
  let refusals = 0;
  server.refuse = (what) =>
    what === "send_message" && refusals++ === 0
      ? new Refusal("rate_limited", 429, { retry_after_ms: 7_000 })
      : undefined;
  thread.send({ content: "Hello" });
  await clock.run(6_000);
  assert.deepEqual(shown(thread), ["Hello: queued"]);
  assert.equal(chat.outbox.items().length, 1);
  await clock.run(2_000);
  assert.deepEqual(shown(thread), ["Hello: sent"]);
});

test("a permanent error keeps the text, and can be retried or discarded", async () => {
  const { thread, clock, server, chat } = await talking();
  server.refuse = (what) => (what === "send_message" ? new Refusal("read_only", 403) : undefined);
  const first = thread.send({ content: "first" });
  const second = thread.send({ content: "second" });
  await clock.run(1_000);
  assert.deepEqual(shown(thread), ["first: failed", "second: failed"]);
  assert.equal(thread.items[0].error.code, "read_only");
  chat.outbox.discard(second.clientId);
  assert.deepEqual(shown(thread), ["first: failed"]);
  server.refuse = () => undefined;
  chat.outbox.retry(first.clientId);
  await clock.run(1_000);
  assert.deepEqual(shown(thread), ["first: sent"]);
});

test("a message that fails does not hold up the next one", async () => {
  const { thread, clock, server } = await talking();
  server.refuse = (what, frame) => (frame.content === "bad" ? new Refusal("too_long", 400) : undefined);
  thread.send({ content: "bad" });
  thread.send({ content: "good" });
  await clock.run(1_000);
  assert.deepEqual(shown(thread), ["good: sent", "bad: failed"]);
});

test("a message that is larger than a frame may be is not sent at all", async () => {
  const { thread, clock, server } = await talking();
  thread.send({ content: "x".repeat(170_000) });
  await clock.run(1_000);
  assert.equal(thread.items[0].error.code, "frame_too_large");
  assert.ok(!server.frames.some((frame) => frame.type === "send_message"));
});

test("what closed the socket with 1009 is not sent again", async () => {
  const { thread, clock, network, server } = await talking();
  server.receive = () => {};
  thread.send({ content: "Hello" });
  await clock.run(100);
  network.cut(1009);
  await clock.run(60_000);
  assert.equal(thread.items[0].error.code, "frame_too_large");
});

test("what waited for more than a day asks before it is sent", async () => {
  const { thread, clock, network, chat, server, id } = await talking({ transports: ["ws"] });
  network.isUp = false;
  network.cut();
  thread.send({ content: "old news" });
  await clock.run(DAY + 60_000);
  network.isUp = true;
  await clock.run(60_000);
  assert.deepEqual(shown(thread), ["old news: failed"]);
  assert.equal(thread.items[0].error.code, "stale");
  assert.deepEqual(stored(server, id), []);
  chat.outbox.retryAll();
  await clock.run(1_000);
  assert.deepEqual(shown(thread), ["old news: sent"]);
});

test("what a closed page left unsent is sent by the next one, once", async () => {
  const store = memoryStore();
  const first = await talking({ store });
  const { clock, server, id } = first;
  const receive = server.receive.bind(server);
  first.thread.send({ content: "Hello" });
  await clock.run(15);
  // The page goes away with the answer on its way.
  first.network.isUp = false;
  await first.chat.destroy();
  await clock.run(1_000);
  server.receive = receive;
  const second = createPerson(first, "ana", { store });
  second.chat.connect().catch(() => {});
  await clock.run(5_000);
  assert.deepEqual(stored(server, id), ["Hello"]);
  assert.deepEqual(second.chat.outbox.items(), []);
  assert.deepEqual(await store.values("outbox"), []);
});

test("only the tab that holds the lock sends what others left", async () => {
  const store = memoryStore();
  const world = createWorld();
  const id = world.server.addConversation(["ana", "ben"]);
  const left = { clientId: "left-over", conversationId: id, content: "left", replyTo: null, mentions: null, extra: null };
  await store.put("outbox", "left-over", { ...left, createdAt: world.clock.now(), state: "sending", attempts: 1, error: null });
  const queue = [];
  const locks = {
    request: (name, { signal }, granted) => {
      if (name.endsWith(":outbox")) queue.push(granted);
      return new Promise((resolve) => signal.addEventListener("abort", resolve));
    },
  };
  const tab = createPerson(world, "ana", { store, userKey: "t:ana", host: { navigator: { locks } } });
  tab.chat.connect();
  await world.clock.run(2_000);
  assert.deepEqual(stored(world.server, id), []);
  queue[0]();
  await world.clock.run(2_000);
  assert.deepEqual(stored(world.server, id), ["left"]);
});

test("logging out clears what was kept", async () => {
  const store = memoryStore();
  const { thread, chat, network, clock } = await talking({ store, transports: ["ws"] });
  network.isUp = false;
  network.cut();
  thread.send({ content: "secret" });
  thread.draft.set("more secrets");
  await clock.run(1_000);
  await chat.destroy({ wipe: true });
  assert.deepEqual([await store.values("outbox"), await store.values("drafts")], [[], []]);
});
