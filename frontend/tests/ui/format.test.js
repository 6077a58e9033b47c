import assert from "node:assert/strict";
import { test } from "node:test";
import { isEmojiOnly, parseText, textOf } from "../../src/ui/text/format.js";
import { XSS } from "./hostile.js";
import { randomBelow } from "./items.js";

/** The tree in short: `bold(text)`. */
const short = (tree) =>
  tree
    .map((node) => {
      if (node.type === "text") return node.text;
      return `${node.type}(${"children" in node ? short(node.children) : node.text})`;
    })
    .join("");
const read = (text, options) => short(parseText(text, options));

const cases = {
  "Stars, underscores and tildes emphasise": ["*a* _b_ ~c~", "bold(a) italic(b) strike(c)"],
  "Emphases nest in one another": ["*a _b_ c*", "bold(a italic(b) c)"],
  "Emphases that cross are not both taken": ["*a _b* c_", "bold(a _b) c_"],
  "Names with underscores stay whole": ["snake_case_name and 2*3*4", "snake_case_name and 2*3*4"],
  "A marker with a space after it opens nothing": ["2 * 3 * 4", "2 * 3 * 4"],
  "An emphasis ends with its line": ["*a\nb*", "*a\nb*"],
  "Empty emphases are text": ["** __ ~~", "** __ ~~"],
  "Letters of any script keep a marker from opening": ["да_нет_да", "да_нет_да"],
  "Code keeps its markers": ["`*a* _b_`", "code(*a* _b_)"],
  "A lonely backtick is text": ["it`s", "it`s"],
  "A block keeps everything": ["a\n```\n*b*\n> c\n```\nd", "acodeblock(*b*\n> c)d"],
  "A block without an end is text": ["```\n*b*", "```\nbold(b)"],
  "Lines that begin with > are one quote": ["> a\n> *b*\nc", "quote(a\nbold(b))c"],
  "A quote after a text needs no blank line": ["c\n> a", "cquote(a)"],
  "A quote in the middle of a line is text": ["a > b", "a > b"],
  "A face is no quote": [">_<", ">_<"],
  "Newlines stay": ["a\n\nb", "a\n\nb"],
};
for (const [name, [text, expected]] of Object.entries(cases)) {
  test(name, () => assert.equal(read(text), expected));
}

const links = {
  "A link loses the full stop of its sentence": ["see https://a.example/b.", "see link(https://a.example/b)."],
  "Brackets that belong to the address stay": ["(https://a.example/b_(c))", "(link(https://a.example/b_(c)))"],
  "www. begins a link": ["www.a.example/x, ok", "link(www.a.example/x), ok"],
  "A bare domain is no link": ["read a.example today", "read a.example today"],
  "A word that ends in http is no link": ["xhttps://a.example", "xhttps://a.example"],
  "A link in an emphasis ends before the marker": ["*https://a.example/b*", "bold(link(https://a.example/b))"],
  "Underscores in an address stay": ["https://a.example/_b_/c", "link(https://a.example/_b_/c)"],
  "javascript: is text": ["javascript:alert(1)", "javascript:alert(1)"],
  "An address with a name and password in it is text": ["https://bank.example@evil.example", "https://bank.example@evil.example"],
  "An address that cannot be read is text": ["https:// http://[ www.", "https:// http://[ www."],
};
for (const [name, [text, expected]] of Object.entries(links)) {
  test(name, () => assert.equal(read(text), expected));
}

test("A link of www. is opened over https", () => {
  const [link] = parseText("www.a.example");
  assert.equal(link.href, "https://www.a.example/");
  assert.equal(link.host, "www.a.example");
});

test("A look-alike of a host is shown for what it is", () => {
  const [link] = parseText("https://аррӏе.example/");
  assert.match(link.host, /^xn--/);
});

test("A mark that turns the reading direction ends a link", () => {
  const [link] = parseText("https://a.example/\u202egpj.exe");
  assert.equal(link.text, "https://a.example/");
});

test("Mentions are found by code points", () => {
  const text = "😀 @Ana P. hi";
  const mentions = [{ kind: "user", user_id: "2", offset: 2, length: 7 }];
  assert.equal(read(text, { mentions }), "😀 mention(@Ana P.) hi");
});

test("A mention within an emphasis is kept, and its name is not read for markers", () => {
  const mentions = [{ kind: "user", user_id: "2", offset: 1, length: 6 }];
  assert.equal(read("*@a_b_c*", { mentions }), "bold(mention(@a_b_c))");
});

test("Mentions out of range, of no length, or on top of each other are left out", () => {
  const mention = (offset, length) => ({ kind: "user", user_id: "2", offset, length });
  const mentions = [mention(0, 4), mention(2, 4), mention(90, 2), mention(5, 0), mention(-1, 3), mention(7, 90)];
  assert.equal(read("@ana hello", { mentions }), "mention(@ana) hello");
});

test("Without formatting, markers are text, and links and mentions are not", () => {
  const mentions = [{ kind: "all", user_id: null, offset: 4, length: 4 }];
  const text = "*a* @all `b` https://a.example\n> c";
  assert.equal(read(text, { mentions, formatting: false }), "*a* mention(@all) `b` link(https://a.example)\n> c");
});

test("Up to six emoji and nothing else are drawn large", () => {
  for (const text of ["😀", "👩‍👩‍👧‍👦 ❤️", "🇩🇪🇫🇷", "1️⃣", "👍🏽👍🏽👍🏽👍🏽👍🏽👍🏽"]) assert.ok(isEmojiOnly(text), text);
  for (const text of ["", " ", "a", "1", "©", "😀a", "😀😀😀😀😀😀😀", "#"]) assert.ok(!isEmojiOnly(text), text);
});

const PIECES = ["*", "_", "~", "`", "```", "\n", "> ", " ", "a", "é", "😀", "👨‍👩‍👧", "https://a.example/", "www.b.example", "(", ")", "@x", "م", "\u202e", ...XSS];

test("What is shown is the source without markers, whatever it is", () => {
  const seed = Number(process.env.SEED ?? Date.now() % 1e9);
  console.log(`seed ${seed}`);
  const below = randomBelow(seed);
  for (let round = 0; round < 3000; round += 1) {
    const text = Array.from({ length: below(30) }, () => PIECES[below(PIECES.length)]).join("");
    const points = [...text].length;
    const mentions = Array.from({ length: below(3) }, () => ({
      kind: "user",
      user_id: "2",
      offset: below(points + 2),
      length: below(6),
    }));
    const tree = parseText(text, { mentions });
    assert.ok(isWithout(text, textOf(tree), /[*_~`\n]|> ?/y), JSON.stringify(text));
    const plain = textOf(parseText(text, { mentions, formatting: false }));
    assert.equal(plain, text);
    for (const link of linksOf(tree)) {
      assert.match(link.href, /^https?:\/\/[^/@]+\//u);
      assert.ok(text.includes(link.text));
    }
  }
});

test("A text made to be slow is read quickly", () => {
  for (const piece of ["*a ", "`", "```", "> \n", "_*~", "https://(", "www.", "[", "*_a_ "]) {
    const text = piece.repeat(Math.floor(10_000 / piece.length));
    const begin = process.cpuUsage();
    parseText(text);
    const { user } = process.cpuUsage(begin);
    assert.ok(user < 1_000_000, `${piece} took ${user} µs`);
  }
});

/** Whether `shown` is `source` with nothing left out but what `marker` matches. */
function isWithout(source, shown, marker) {
  let places = new Set([0]);
  for (let at = 0; at < source.length; at += 1) {
    const next = new Set();
    marker.lastIndex = at;
    const isMarker = marker.test(source) || (source[at] === " " && source[at - 1] === ">");
    for (const place of places) {
      if (source[at] === shown[place]) next.add(place + 1);
      if (isMarker) next.add(place);
    }
    places = next;
  }
  return places.has(shown.length);
}

function linksOf(tree) {
  return tree.flatMap((node) => (node.type === "link" ? [node] : "children" in node ? linksOf(node.children) : []));
}
