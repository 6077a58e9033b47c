import assert from "node:assert/strict";
import { test } from "node:test";

import { en } from "../../src/ui/text/en.js";
import { systemText } from "../../src/ui/text/system.js";
import { createTranslator } from "../../src/ui/text/translate.js";

const t = createTranslator(en, "en");
const people = new Map(Object.entries({ 1: { name: "Ana" }, 2: { name: "Ben" }, 3: { name: "Cem" } }));
const said = (me, event, actor, targets = [], data = {}) =>
  t(...systemText({ event, actor, targets, data }, { t, locale: "en", me, person: (id) => people.get(id) }));

test("What somebody else did names who did it", () => {
  assert.equal(said("4", "members_added", "1", ["2", "3"]), "Ana added Ben and Cem");
  assert.equal(said("4", "member_left", "2", ["2"]), "Ben left");
  assert.equal(said("4", "title_changed", "1", [], { title: "{actor}" }), "Ana renamed the group to “{actor}”");
});

test("The reader's own deeds are told as such", () => {
  assert.equal(said("1", "members_added", "1", ["2"]), "You added Ben");
  assert.equal(said("2", "member_left", "2", ["2"]), "You left");
  assert.equal(said("1", "status_changed", "1", [], { status: "closed" }), "You closed the conversation");
});

test("What was done to the reader is told as such, alone or with others", () => {
  assert.equal(said("2", "members_added", "1", ["2"]), "Ana added you");
  assert.equal(said("2", "members_added", "1", ["2", "3"]), "Ana added you, along with Cem");
  assert.equal(said("2", "role_changed", "1", ["2"], { role: "admin" }), "Ana made you an admin");
});

test("Who is not known is somebody, also where the reader is not known", () => {
  assert.equal(said("1", "members_added", "9", ["2"]), "Somebody added Ben");
  assert.equal(said(null, "members_added", null, ["2"]), "Somebody added Ben");
});

test("An event of a later version is a change", () => {
  assert.equal(said("1", "moved_to_the_moon", "1"), "The conversation changed");
  assert.equal(t(...systemText(null, { t, locale: "en", me: "1", person: () => undefined })), "The conversation changed");
});

test("Whatever can be done has a text for who did it", () => {
  for (const key of Object.keys(en)) {
    if (!key.startsWith("system.") || key.includes(".", 7) || !String(en[key]).includes("{actor}")) continue;
    assert.ok(Object.hasOwn(en, `${key}.own`), key);
    assert.doesNotMatch(String(en[`${key}.own`]), /\{actor\}/);
    if (String(en[key]).includes("{targets}")) assert.ok(Object.hasOwn(en, `${key}.you`), key);
  }
});
