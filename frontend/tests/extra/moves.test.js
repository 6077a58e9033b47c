import assert from "node:assert/strict";
import { test } from "node:test";
import { moveInGrid } from "../../src/extra/emoji/moves.js";

// Rows of four:  0 1 2 3 / 4 5 | 6 7 8 | 9 10 11 12 / 13
const go = (key, at, more = {}) => moveInGrid({ key, at, lengths: [6, 3, 5], columns: 4, ...more });

test("Left and right go through all groups and end at the ends", () => {
  assert.equal(go("ArrowRight", 3), 4);
  assert.equal(go("ArrowRight", 5), 6);
  assert.equal(go("ArrowRight", 13), 13);
  assert.equal(go("ArrowLeft", 6), 5);
  assert.equal(go("ArrowLeft", 0), 0);
});

test("Left and right change places where it is read from the right", () => {
  assert.equal(go("ArrowLeft", 3, { isRtl: true }), 4);
  assert.equal(go("ArrowRight", 3, { isRtl: true }), 2);
});

test("Up and down keep the column, or take the last of a shorter row", () => {
  assert.equal(go("ArrowDown", 1), 5);
  assert.equal(go("ArrowDown", 3), 5);
  assert.equal(go("ArrowDown", 5), 7);
  assert.equal(go("ArrowUp", 8), 5);
  assert.equal(go("ArrowUp", 12), 8);
});

test("Up from the first row leaves the grid, down from the last stays", () => {
  assert.equal(go("ArrowUp", 2), -1);
  assert.equal(go("ArrowDown", 13), 13);
});

test("Pages are five rows and end at the first and last", () => {
  const many = { lengths: [40, 1], columns: 4 };
  assert.equal(go("PageDown", 2, many), 22);
  assert.equal(go("PageUp", 22, many), 2);
  assert.equal(go("PageUp", 6, many), 2);
  assert.equal(go("PageDown", 38, many), 40);
});

test("Home and End are those of the row, with Control those of everything", () => {
  assert.equal(go("Home", 11), 9);
  assert.equal(go("End", 4), 5);
  assert.equal(go("Home", 11, { isWhole: true }), 0);
  assert.equal(go("End", 4, { isWhole: true }), 13);
});

test("Other keys, and an empty grid, lead nowhere", () => {
  assert.equal(go("a", 3), null);
  assert.equal(go("Tab", 3), null);
  assert.equal(go("ArrowDown", 0, { lengths: [] }), null);
});
