import assert from "node:assert/strict";
import { test } from "node:test";
import { compare } from "../../src/client/changes.js";
import { hueOf, initialsOf } from "../../src/ui/thread/avatar.js";
import { applied } from "../../src/ui/thread/applied.js";
import { isLongText } from "../../src/ui/thread/rows.js";
import { item, randomBelow } from "./items.js";

test("The changes that a thread tells lead from its old items to its new ones", () => {
  const seed = Number(process.env.SEED ?? Date.now() % 1e9);
  console.log(`seed ${seed}`);
  const below = randomBelow(seed);
  let items = [];
  for (let round = 0; round < 500; round += 1) {
    const next = items.filter(() => below(8) > 0).map((one) => (below(6) === 0 ? { ...one } : one));
    for (let more = below(5); more > 0; more -= 1) next.splice(below(next.length + 1), 0, item());
    if (next.length > 1 && below(3) === 0) next.push(...next.splice(below(next.length - 1), 1));
    assert.deepEqual(applied(items, compare(items, next)), next);
    items = next.slice(0, 40);
  }
});

test("A reset takes the place of everything, and what is no item changes nothing", () => {
  const [a, b] = [item(), item()];
  assert.deepEqual(applied([a], [{ type: "reset", items: [b] }]), [b]);
  assert.deepEqual(applied([a], [{ type: "receipts" }, { type: "typing", users: [] }]), [a]);
});

test("More than thirty lines are long, whether broken by the writer or by the width", () => {
  assert.ok(!isLongText("a\n".repeat(29) + "a"));
  assert.ok(isLongText("a\n".repeat(30) + "a"));
  assert.ok(isLongText("a".repeat(65 * 30 + 1)));
});

test("Initials are those of the first and the last name", () => {
  assert.equal(initialsOf("Ana Maria Petrović"), "AP");
  assert.equal(initialsOf("ben"), "B");
  assert.equal(initialsOf("😀 Yuki"), "Y");
  assert.equal(initialsOf("𝒜da"), "𝒜");
  assert.equal(initialsOf("  "), "?");
});

test("A person has the same colour everywhere", () => {
  assert.equal(hueOf("42"), hueOf("42"));
  assert.ok(new Set(Array.from({ length: 50 }, (_, id) => hueOf(String(id)))).size > 6);
});
