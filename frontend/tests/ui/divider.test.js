import assert from "node:assert/strict";
import { test } from "node:test";
import { NO_DIVIDER, reduceDivider, showsBanner } from "../../src/ui/thread/divider.js";

const play = (...events) => events.reduce(reduceDivider, NO_DIVIDER);
const open = { type: "open", firstUnreadSeq: 10, count: 5 };
const view = (line, atEnd, focused = true) => ({ type: "view", line, atEnd, focused });
const message = (seq, atEnd, focused = true) => ({ type: "message", seq, own: false, atEnd, focused });

test("It stands where the reader had read to", () => {
  assert.equal(play(open).at, 10);
  assert.equal(play({ ...open, firstUnreadSeq: null }).at, null);
});

test("It stays while one reads, and while more comes in under one's eyes", () => {
  assert.equal(play(open, view("visible", false), view("above", true), message(15, true)).at, 10);
});

test("It goes when one writes, or says that all is read", () => {
  assert.equal(play(open, { type: "message", seq: 15, own: true, atEnd: true, focused: true }).at, null);
  assert.equal(play(open, { type: "mark-read" }).at, null);
});

test("It goes when one leaves from the end, and stays when one leaves from elsewhere", () => {
  assert.equal(play(open, { type: "leave", atEnd: true }).at, null);
  assert.equal(play(open, { type: "leave", atEnd: false }).at, 10);
});

test("It goes when one has seen it, gone up, and come back to the end", () => {
  const read = [open, view("visible", false), view("above", true)];
  assert.equal(play(...read, view("visible", false)).at, 10);
  assert.equal(play(...read, view("visible", false), view("above", true)).at, null);
});

test("To reach the end for the first time does not take it away", () => {
  assert.equal(play(open, view("visible", false), view("visible", true)).at, 10);
});

test("Nothing is seen by who is not there", () => {
  const away = play(open, view("visible", true, false), view("above", false, false), view("above", true, false));
  assert.deepEqual([away.at, away.seen, away.passed], [10, false, false]);
});

test("What comes in while nobody looks begins a new run", () => {
  const found = play(message(20, true, false), message(21, true, false));
  assert.deepEqual([found.at, found.count], [20, 2]);
});

test("What comes in while one is further up begins a new run", () => {
  assert.equal(play(message(20, false)).at, 20);
});

test("What comes in before the end was reached belongs to the same run", () => {
  const found = play(open, view("visible", false), message(15, false));
  assert.deepEqual([found.at, found.count], [10, 6]);
});

test("After the end was reached, what comes in unseen moves it", () => {
  const found = play(open, view("visible", true), message(15, true, false));
  assert.deepEqual([found.at, found.count, found.seen], [15, 1, false]);
});

test("The banner is there while the line is above, until it was seen", () => {
  const opened = play(open);
  assert.ok(showsBanner(opened, "above"));
  assert.ok(!showsBanner(opened, "visible"));
  assert.ok(!showsBanner(play(open, view("visible", false)), "above"));
  assert.ok(!showsBanner(NO_DIVIDER, "above"));
});
