/** What an open conversation shows, and what one can do in it. */

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";
import { createRandom } from "./clock.js";
import { createPerson, createWorld, Screen } from "./people.js";
import { Refusal } from "./server.js";

async function opened({ messages = 0, at, ...options } = {}) {
  const world = createWorld();
  const id = world.server.addConversation(["ana", "ben"]);
  for (let n = 1; n <= messages; n++) world.server.send("ben", id, { content: `m${n}` });
  const ana = createPerson(world, "ana", options);
  ana.chat.connect().catch(() => {});
  const opening = ana.chat.conversations.open(id, at === undefined ? {} : { at });
  await world.clock.run(1_000);
  const thread = await opening;
  const does = async (promise) => {
    promise.catch(() => {});
    await world.clock.run(1_000);
    return promise;
  };
  return { ...world, ...ana, id, thread, does, screen: new Screen(thread) };
}

const seqs = (thread) => thread.items.map(({ message }) => message.seq);
const ends = (thread) => [seqs(thread)[0], seqs(thread).at(-1)];

test("a conversation opens where reading stopped", async () => {
  const { thread } = await opened({ messages: 200 });
  assert.deepEqual(ends(thread), [1, 25]);
  assert.equal(thread.firstUnreadSeq, 1);
  assert.equal(thread.hasNewer, true);
});

test("it can open at the end, or at any message", async () => {
  assert.deepEqual(ends((await opened({ messages: 200, at: "latest" })).thread), [151, 200]);
  const { thread } = await opened({ messages: 200, at: 100 });
  assert.deepEqual(ends(thread), [75, 124]);
});

test("pages follow each other in both directions", async () => {
  const { thread, does, screen } = await opened({ messages: 200, at: 100 });
  await does(thread.loadOlder());
  await does(thread.loadNewer());
  assert.deepEqual(ends(thread), [25, 174]);
  await does(thread.loadOlder());
  assert.equal(thread.hasOlder, false);
  await does(thread.loadNewer());
  assert.deepEqual([...ends(thread), thread.hasNewer], [1, 200, false]);
  screen.check();
});

test("ten thousand messages keep three hundred at hand", async () => {
  const { thread, does, screen, server, id, clock } = await opened({ messages: 5_000, at: "latest" });
  for (let n = 0; n < 99; n++) await does(thread.loadOlder());
  assert.deepEqual([...ends(thread), thread.hasOlder, thread.hasNewer], [1, 300, false, true]);
  await does(thread.jumpToLatest());
  for (let n = 0; n < 5_000; n++) {
    server.send("ben", id, { content: `live ${n}` });
    if (n % 50 === 0) await clock.run(100);
  }
  await clock.run(1_000);
  assert.deepEqual([...ends(thread), thread.hasOlder, thread.hasNewer], [9_701, 10_000, true, false]);
  assert.ok(screen.most <= 300, `${screen.most}`);
  screen.check();
});

test("in an older part of the history, new messages wait until one comes back", async () => {
  const { thread, server, id, clock, does } = await opened({ messages: 200, at: 50 });
  server.send("ben", id, { content: "new" });
  await clock.run(100);
  assert.equal(thread.items.at(-1).message.seq, 74);
  await does(thread.jumpToLatest());
  assert.equal(thread.items.at(-1).message.content, "new");
});

test("an edit shows at once, and is taken back when it is refused", async () => {
  const { thread, does, server } = await opened({ messages: 1 });
  await does(Promise.resolve(thread.send({ content: "mine" })));
  const mine = thread.items[1].message.id;
  server.refuse = (what) => (what === "edit_message" ? new Refusal("edit_window_expired", 409) : undefined);
  const editing = thread.edit(mine, "better");
  assert.equal(thread.items[1].message.content, "better");
  await assert.rejects(does(editing), { code: "edit_window_expired" });
  assert.equal(thread.items[1].message.content, "mine");
  server.refuse = () => undefined;
  await does(thread.edit(mine, "better"));
  assert.deepEqual([thread.items[1].message.content, thread.items[1].message.version], ["better", 2]);
});

test("an edit of a text that has changed says what it is now", async () => {
  const { thread, does, server, id } = await opened();
  await does(Promise.resolve(thread.send({ content: "mine" })));
  const { id: mine } = thread.items[0].message;
  server.publish = () => {};
  server.edit("ana", mine, { content: "from my phone" });
  await assert.rejects(does(thread.edit(mine, "from here")), (error) => {
    assert.deepEqual([error.code, error.detail], ["stale_revision", { version: 2, content: "from my phone" }]);
    return true;
  });
  assert.ok(server.data.conversations.get(id));
});

test("a deleted message stays empty, and so do the words that quote it", async () => {
  const { thread, does, server, id, clock } = await opened({ messages: 1 });
  thread.send({ content: "I quote", replyTo: thread.items[0].message.id });
  await clock.run(1_000);
  assert.equal(thread.items[1].message.reply_to.excerpt, "m1");
  await does(Promise.resolve(server.remove("ben", server.data.conversations.get(id).messages[0].id)));
  assert.equal(thread.items[0].message.deleted_by, "author");
  assert.deepEqual([thread.items[1].message.reply_to.excerpt, thread.items[1].message.reply_to.deleted], ["", true]);
});

test("a message that one deleted for oneself goes, in every tab", async () => {
  const first = await opened({ messages: 3 });
  const { thread, does, clock } = first;
  const second = createPerson(first, "ana");
  second.chat.connect();
  const opening = second.chat.conversations.open(first.id);
  await clock.run(1_000);
  const other = await opening;
  await does(thread.remove(thread.items[1].message.id, "me"));
  assert.deepEqual(seqs(thread), [1, 3]);
  assert.deepEqual(seqs(other), [1, 3]);
  const third = createPerson(first, "ana");
  third.chat.connect();
  const reopening = third.chat.conversations.open(first.id);
  await clock.run(1_000);
  assert.deepEqual(seqs(await reopening), [1, 3]);
});

test("a reaction shows at once, counts once, and goes again", async () => {
  const { thread, does } = await opened({ messages: 1 });
  const { id } = thread.items[0].message;
  const reacting = thread.react(id, "👍");
  const mine = [{ emoji: "👍", count: 1, user_ids: ["ana"], me: true }];
  assert.deepEqual(thread.items[0].message.reactions, mine);
  await does(reacting);
  assert.deepEqual(thread.items[0].message.reactions, mine);
  await does(thread.unreact(id, "👍"));
  assert.deepEqual(thread.items[0].message.reactions, []);
});

test("among many reactions one knows one's own", async () => {
  const { thread, does, server, id, clock } = await opened({ messages: 1 });
  const message = server.data.conversations.get(id).messages[0];
  for (let n = 0; n < 12; n++) server.data.conversations.get(id).members.set(`u${n}`, { role: "member", read: 0, delivered: 0 });
  for (let n = 0; n < 12; n++) server.user(`u${n}`) && server.react(`u${n}`, message.id, { emoji: "👍" });
  await does(thread.react(message.id, "👍"));
  server.react("u1", message.id, { emoji: "👍", op: "remove" });
  await clock.run(1_000);
  const [reaction] = thread.items[0].message.reactions;
  assert.deepEqual([reaction.count, reaction.me], [12, true]);
});

for (const [order, seed] of [["after", 1], ["before", 5]]) {
  test(`history that is loaded ${order} the welcome is delivered`, async () => {
    const { thread, server, id, clock } = await opened();
    thread.send({ content: "Hello" });
    await clock.run(1_000);
    const ben = createPerson({ clock, random: createRandom(seed), server }, "ben");
    const seen = [];
    ben.chat.on("welcome", () => seen.push("welcome"));
    ben.chat.connect();
    ben.chat.conversations.open(id).then(() => seen.push("history"));
    await clock.run(3_000);
    assert.deepEqual(seen, order === "after" ? ["welcome", "history"] : ["history", "welcome"]);
    assert.equal(thread.receipts.status(1), "delivered");
  });
}

test("receipts say who has read how far", async () => {
  const { thread, server, id, clock, chat } = await opened();
  thread.send({ content: "Hello" });
  await clock.run(1_000);
  assert.equal(thread.receipts.status(1), "sent");
  const ben = createPerson({ clock, random: createRandom(1), server }, "ben");
  ben.chat.connect();
  const opening = ben.chat.conversations.open(id);
  await clock.run(3_000);
  assert.equal(thread.receipts.status(1), "delivered");
  assert.deepEqual(thread.receipts.read(1), []);
  (await opening).markRead();
  await clock.run(1_000);
  assert.equal(thread.receipts.status(1), "read");
  assert.deepEqual(thread.receipts.lastReadBy(1).map((user) => user.name), ["Ben"]);
  assert.ok(chat.me);
});

test("to write is to have read", async () => {
  const { thread, server, id, clock, chat } = await opened({ messages: 2 });
  server.send("ben", id, { content: "third" });
  await clock.run(100);
  assert.deepEqual(thread.receipts.read(3).map((user) => user.id), ["ben"]);
  assert.equal(chat.unread.total, 3);
  thread.send({ content: "mine" });
  await clock.run(1_000);
  assert.deepEqual([chat.unread.total, thread.conversation.read_seq], [0, 4]);
});

test("typing is shown until it ends, until a message, or until it is old", async () => {
  const { thread, server, id, clock } = await opened();
  const ben = createPerson({ clock, random: createRandom(1), server }, "ben");
  ben.chat.connect();
  const opening = ben.chat.conversations.open(id);
  await clock.run(1_000);
  const theirs = await opening;
  const names = () => thread.typing.map((user) => user.name);
  theirs.setTyping("text");
  await clock.run(100);
  assert.deepEqual(names(), ["Ben"]);
  await clock.run(1_500);
  assert.deepEqual(names(), [], "a pause ends it");
  theirs.setTyping("text");
  await clock.run(100);
  server.send("ben", id, { content: "there" });
  await clock.run(100);
  assert.deepEqual(names(), [], "a message ends it");
  await clock.run(1_500);
  theirs.setTyping("text");
  await clock.run(100);
  ben.network.isUp = false;
  ben.network.cut();
  await clock.run(5_000);
  assert.deepEqual(names(), ["Ben"]);
  await clock.run(2_000);
  assert.deepEqual(names(), [], "time ends it");
});

test("while keys come, typing is told every three seconds", async () => {
  const { thread, server, clock } = await opened();
  for (let n = 0; n < 14; n++) {
    thread.setTyping("text");
    await clock.run(500);
  }
  const told = server.frames.filter((frame) => frame.type === "typing");
  assert.deepEqual(told.map((frame) => frame.is_typing), [true, true, true]);
});

test("who is removed while reading is told, and hears no more", async () => {
  const { thread, server, id, clock, chat } = await opened({ messages: 1 });
  server.leave("ana", id);
  await clock.run(100);
  assert.equal(thread.ended, "removed");
  assert.equal(chat.conversations.get(id), undefined);
  server.join(id, "ana");
  await clock.run(1_000);
  assert.equal(thread.ended, null);
});

test("a gap too large to replay loads the conversation anew", async () => {
  const { thread, server, id, clock, network, screen } = await opened({ messages: 5 });
  network.isUp = false;
  network.cut();
  for (let n = 0; n < 600; n++) server.send("ben", id, { content: `missed ${n}` });
  network.isUp = true;
  await clock.run(60_000);
  assert.deepEqual([...ends(thread), thread.hasOlder, thread.hasNewer], [556, 605, true, false]);
  screen.check();
});

test("a frame that is missing is asked for", async () => {
  const { thread, server, id, clock, network } = await opened({ messages: 1 });
  network.sockets.forEach((socket) => {
    const out = socket.out.bind(socket);
    socket.out = (frame) => (frame.content === "lost" ? undefined : out(frame));
  });
  server.send("ben", id, { content: "lost" });
  server.send("ben", id, { content: "next" });
  await clock.run(500);
  assert.deepEqual(seqs(thread), [1], "what comes early waits");
  await clock.run(1_500);
  assert.deepEqual(seqs(thread), [1, 2, 3]);
  assert.ok(server.requests.includes(`GET conversations/${id}/changes/`));
});

test("the last frame that is missing is noticed with the next ping", async () => {
  const { thread, server, id, clock, network } = await opened({ messages: 1 });
  network.sockets.forEach((socket) => {
    const out = socket.out.bind(socket);
    socket.out = (frame) => (frame.content === "lost" ? undefined : out(frame));
  });
  server.send("ben", id, { content: "lost" });
  await clock.run(27_000);
  assert.deepEqual(seqs(thread), [1, 2]);
});

test("a restored database is loaded anew", async () => {
  const { thread, server, id, clock, chat } = await opened({ messages: 2 });
  server.backup();
  server.send("ben", id, { content: "will be lost" });
  await clock.run(1_000);
  let resets = 0;
  chat.on("reset", () => resets++);
  server.restore();
  server.send("ben", id, { content: "after" });
  await clock.run(2_000);
  assert.equal(resets, 1);
  assert.deepEqual(thread.items.map((item) => item.message.content), ["m1", "m2", "after"]);
});

const FIXTURES = new URL("../../../src/django_chat/protocol/v1/fixtures/", import.meta.url);

for (const name of readdirSync(FIXTURES)) {
  test(`the recorded session ${name} is taken in without a complaint`, async () => {
    const steps = JSON.parse(readFileSync(new URL(name, FIXTURES), "utf8"));
    for (const who of new Set(steps.map((step) => step.who))) {
      const heard = steps.filter((step) => step.who === who && step.hears).map((step) => step.hears);
      const { clock, server, random } = createWorld();
      const conversation = heard.find((frame) => frame.conversation_id)?.conversation_id;
      const start = heard.find((frame) => frame.type === "subscribed")?.after ?? heard.find((frame) => frame.type === "subscribed")?.rev ?? 0;
      server.user(who);
      const complaints = [];
      const logger = (level, event, data) => level === "warn" && complaints.push([event, data]);
      const id = server.addConversation([who, "zoe"]);
      const place = server.data.conversations.get(id);
      server.data.conversations.set(conversation, Object.assign(place, { id: conversation, rev: start }));
      server.connect = () => {};
      const person = createPerson({ clock, server, random }, who, { logger });
      person.chat.connect().catch(() => {});
      const opening = person.chat.conversations.open(conversation);
      await clock.run(1_000);
      const thread = await opening;
      const screen = new Screen(thread);
      const [socket] = person.network.opened;
      for (const frame of heard) socket.onmessage?.({ data: JSON.stringify(frame) });
      const messages = heard.filter((frame) => frame.type === "message" || frame.type === "message_updated");
      const newest = new Map(messages.map((frame) => [frame.id, frame]));
      const expected = [...newest.values()].sort((a, b) => a.seq - b.seq).map((frame) => [frame.seq, frame.rev, frame.content]);
      assert.deepEqual(thread.items.map(({ message }) => [message.seq, message.rev, message.content]), expected);
      assert.deepEqual(complaints, []);
      if (heard.some((frame) => frame.type === "unsubscribed")) assert.equal(thread.ended, "removed");
      screen.check();
      await person.chat.destroy();
    }
  });
}
