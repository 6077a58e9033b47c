/**
 * Reads the text of a message as a small tree: emphasis, code, quotes, links and
 * mentions. Pure; `nodes.js` turns the tree into DOM nodes.
 *
 * The text of all leaves, in order, is the source without its markers. Nothing in the
 * tree can carry markup: it has text, and links whose address was parsed as http(s).
 */

/**
 * A range of `content` that addresses somebody, as it comes over the wire. Offsets count
 * Unicode code points.
 *
 * @typedef {{kind: "user" | "all", user_id: string | null, offset: number, length: number}} Mention
 */

/**
 * @typedef {{type: "text", text: string}} TextNode
 * @typedef {{type: "code" | "codeblock", text: string}} CodeNode
 * @typedef {{type: "link", text: string, href: string, host: string}} LinkNode
 * @typedef {{type: "mention", text: string, kind: "user" | "all", userId: string | null}} MentionNode
 * @typedef {{type: "bold" | "italic" | "strike" | "quote", children: FormatNode[]}} BranchNode
 * @typedef {TextNode | CodeNode | LinkNode | MentionNode | BranchNode} FormatNode
 */

/** @type {Record<string, "bold" | "italic" | "strike">} */
const EMPHASIS = { "*": "bold", _: "italic", "~": "strike" };

const WORD = /[\p{L}\p{N}]/u;
const QUOTE = /^>(?: |$)/;
const LINK_START = /https?:\/\/|www\./iy;
// Direction controls could make an address look like another one, so a link ends there.
const LINK_BODY = /[^\s<>"`\u0000-\u001f\u007f\u200e\u200f\u202a-\u202e\u2066-\u2069]+/uy;
const TRAILING = /[.,;:!?'"…’”»]$/u;
const CLOSES = /** @type {Record<string, string>} */ ({ ")": "(", "]": "[", "}": "{" });

/**
 * @param {string} source The message's `content`.
 * @param {{mentions?: readonly Mention[], formatting?: boolean}} [options] Without
 *   `formatting`, markers stay as they are; links and mentions are found all the same.
 * @returns {FormatNode[]}
 */
export function parseText(source, { mentions = [], formatting = true } = {}) {
  const atoms = mentionsByStart(source, mentions);
  if (!formatting) return parseInline(source, 0, source.length, atoms, false);
  /** @type {FormatNode[]} */
  const tree = [];
  let from = 0;
  for (const fence of fences(source)) {
    tree.push(...parseLines(source, from, fence.start, atoms));
    tree.push({ type: "codeblock", text: source.slice(fence.textStart, fence.textEnd) });
    from = fence.end;
  }
  tree.push(...parseLines(source, from, source.length, atoms));
  return tree;
}

/**
 * The text that the tree shows.
 *
 * @param {readonly FormatNode[]} tree
 * @returns {string}
 */
export function textOf(tree) {
  return tree.map((node) => ("children" in node ? textOf(node.children) : node.text)).join("");
}

/**
 * Whether `text` is nothing but emoji and spaces, and at most `max` of them.
 *
 * @param {string} text
 */
export function isEmojiOnly(text, max = 6) {
  const compact = text.replace(/\s+/gu, "");
  // The longest emoji in use have about 15 units; who writes more writes a text.
  if (compact === "" || compact.length > max * 16 || /\p{L}/u.test(compact)) return false;
  let count = 0;
  for (const { segment } of graphemes.segment(compact)) {
    count += 1;
    if (count > max || !EMOJI.test(segment)) return false;
  }
  return true;
}

const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });

// Characters such as © and ❤ are text unless a variation selector makes them pictures.
const EMOJI =
  /^(?:\p{Emoji_Presentation}|\p{Extended_Pictographic}(?:\ufe0f|\p{Emoji_Modifier}|\u200d)|\p{Regional_Indicator}{2}|[0-9#*]\ufe0f?\u20e3)/u;

/**
 * Fenced blocks that are closed and not empty. The line breaks next to the fences belong
 * to the markers.
 *
 * @param {string} source
 */
function* fences(source) {
  let from = 0;
  for (;;) {
    const start = source.indexOf("```", from);
    if (start === -1) return;
    const close = source.indexOf("```", start + 3);
    if (close === -1) return;
    const end = close + 3;
    const inner = source.slice(start + 3, close);
    if (inner.trim() === "") {
      from = end;
      continue;
    }
    const lead = inner.startsWith("\n") ? 1 : 0;
    const trail = inner.endsWith("\n") ? 1 : 0;
    yield {
      start: source[start - 1] === "\n" ? start - 1 : start,
      textStart: start + 3 + lead,
      textEnd: close - trail,
      end: source[end] === "\n" ? end + 1 : end,
    };
    from = source[end] === "\n" ? end + 1 : end;
  }
}

/**
 * Splits a range into quotes and what is between them.
 *
 * @param {string} source
 * @param {number} start
 * @param {number} end
 * @param {Map<number, MentionAtom>} atoms
 * @returns {FormatNode[]}
 */
function parseLines(source, start, end, atoms) {
  if (start >= end) return [];
  /** @type {FormatNode[]} */
  const tree = [];
  let plainFrom = start;
  let at = start;
  /** @type {FormatNode[] | null} */
  let quote = null;
  while (at <= end) {
    const newline = source.indexOf("\n", at);
    const lineEnd = newline === -1 || newline > end ? end : newline;
    const line = source.slice(at, lineEnd);
    const atLineStart = at === 0 || source[at - 1] === "\n";
    if (atLineStart && QUOTE.test(line)) {
      if (quote === null) {
        // The break before a quote is its own line's, and the block makes it.
        const plainEnd = at > plainFrom && source[at - 1] === "\n" ? at - 1 : at;
        tree.push(...parseInline(source, plainFrom, plainEnd, atoms, true));
        quote = [];
        tree.push({ type: "quote", children: quote });
      } else {
        appendText(quote, "\n");
      }
      quote.push(...parseInline(source, Math.min(at + 2, lineEnd), lineEnd, atoms, true));
      plainFrom = Math.min(lineEnd + 1, end);
    } else {
      quote = null;
    }
    at = lineEnd + 1;
  }
  tree.push(...parseInline(source, plainFrom, end, atoms, true));
  return tree;
}

/**
 * One pass with a stack of the emphases that are open. None nests in itself, so the stack
 * is at most three deep and the work linear.
 *
 * @param {string} source
 * @param {number} start
 * @param {number} end
 * @param {Map<number, MentionAtom>} atoms
 * @param {boolean} formatting
 * @returns {FormatNode[]}
 */
function parseInline(source, start, end, atoms, formatting) {
  /** @type {{marker: string, children: FormatNode[]}[]} */
  const open = [];
  /** @type {FormatNode[]} */
  const root = [];
  const current = () => open.at(-1)?.children ?? root;
  let textFrom = start;

  /** @param {number} to */
  const flushText = (to) => {
    if (to > textFrom) appendText(current(), source.slice(textFrom, to));
  };
  const abandon = () => {
    const frame = /** @type {{marker: string, children: FormatNode[]}} */ (open.pop());
    const target = current();
    appendText(target, frame.marker);
    for (const child of frame.children) {
      if (child.type === "text") appendText(target, child.text);
      else target.push(child);
    }
  };

  let at = start;
  while (at < end) {
    const atom = atoms.get(at);
    if (atom !== undefined && atom.end <= end) {
      flushText(at);
      current().push(atom.node);
      at = textFrom = atom.end;
      continue;
    }
    const character = /** @type {string} */ (source[at]);
    if (character === "\n") {
      flushText(at);
      textFrom = at;
      while (open.length > 0) abandon();
      at += 1;
      continue;
    }
    if (LINK_FIRST.has(character)) {
      const link = linkAt(source, at, end, open.map((frame) => frame.marker), atoms);
      if (link !== null) {
        flushText(at);
        current().push(link);
        at = textFrom = at + link.text.length;
        continue;
      }
    }
    if (!formatting) {
      at += 1;
      continue;
    }
    if (character === "`") {
      const code = codeAt(source, at, end);
      if (code !== null) {
        flushText(at);
        current().push({ type: "code", text: code });
        at = textFrom = at + code.length + 2;
        continue;
      }
    }
    const type = EMPHASIS[character];
    if (type !== undefined) {
      const depth = open.findIndex((frame) => frame.marker === character);
      if (depth === -1) {
        if (canOpen(source, at, start, end, character)) {
          flushText(at);
          open.push({ marker: character, children: [] });
          at = textFrom = at + 1;
          continue;
        }
      } else if (canClose(source, at, end)) {
        flushText(at);
        while (open.length > depth + 1) abandon();
        const frame = /** @type {{marker: string, children: FormatNode[]}} */ (open.pop());
        current().push({ type, children: frame.children });
        at = textFrom = at + 1;
        continue;
      }
    }
    at += 1;
  }
  flushText(end);
  while (open.length > 0) abandon();
  return root;
}

const LINK_FIRST = new Set(["h", "H", "w", "W"]);

/**
 * @param {FormatNode[]} nodes
 * @param {string} text
 */
function appendText(nodes, text) {
  const last = nodes.at(-1);
  if (last?.type === "text") last.text += text;
  else nodes.push({ type: "text", text });
}

/**
 * @param {string} source
 * @param {number} at
 */
function wordBefore(source, at) {
  if (at === 0) return false;
  const low = source.charCodeAt(at - 1);
  const width = low >= 0xdc00 && low <= 0xdfff ? 2 : 1;
  return WORD.test(source.slice(at - width, at));
}

/**
 * @param {string} source
 * @param {number} at
 */
function wordAt(source, at) {
  return at < source.length && WORD.test(String.fromCodePoint(/** @type {number} */ (source.codePointAt(at))));
}

/**
 * @param {string} source
 * @param {number} at
 * @param {number} start
 * @param {number} end
 * @param {string} marker
 */
function canOpen(source, at, start, end, marker) {
  const next = source[at + 1];
  if (at + 1 >= end || next === undefined || /\s/u.test(next) || next === marker) return false;
  return at === start || (source[at - 1] !== marker && !wordBefore(source, at));
}

/**
 * @param {string} source
 * @param {number} at
 * @param {number} end
 */
function canClose(source, at, end) {
  return !/\s/u.test(source[at - 1] ?? " ") && (at + 1 >= end || !wordAt(source, at + 1));
}

/**
 * @param {string} source
 * @param {number} at
 * @param {number} end
 * @returns {string | null}
 */
function codeAt(source, at, end) {
  // Bounded by the line, so that a text full of lonely marks stays cheap.
  const match = /`([^`\n]+)`/uy;
  match.lastIndex = at;
  const found = match.exec(source);
  if (found === null || match.lastIndex > end) return null;
  const code = /** @type {string} */ (found[1]);
  return code.trim() === "" ? null : code;
}

/**
 * @param {string} source
 * @param {number} at
 * @param {number} end
 * @param {readonly string[]} markers The emphases that are open: they may end the link.
 * @param {Map<number, MentionAtom>} atoms
 * @returns {LinkNode | null}
 */
function linkAt(source, at, end, markers, atoms) {
  LINK_START.lastIndex = at;
  if (!LINK_START.test(source) || wordBefore(source, at)) return null;
  LINK_BODY.lastIndex = at;
  const body = LINK_BODY.exec(source);
  if (body === null) return null;
  let text = body[0].slice(0, Math.max(0, end - at));
  for (let index = 1; index < text.length; index += 1) {
    if (atoms.has(at + index)) text = text.slice(0, index);
  }
  text = trimLink(text, markers);
  const bare = /^www\./iu.test(text);
  let url;
  try {
    url = new URL(bare ? `https://${text}` : text);
  } catch {
    return null;
  }
  if (url.protocol !== "https:" && url.protocol !== "http:") return null;
  // "https://bank.example@evil.example" reads as an address of the bank.
  if (url.username !== "" || url.password !== "") return null;
  if (bare && !/^www\.[^.]+\.[^.]/u.test(url.hostname)) return null;
  return { type: "link", text, href: url.href, host: url.host };
}

/**
 * @param {string} link
 * @param {readonly string[]} markers
 */
function trimLink(link, markers) {
  let text = link;
  // Counted once: a text of thousands of brackets must not be counted for each of them.
  const counts = /** @type {Record<string, number>} */ ({});
  for (const character of link) counts[character] = (counts[character] ?? 0) + 1;
  for (;;) {
    const last = text.at(-1) ?? "";
    const opener = CLOSES[last];
    const unbalanced = opener !== undefined && (counts[last] ?? 0) > (counts[opener] ?? 0);
    const dangling = last === "(" || last === "[" || last === "{";
    if (!unbalanced && !dangling && !TRAILING.test(last) && !markers.includes(last)) return text;
    counts[last] = (counts[last] ?? 0) - 1;
    text = text.slice(0, -1);
  }
}

/** @typedef {{end: number, node: MentionNode}} MentionAtom */

/**
 * Mentions by the UTF-16 offset where they begin. What is out of range or overlaps is left
 * out: the server checks, but a message may have been made by something else.
 *
 * @param {string} source
 * @param {readonly Mention[]} mentions
 * @returns {Map<number, MentionAtom>}
 */
function mentionsByStart(source, mentions) {
  /** @type {Map<number, MentionAtom>} */
  const atoms = new Map();
  if (mentions.length === 0) return atoms;
  const sorted = [...mentions].sort((a, b) => a.offset - b.offset);
  let index = 0;
  let points = 0;
  /** @param {number} target */
  const advance = (target) => {
    while (points < target && index < source.length) {
      index += /** @type {number} */ (source.codePointAt(index)) > 0xffff ? 2 : 1;
      points += 1;
    }
    return points === target;
  };
  for (const { kind, user_id: userId, offset, length } of sorted) {
    if (!Number.isInteger(offset) || !Number.isInteger(length) || length < 1) continue;
    if (offset < points || !advance(offset)) continue;
    const start = index;
    if (!advance(offset + length)) break;
    const text = source.slice(start, index);
    if (text.includes("\n")) continue;
    atoms.set(start, { end: index, node: { type: "mention", text, kind, userId } });
  }
  return atoms;
}
