import assert from "node:assert/strict";
import { test } from "node:test";
import { en } from "../../src/ui/text/en.js";
import { parseText } from "../../src/ui/text/format.js";
import { renderTree } from "../../src/ui/text/nodes.js";
import { createTranslator } from "../../src/ui/text/translate.js";
import { XSS } from "./hostile.js";
import { randomBelow } from "./items.js";

/** As much of a document as is needed, and nothing that could read markup. */
const document = {
  createTextNode: (text) => ({ text: String(text) }),
  createDocumentFragment: () => node("#fragment"),
  createElement: (name) => node(name),
};

function node(name) {
  const made = { name, children: [], append: (...nodes) => made.children.push(...nodes.flatMap(opened)) };
  return new Proxy(made, {
    set(target, key, value) {
      if (key === "textContent") target.children = [{ text: value }];
      else if (key === "innerHTML" || key === "outerHTML") assert.fail(`${key} was set`);
      else target[key] = value;
      return true;
    },
  });
}
const opened = (child) => (child.name === "#fragment" ? child.children : [child]);

const context = { document, t: createTranslator(en, "en"), me: "1", memberCount: 24 };
const render = (text, mentions = []) => renderTree(parseText(text, { mentions }), context).children;
const all = (nodes) => nodes.flatMap((one) => [one, ...all(one.children ?? [])]);

const ALLOWED = {
  strong: [],
  em: [],
  s: [],
  blockquote: [],
  code: ["dir"],
  pre: ["dir", "tabIndex"],
  a: ["href", "target", "rel", "title", "tabIndex"],
  span: ["className", "title"],
  bdi: [],
};

test("A link opens elsewhere, tells nothing, and says where it goes", () => {
  const [link] = render("https://a.example/b?c=1");
  assert.equal(link.href, "https://a.example/b?c=1");
  assert.equal(link.target, "_blank");
  assert.equal(link.rel, "noopener noreferrer nofollow");
  assert.equal(link.title, "a.example");
});

test("A mention of the reader, and of all, looks different from one of others", () => {
  const of = (kind, userId) => render("@ana", [{ kind, user_id: userId, offset: 0, length: 4 }])[0];
  assert.equal(of("user", "2").className, "mention");
  assert.equal(of("user", "1").className, "mention mention-me");
  assert.equal(of("all", null).className, "mention mention-me");
  assert.equal(of("all", null).title, "Addresses 24 people");
});

test("Code reads from left to right", () => {
  const [block] = render("```\nsalām\n```");
  assert.deepEqual([block.name, block.dir, block.children[0].dir], ["pre", "ltr", "ltr"]);
});

test("Nothing but the allowed elements and attributes comes out", () => {
  const seed = Number(process.env.SEED ?? Date.now() % 1e9);
  console.log(`seed ${seed}`);
  const below = randomBelow(seed);
  const pieces = [...XSS, "*", "_", "~", "`", "```", "\n", "> ", " ", "https://a.example/"];
  let links = 0;
  for (let round = 0; round < 2000; round += 1) {
    const text = Array.from({ length: 1 + below(12) }, () => pieces[below(pieces.length)]).join("");
    const mentions = [{ kind: "user", user_id: '"><script>', offset: below(20), length: below(20) }];
    for (const made of all(render(text, mentions))) {
      if (made.text !== undefined) continue;
      const allowed = ALLOWED[made.name];
      assert.ok(allowed, `${made.name} out of ${JSON.stringify(text)}`);
      const attributes = Object.keys(made).filter((key) => !["name", "children", "append"].includes(key));
      for (const name of attributes) assert.ok(allowed.includes(name), `${name} on ${made.name}`);
      if (made.name === "a") {
        links += 1;
        assert.match(made.href, /^https?:\/\//u);
      }
    }
  }
  assert.ok(links > 100);
});
