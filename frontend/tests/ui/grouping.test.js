import assert from "node:assert/strict";
import { test } from "node:test";
import { createDates } from "../../src/ui/text/dates.js";
import { rowsOf } from "../../src/ui/thread/grouping.js";
import { item } from "./items.js";

const { dayKey } = createDates({ locale: "en", timeZone: "UTC", now: () => 0 });
const rows = (items, options = {}) => rowsOf(items, { dayKey, ...options });
const at = (minutes) => new Date(Date.parse("2026-03-12T12:00:00Z") + minutes * 60_000).toISOString();
const kinds = (found) => found.map((row) => row.kind).join(" ");
const edges = (found) =>
  found
    .filter((row) => row.kind === "message")
    .map((row) => (row.first ? "[" : "") + row.item.message.content + (row.last ? "]" : ""))
    .join("");
const system = (event, more = {}) =>
  item({ kind: "system", sender: "", sender_id: null, content: "", system: { event, actor: "1", targets: ["2"], data: {} }, ...more });
const deleted = (more = {}) => item({ content: "", deleted_at: at(0), deleted_by: "author", ...more });

test("Messages of the same person within five minutes are one group", () => {
  const found = rows([
    item({ content: "a", timestamp: at(0) }),
    item({ content: "b", timestamp: at(5) }),
    item({ content: "c", timestamp: at(10.1) }),
    item({ content: "d", timestamp: at(11), sender_id: "3" }),
  ]);
  assert.equal(edges(found), "[ab][c][d]");
});

test("What stands between ends a group", () => {
  const found = rows([item({ content: "a" }), system("title_changed"), item({ content: "b" })]);
  assert.equal(edges(found), "[a][b]");
});

test("People who are gone are not taken for one another", () => {
  const gone = { sender_id: null };
  const found = rows([item({ ...gone, sender: "Ana", content: "a" }), item({ ...gone, sender: "Ben", content: "b" })]);
  assert.equal(edges(found), "[a][b]");
});

test("Each day has a heading, and ends groups", () => {
  const found = rows([
    item({ content: "a", timestamp: "2026-03-11T23:59:00Z" }),
    item({ content: "b", timestamp: "2026-03-12T00:01:00Z" }),
  ]);
  assert.equal(kinds(found), "day message day message");
  assert.equal(edges(found), "[a][b]");
});

test("The divider stands above the first unread message", () => {
  const items = [item({ seq: 7 }), item({ seq: 8 }), item({ seq: 9 })];
  assert.equal(kinds(rows(items, { unreadFrom: 8 })), "day message unread message message");
});

test("The divider stands above what follows when its own message is gone", () => {
  const items = [item({ seq: 7 }), item({ seq: 9 })];
  assert.equal(kinds(rows(items, { unreadFrom: 8 })), "day message unread message");
});

test("A divider further up than what is loaded is not shown", () => {
  const items = [item({ seq: 57 }), item({ seq: 58 })];
  assert.equal(kinds(rows(items, { unreadFrom: 8, hasOlder: true })), "day message message");
  assert.equal(kinds(rows(items, { unreadFrom: 57, hasOlder: true })), "day unread message message");
  assert.equal(kinds(rows(items, { unreadFrom: 90 })), "day message message");
});

test("More than three changes to the members are told in one line", () => {
  const three = [system("members_added"), system("member_left"), system("member_removed")];
  assert.equal(kinds(rows(three)), "day system system system");
  assert.equal(kinds(rows([...three, system("members_added")])), "day run");
});

test("A run can be opened", () => {
  const items = [1, 2, 3, 4].map(() => system("members_added"));
  const found = rows(items, { isExpanded: () => true });
  assert.equal(kinds(found), "day run system system system system");
});

test("Other system lines are no part of a run", () => {
  const items = [1, 2, 3, 4].map(() => system("members_added"));
  items.splice(2, 0, system("title_changed"));
  assert.equal(kinds(rows(items)), "day system system system system system");
});

test("One deleted message is a row, several in a row are a line", () => {
  assert.equal(kinds(rows([deleted()])), "day message");
  const found = rows([deleted(), deleted(), item()]);
  assert.equal(kinds(found), "day tombstones message");
  assert.equal(found[1].items.length, 2);
});

test("Neither the divider nor midnight disappears in a run", () => {
  const items = [deleted({ seq: 1 }), deleted({ seq: 2 }), deleted({ seq: 3 }), deleted({ seq: 4 })];
  assert.equal(kinds(rows(items, { unreadFrom: 3 })), "day tombstones unread tombstones");
  const late = [deleted(), deleted(), deleted({ timestamp: "2026-03-13T00:00:00Z" })];
  assert.equal(kinds(rows(late)), "day tombstones day message");
});

test("No two rows have the same key", () => {
  const items = [system("members_added"), deleted(), deleted(), item(), ...[1, 2, 3, 4].map(() => system("member_left"))];
  const keys = rows(items, { unreadFrom: items[3].message.seq, isExpanded: () => true }).map((row) => row.key);
  assert.equal(new Set(keys).size, keys.length);
});
