import assert from "node:assert/strict";
import { test } from "node:test";
import { en } from "../../src/ui/text/en.js";
import { createTranslator } from "../../src/ui/text/translate.js";

test("A text takes its parameters", () => {
  const t = createTranslator({ hello: "Hello {name}, {name}!" }, "en");
  assert.equal(t("hello", { name: "Ana" }), "Hello Ana, Ana!");
});

test("A value is never read as a text with parameters of its own", () => {
  const t = createTranslator({ hello: "{a} {b}" }, "en");
  assert.equal(t("hello", { a: "{b}", b: "x" }), "{b} x");
});

test("The plural form is that of the language", () => {
  const forms = { one: "{count} plik", few: "{count} pliki", many: "{count} plików", other: "{count} pliku" };
  const t = createTranslator({ files: forms }, "pl");
  assert.deepEqual(
    [1, 2, 5, 22, 1.5].map((count) => t("files", { count })),
    ["1 plik", "2 pliki", "5 plików", "22 pliki", "1,5 pliku"],
  );
});

test("A form that the catalog does not have is the other one", () => {
  const t = createTranslator({ files: { other: "{count} files" } }, "en");
  assert.equal(t("files", { count: 1 }), "1 files");
});

test("Numbers are written in the digits of the language", () => {
  const t = createTranslator({ n: { other: "{count}" } }, "ar-EG");
  assert.equal(t("n", { count: 1234 }), "١٬٢٣٤");
});

test("A key that is not there is shown as it is, also when objects have one of that name", () => {
  const t = createTranslator({}, "en");
  assert.equal(t("no.such"), "no.such");
  assert.equal(t("constructor"), "constructor");
});

test("Parts tell the text from the values, so that a name can be set apart", () => {
  const t = createTranslator({ joined: "{actor} joined" }, "en");
  assert.deepEqual(t.parts("joined", { actor: "Ana" }), [
    { text: "Ana", param: "actor" },
    { text: " joined", param: null },
  ]);
});

test("Every English text that counts has both forms", () => {
  for (const [key, entry] of Object.entries(en)) {
    if (typeof entry === "string") continue;
    assert.ok(typeof entry.one === "string" && typeof entry.other === "string", key);
  }
});
