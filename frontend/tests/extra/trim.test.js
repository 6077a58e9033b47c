import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { GROUPS, plain, toned } from "../../src/extra/emoji/data.js";
import { qualified, trim } from "../../src/extra/emoji/trim.js";

const emoji = (values) => ({ emoji: "😀", annotation: "grinning face", group: 0, order: 1, version: 1, ...values });
const english = (...values) => trim({ locale: "en", named: values, english: [values] }).groups;
const packageData = (name) =>
  JSON.parse(readFileSync(new URL(`../../node_modules/emoji-picker-element-data/${name}/data.json`, import.meta.url), "utf8"));

test("Emoji are in their group, in order, without those too new and without components", () => {
  const groups = english(
    emoji({ emoji: "b", group: 3, order: 9 }),
    emoji({ emoji: "c", group: 2, order: 5 }),
    emoji({ emoji: "d", order: 4, version: 16 }),
    emoji({ emoji: "e", order: 3, version: 15.1 }),
    emoji({ emoji: "a", order: 2 }),
  );
  assert.deepEqual(groups.map((group) => group.map((one) => one.emoji)), [["a", "e"], ["b"]]);
});

test("Only versions that not every system draws are told", () => {
  const [[old, late]] = english(emoji({ order: 1, version: 12 }), emoji({ emoji: "🫨", order: 2, version: 15 }));
  assert.equal("version" in old, false);
  assert.equal(late.version, 15);
});

test("Tags that the name or a shortcode says are left out", () => {
  const [[one]] = english(emoji({ tags: ["face", "happy", "smile", "Grinning Face"], shortcodes: ["smile"] }));
  assert.deepEqual(one.tags, ["happy"]);
});

test("The shortcodes of all English sources are there once, and the English name where it is another", () => {
  const named = [emoji({ annotation: "grinsendes Gesicht", shortcodes: ["grinsendes_gesicht"] })];
  const sources = [[emoji({ shortcodes: ["grinning"] })], [emoji({ shortcodes: ["grinning", "grin"] })]];
  assert.deepEqual(trim({ locale: "de", named, english: sources }), {
    locale: "de",
    groups: [[{ emoji: "😀", name: "grinsendes Gesicht", shortcodes: ["grinning", "grin"], english: "grinning face" }]],
  });
});

test("A skin tone of a later version is not offered", () => {
  const [[yes, no]] = english(
    emoji({ order: 1, skins: [{ version: 1 }] }),
    emoji({ emoji: "👯", order: 2, skins: [{ version: 17 }] }),
  );
  assert.equal(yes.skins, true);
  assert.equal("skins" in no, false);
});

test("A selector stays only where the emoji would be drawn as text without it", () => {
  assert.equal(qualified("👍\uFE0F"), "👍");
  assert.equal(qualified("❤\uFE0F"), "❤\uFE0F");
  assert.equal(qualified("🏳\uFE0F‍🌈"), "🏳\uFE0F‍🌈");
});

test("Every skin tone that is made is the one Unicode has", () => {
  let count = 0;
  for (const source of packageData("en/github")) {
    const skins = source.skins?.filter(({ version }) => version <= 15.1) ?? [];
    if (skins.length === 0 || source.version > 15.1) continue;
    for (let tone = 1; tone <= 5; tone += 1) {
      const made = toned({ emoji: qualified(source.emoji), skins: true }, tone);
      assert.ok(skins.some((skin) => skin.emoji === made && [skin.tone].flat().every((one) => one === tone)), made);
      assert.equal(plain(made), plain(source.emoji.replace("🫱‍🫲", "🤝")));
      count += 1;
    }
  }
  assert.ok(count > 1500);
});

test("Without a tone, or for what has none, the emoji stays as it is", () => {
  assert.equal(toned({ emoji: "👍", skins: true }, 0), "👍");
  assert.equal(toned({ emoji: "👯" }, 3), "👯");
});

test("The shipped files have all groups and stay below 80 kB", () => {
  for (const locale of ["en", "de", "es", "fr"]) {
    const file = readFileSync(new URL(`../../../src/django_chat/static/django_chat/emoji-${locale}.json`, import.meta.url));
    const data = JSON.parse(file.toString());
    assert.equal(data.locale, locale);
    assert.equal(data.groups.length, Object.keys(GROUPS).length);
    for (const [index, face] of Object.values(GROUPS).entries()) {
      assert.ok(data.groups[index].some((one) => one.emoji === face), face);
    }
    assert.ok(gzipSync(file).length < 80_000, `${locale}: ${gzipSync(file).length}`);
  }
});
