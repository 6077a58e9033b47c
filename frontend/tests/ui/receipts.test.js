import assert from "node:assert/strict";
import { test } from "node:test";
import { shownStates } from "../../src/ui/thread/receipts.js";
import { item } from "./items.js";

const own = (seq, rest = {}, message = {}) => item({ seq, is_own_message: true, ...message }, { key: `k${seq}`, ...rest });
const receipts = (read, delivered) => ({
  status: (seq) => (seq <= read ? "read" : seq <= delivered ? "delivered" : "sent"),
  read: (seq) => (seq <= read ? [{ id: "2" }, { id: "3" }] : []),
});
const states = (...given) => Object.fromEntries([...shownStates(...given)].map(([key, { state }]) => [key, state]));

test("Only the last message of each state has an icon", () => {
  const items = [1, 2, 3, 4, 5, 6].map((seq) => own(seq));
  assert.deepEqual(states(items, receipts(2, 4)), { k6: "sent", k4: "delivered", k2: "read" });
});

test("Messages of others have none", () => {
  assert.deepEqual(states([own(1), item({ seq: 2 })], receipts(1, 1)), { k1: "read" });
});

test("Every message that failed says so", () => {
  const items = [own(1), own(0, { key: "a", state: "failed" }), own(0, { key: "b", state: "failed" }), own(0, { key: "c", state: "queued" })];
  assert.deepEqual(states(items, receipts(0, 0)), { c: "queued", b: "failed", a: "failed", k1: "sent" });
});

test("Where receipts are not shown, what the server has is sent", () => {
  assert.deepEqual(states([own(1), own(2)], null), { k2: "sent" });
});

test("A deleted message has no icon, and the one before it has", () => {
  const items = [own(1), own(2, {}, { deleted_at: "2026-03-12T12:00:00Z" })];
  assert.deepEqual(states(items, receipts(0, 0)), { k1: "sent" });
});

test("In a group the last own message says how many have read it", () => {
  const found = shownStates([own(1), own(2), own(0, { key: "q", state: "queued" })], receipts(2, 2), { isGroup: true });
  assert.equal(found.get("k2").readers, 2);
  assert.equal(found.get("q").readers, 0);
  assert.equal(shownStates([own(2)], receipts(2, 2)).get("k2").readers, 0);
});
