/** When the client connects, waits, polls and gives up. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { backoff } from "../../src/client/connection.js";
import { createPerson, createWorld } from "./people.js";

async function live(options) {
  const world = createWorld();
  world.id = world.server.addConversation(["ana", "ben"]);
  const ana = createPerson(world, "ana", options);
  const states = [];
  ana.chat.on("state", (state) => states.push(state));
  const connecting = ana.chat.connect();
  await world.clock.run(1_000);
  return { ...world, ...ana, states, connecting };
}

test("the first connection says who one is and what is allowed", async () => {
  const { chat, connecting, states } = await live();
  const welcome = await connecting;
  assert.equal(welcome.user.id, "ana");
  assert.equal(chat.me.name, "Ana");
  assert.equal(chat.limits.text_max, 10_000);
  assert.deepEqual(states, ["connecting", "live"]);
});

test("each attempt waits twice as long, with jitter, up to half a minute", () => {
  assert.deepEqual([1, 2, 3, 6, 20].map((n) => backoff(n, 0)), [500, 1_000, 2_000, 15_000, 15_000]);
  assert.deepEqual([1, 2, 6].map((n) => backoff(n, 0.5)), [750, 1_500, 22_500]);
});

/** What the client does after each way of closing: the state after half a second, and
 * when it connects again, in milliseconds; null for never. */
const CLOSES = [
  [1000, "connecting", [500, 1_200]],
  [1001, "connecting", [500, 1_200]],
  [1006, "connecting", [500, 1_200]],
  [1009, "connecting", [500, 1_200]],
  [1011, "connecting", [500, 1_200]],
  [1012, "connecting", [500, 1_200]],
  [4001, "unauthorized", null],
  [4003, "closed", null],
  [4004, "closed", null],
  [4008, "connecting", [30_000, 30_200]],
  [4009, "polling", [500, 1_200]],
  [4010, "closed", null],
  [4011, "live", [0, 200]],
  [4012, "live", [0, 200]],
];

for (const [code, state, again] of CLOSES) {
  const then = again ? `connects again after ${again[0]} ms` : "does not connect again";
  test(`closed with ${code}, the client is ${state} and ${then}`, async () => {
    const { clock, network, chat } = await live();
    await clock.run(11_000);
    const lost = clock.now();
    network.cut(code);
    await clock.run(400);
    assert.equal(chat.state, state);
    let delay = null;
    for (let n = 0; n < 400 && delay === null; n++) {
      if (network.opened.length > 1) delay = clock.now() - lost;
      else await clock.run(100);
    }
    if (!again) assert.equal(delay, null);
    else assert.ok(delay !== null && delay >= Math.max(again[0], 0) && delay <= again[1] + 400, `after ${delay} ms`);
  });
}

test("a token is renewed once when the login is refused", async () => {
  let tokens = 0;
  const auth = { token: async () => `token ${++tokens}` };
  const { clock, network, chat } = await live({ auth });
  assert.deepEqual(network.opened[0].protocols, ["django-chat.v1", "ticket.t-ana"]);
  const before = tokens;
  network.cut(4001);
  await clock.run(500);
  assert.equal(chat.state, "live");
  assert.ok(tokens > before);
  network.cut(4001);
  await clock.run(60_000);
  assert.equal(chat.state, "unauthorized");
});

test("connect() fails when nobody is logged in", async () => {
  const world = createWorld();
  const { chat, network } = createPerson(world, "ana");
  const refused = assert.rejects(chat.connect(), { code: "not_authenticated", temporary: false });
  await world.clock.settle();
  network.cut(4001);
  await world.clock.run(1_000);
  await refused;
  assert.equal(chat.state, "unauthorized");
});

test("an outdated client is told so", async () => {
  const { chat, network, clock } = await live();
  let outdated = 0;
  chat.on("outdated", () => outdated++);
  network.cut(4010);
  await clock.run(100);
  assert.equal(outdated, 1);
});

test("offline is said after five seconds, not at once", async () => {
  const { clock, network, chat } = await live({ transports: ["ws"] });
  network.isUp = false;
  network.cut();
  await clock.run(4_900);
  assert.equal(chat.state, "connecting");
  await clock.run(200);
  assert.equal(chat.state, "offline");
  network.isUp = true;
  await clock.run(40_000);
  assert.equal(chat.state, "live");
});

test("the first connection is never called offline while it is tried", async () => {
  const world = createWorld();
  const { chat, network } = createPerson(world, "ana");
  network.isUp = false;
  chat.connect().catch(() => {});
  await world.clock.run(10_000);
  assert.equal(chat.state, "connecting");
});

test("without sockets the client polls, and goes back to a socket when it can", async () => {
  const world = createWorld();
  const id = world.server.addConversation(["ana", "ben"]);
  const { chat, network } = createPerson(world, "ana");
  network.allowsSockets = false;
  const connecting = chat.connect();
  await world.clock.run(25_000);
  assert.equal(chat.state, "polling");
  assert.equal((await connecting).mode, "poll");
  const opening = chat.conversations.open(id);
  await world.clock.run(1_000);
  const thread = await opening;
  world.server.send("ben", id, { content: "by poll" });
  await world.clock.run(4_000);
  assert.deepEqual(thread.items.map((item) => item.message.content), ["by poll"]);
  thread.send({ content: "by REST" });
  await world.clock.run(4_000);
  assert.deepEqual(thread.items.map((item) => [item.message.content, item.state]), [["by poll", "sent"], ["by REST", "sent"]]);
  network.allowsSockets = true;
  await world.clock.run(35_000);
  assert.equal(chat.state, "live");
  const before = world.server.requests.length;
  await world.clock.run(20_000);
  assert.ok(!world.server.requests.slice(before).includes("GET sync/"), "it still polls");
});

test("a site without sockets is polled from the start", async () => {
  const { chat, network } = await live({ wsUrl: null });
  assert.equal(chat.state, "polling");
  assert.equal(network.opened.length, 0);
});

test("pings are answered", async () => {
  const { clock, server } = await live();
  await clock.run(26_000);
  assert.equal(server.frames.filter((frame) => frame.type === "pong").length, 1);
});

test("35 seconds of silence are the end of a connection", async () => {
  const { clock, network, chat, server } = await live();
  const [first] = network.opened;
  server.ping = () => {};
  await clock.run(34_000);
  assert.equal(network.opened.length, 1);
  await clock.run(2_000);
  assert.equal(network.opened.length, 2);
  assert.ok(first.isOver);
  assert.equal(chat.state, "live");
});

test("a socket that was given up is not listened to", async () => {
  const { clock, network, chat } = await live();
  const [first] = network.opened;
  const listener = first.onmessage;
  network.cut();
  await clock.run(3_000);
  let heard = 0;
  chat.on("*", () => heard++);
  listener({ data: JSON.stringify({ type: "read", conversation_id: "x", user_id: "ben", up_to_seq: 1 }) });
  assert.equal(heard, 0);
});

test("a page that is looked at again tests its connection", async () => {
  const target = new EventTarget();
  const document = Object.assign(new EventTarget(), { visibilityState: "visible" });
  const host = { document, addEventListener: target.addEventListener.bind(target) };
  const { clock, network, server } = await live({ host });
  document.dispatchEvent(new Event("visibilitychange"));
  await clock.run(100);
  assert.equal(server.frames.at(-1).type, "ping");
  network.sockets.forEach((socket) => (socket.send = () => {}));
  document.dispatchEvent(new Event("visibilitychange"));
  await clock.run(6_000);
  assert.equal(network.opened.length, 2);
});

test("when the network comes back, the client does not wait", async () => {
  const target = new EventTarget();
  const host = { navigator: { onLine: true }, addEventListener: target.addEventListener.bind(target) };
  const { clock, network, chat } = await live({ host });
  network.isUp = false;
  host.navigator.onLine = false;
  network.cut();
  await clock.run(60_000);
  assert.equal(network.opened.length, 1, "no attempt without a network");
  network.isUp = true;
  host.navigator.onLine = true;
  target.dispatchEvent(new Event("online"));
  await clock.run(200);
  assert.equal(chat.state, "live");
});

test("after disconnect() nothing is tried any more, and connect() begins again", async () => {
  const { clock, network, chat } = await live();
  await chat.disconnect();
  assert.equal(chat.state, "idle");
  await clock.run(60_000);
  assert.equal(network.opened.length, 1);
  const again = chat.connect();
  await clock.run(1_000);
  await again;
  assert.equal(chat.state, "live");
});
