import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { createSearch, fold } from "../../src/extra/emoji/search.js";

const shipped = (locale) => {
  const url = new URL(`../../../src/django_chat/static/django_chat/emoji-${locale}.json`, import.meta.url);
  return createSearch(JSON.parse(readFileSync(url, "utf8")).groups.flat());
};
const drawn = (found) => found.map(({ emoji }) => emoji);

const few = createSearch([
  { emoji: "a", name: "crying cat", tags: ["sad"] },
  { emoji: "b", name: "black cat" },
  { emoji: "c", name: "tiger", tags: ["cat", "big cat"] },
  { emoji: "d", name: "cat" },
  { emoji: "e", name: "catwalk" },
  { emoji: "f", name: "sad tiger", shortcodes: ["growl"], english: "tigress" },
  { emoji: "g", name: "concatenation" },
]);

test("What is called so exactly comes first, then what begins so, then other words, then tags", () => {
  assert.deepEqual(drawn(few("cat")), ["d", "e", "a", "b", "c"]);
});

test("Every word of the query has to be found, wherever it is", () => {
  assert.deepEqual(drawn(few("tig sad")), ["f"]);
  assert.deepEqual(drawn(few("cat sa")), ["a"]);
  assert.deepEqual(few("cat mouse"), []);
});

test("Shortcodes are found with their colons, and English names beside the reader's own", () => {
  assert.deepEqual(drawn(few(":growl:")), ["f"]);
  assert.deepEqual(drawn(few("tigress")), ["f"]);
});

test("An empty query finds nothing", () => {
  for (const query of ["", "  ", ":", "::"]) assert.deepEqual(few(query), []);
});

test("Case, accents and the marks between words make no difference, a sign in front does", () => {
  assert.equal(fold("  Drapeau : Côte d’Ivoire "), "drapeau cote d ivoire");
  assert.equal(fold("T-Rex_party"), "t rex party");
  assert.notEqual(fold(":-1:"), fold(":+1:"));
});

test("The shipped data answers to what people type", () => {
  const en = shipped("en");
  assert.equal(drawn(en("thumbsup"))[0], "👍");
  assert.equal(drawn(en(":+1:"))[0], "👍");
  assert.equal(drawn(en("-1"))[0], "👎");
  assert.equal(drawn(en("heart"))[0], "❤️");
  assert.equal(drawn(en("tada"))[0], "🎉");
  assert.ok(drawn(en("flag germ")).includes("🇩🇪"));
});

test("The shipped data answers in the reader's language and in English", () => {
  assert.equal(drawn(shipped("de")("daumen hoch"))[0], "👍");
  assert.equal(drawn(shipped("de")("thumbs up"))[0], "👍");
  assert.equal(drawn(shipped("fr")("coeur rouge"))[0], "❤️");
  assert.equal(drawn(shipped("es")("corazon rojo"))[0], "❤️");
});
