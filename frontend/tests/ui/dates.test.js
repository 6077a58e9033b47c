import assert from "node:assert/strict";
import { test } from "node:test";
import { createDates } from "../../src/ui/text/dates.js";

const NOW = Date.parse("2026-03-12T23:30:00Z");
const dates = (locale = "en-GB", timeZone = "UTC") => createDates({ locale, timeZone, now: () => NOW });
const at = (text) => Date.parse(text);

test("Days are named as long as a name says which one is meant", () => {
  const { day } = dates();
  assert.equal(day(at("2026-03-12T00:00:00Z")), "Today");
  assert.equal(day(at("2026-03-11T23:59:00Z")), "Yesterday");
  assert.equal(day(at("2026-03-10T12:00:00Z")), "Tuesday");
  assert.equal(day(at("2026-03-06T12:00:00Z")), "Friday");
  assert.equal(day(at("2026-03-05T12:00:00Z")), "Thursday 5 March");
  assert.equal(day(at("2025-12-31T12:00:00Z")), "31 December 2025");
  assert.equal(day(at("2026-03-13T12:00:00Z")), "Friday 13 March");
});

test("A day begins where the reader is", () => {
  // In Auckland it is noon of the 13th.
  const { day, dayKey, time } = dates("en-GB", "Pacific/Auckland");
  assert.equal(dayKey(at("2026-03-12T10:59:00Z")), "2026-03-12");
  assert.equal(dayKey(at("2026-03-12T11:00:00Z")), "2026-03-13");
  assert.equal(day(at("2026-03-12T10:59:00Z")), "Yesterday");
  assert.equal(time(at("2026-03-12T11:05:00Z")), "00:05");
});

test("Zones of quarters of an hour have their own midnight", () => {
  const { dayKey } = dates("en-GB", "Asia/Kathmandu");
  assert.equal(dayKey(at("2026-03-12T18:14:59Z")), "2026-03-12");
  assert.equal(dayKey(at("2026-03-12T18:15:00Z")), "2026-03-13");
});

test("Yesterday is yesterday when the clocks were changed in between", () => {
  const zone = "Europe/Berlin";
  const now = () => at("2026-03-29T10:00:00Z");
  const { day } = createDates({ locale: "en-GB", timeZone: zone, now });
  assert.equal(day(at("2026-03-28T23:30:00Z")), "Today");
  assert.equal(day(at("2026-03-28T22:30:00Z")), "Yesterday");
});

test("Other languages say it in their own way, with a capital", () => {
  assert.equal(dates("de").day(at("2026-03-11T12:00:00Z")), "Gestern");
  assert.equal(dates("fr").day(at("2026-03-10T12:00:00Z")), "Mardi");
  assert.match(dates("en-US").time(at("2026-03-12T14:05:00Z")), /^2:05\sPM$/u);
});

test("What was just now is told in minutes, what was before by clock and day", () => {
  const { relative } = dates();
  assert.equal(relative(NOW - 20_000), "now");
  assert.match(relative(NOW - 5 * 60_000), /^5 min\.? ago$/u);
  assert.equal(relative(NOW - 3 * 3_600_000), "20:30");
  assert.equal(relative(NOW - 24 * 3_600_000), "Yesterday");
});
