/** Whatever networks do, everybody sees the server's history, and nothing twice. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { createPerson, createWorld, Screen, truth } from "./people.js";

const SEEDS = Number(process.env.SEEDS ?? 300);
const FIRST = Number(process.env.FIRST_SEED ?? 1);
const STEPS = 30;
const EMOJI = ["👍", "🎉", "❤️"];

/** Frames vanish, double and overtake each other, as no socket does; or a server whose
 * processes lose news of each other, behind sockets that are cut. */
const WEATHER = [
  { drop: 0.06, double: 0.06, reorder: 0.15, cut: 0.004, fail: 0.1, delay: 1500 },
  { cut: 0.02, fail: 0.15, lose: 0.15, delay: 800 },
  { drop: 0.25, double: 0.1, reorder: 0.4, cut: 0.01, fail: 0.3, delay: 4000 },
];

async function storm(seed) {
  const world = createWorld({ seed, replayMax: 6, changesLimit: 3 });
  const { clock, random, server } = world;
  const names = ["ana", "ben", "cem"].slice(0, 2 + (seed % 2));
  const id = server.addConversation(names);
  server.addConversation(names, { title: "Other" });
  for (let n = random.below(12); n > 0; n--) server.send(random.pick(names), id, { content: `old ${n}` });
  server.backup();
  const faults = WEATHER[seed % WEATHER.length];
  const people = names.map((name) => createPerson(world, name, { faults }));
  // One of them is there twice.
  if (random.chance(0.3)) people.push(createPerson(world, "ana", { faults }));
  let texts = 0;
  let isRestored = false;

  const visit = async (person) => {
    person.chat.connect().catch(() => {});
    person.chat.on("welcome", ({ mode }) => (person.wasLive ||= mode === "multi"));
    try {
      person.thread = await person.chat.conversations.open(id, { at: "latest" });
      person.screen = new Screen(person.thread);
      person.screen.isDoubtful = isRestored;
    } catch (error) {
      assert.equal(error.temporary, true, `${error.code}`);
      clock.setTimer(() => visit(person), 1000);
    }
  };
  people.forEach(visit);

  const quietly = (promise) => promise.catch((error) => assert.ok(error.code, `${error.stack}`));
  const some = (person, own) => {
    const found = person.thread.items.filter(({ message }) => message.id && (!own || message.is_own_message));
    return found.length ? random.pick(found).message.id : null;
  };

  function step() {
    const person = random.pick(people);
    const { thread, chat, network } = person;
    if (!thread) return;
    const what = random.below(20);
    if (what < 7) {
      const replyTo = random.chance(0.3) ? some(person, false) : null;
      thread.send({ content: `text ${++texts}`, replyTo });
    } else if (what < 9) {
      const mine = some(person, true);
      if (mine) quietly(thread.edit(mine, `edited ${++texts}`));
    } else if (what < 10) {
      const mine = some(person, true);
      if (mine) quietly(thread.remove(mine));
    } else if (what < 11) {
      const any = some(person, false);
      if (any) quietly(thread.remove(any, "me"));
    } else if (what < 14) {
      const any = some(person, false);
      if (any) quietly(random.chance(0.7) ? thread.react(any, random.pick(EMOJI)) : thread.unreact(any, random.pick(EMOJI)));
    } else if (what < 15) {
      thread.markRead();
    } else if (what < 16) {
      quietly(random.chance(0.5) ? thread.loadOlder(3) : thread.jumpTo(1 + random.below(20)));
    } else if (what < 17) {
      network.cut(random.pick([1006, 1012, 1011, 4011, 4012]));
    } else if (what < 18) {
      network.isUp = false;
      clock.setTimer(() => (network.isUp = true), random.below(40_000));
    } else if (what < 19 && !isRestored && random.chance(0.1) && people.every((one) => one.wasLive)) {
      isRestored = true;
      server.restore();
      for (const { screen } of people) if (screen) screen.isDoubtful = true;
    } else if (chat.state === "live" && random.chance(0.3)) {
      server.rename("ana", id, `title ${++texts}`);
    }
  }

  for (let n = 0; n < STEPS; n++) {
    step();
    await clock.run(random.below(2500));
  }

  for (const { network } of people) {
    network.calm();
    network.isUp = true;
  }
  await clock.run(80_000);
  // What has no number comes again with the next connection only.
  for (const { network } of people) network.cut();
  await clock.run(40_000);

  for (const { chat, thread, userId } of people) {
    assert.equal(chat.state, "live");
    assert.deepEqual(chat.outbox.items(), [], `${userId} has something unsent`);
  }
  for (const { thread } of people) {
    const arriving = (async () => {
      await thread.jumpToLatest();
      while (thread.hasOlder) await thread.loadOlder();
    })();
    await clock.run(2_000);
    await arriving;
  }
  for (const { chat, thread, screen, userId } of people) {
    screen.isDoubtful = false;
    screen.check();
    const seen = thread.items.map(({ message }) => message);
    const conversation = server.data.conversations.get(id);
    const hidden = conversation.hidden.get(userId) ?? new Set();
    // Of what readers deleted for themselves, nobody tells them what became of it.
    const shown = (message) => (hidden.has(message.reply_to?.id) ? { ...message, reply_to: null } : message);
    assert.deepEqual(seen.map(shown), truth(server, id, userId).map(shown));
    const { read_seq, unread_count, title, seq } = thread.conversation;
    const told = server.conversation(conversation, userId);
    assert.deepEqual({ read_seq, unread_count, title, seq }, pick(told, ["read_seq", "unread_count", "title", "seq"]));
    assert.deepEqual({ total: chat.unread.total, mentions: chat.unread.mentions }, server.totals(userId));
    await chat.destroy();
  }
}

const pick = (object, names) => Object.fromEntries(names.map((name) => [name, object[name]]));

test(`everybody comes to see the same, in ${SEEDS} storms`, async () => {
  for (let seed = FIRST; seed < FIRST + SEEDS; seed++) {
    try {
      await storm(seed);
    } catch (error) {
      throw new Error(`FIRST_SEED=${seed} SEEDS=1 repeats it: ${error.message}`, { cause: error });
    }
  }
});
