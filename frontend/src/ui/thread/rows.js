/**
 * The rows of the list as elements. Each view makes its element once and patches the parts
 * that have changed, so that focus, selection and what plays in a row survive.
 */

import { isEmojiOnly, parseText } from "../text/format.js";
import { isOfReader, renderTree } from "../text/nodes.js";
import { systemText } from "../text/system.js";
import { avatar, hueOf } from "./avatar.js";
import { actionButton, element } from "./element.js";
import { timeOf } from "./grouping.js";
import { icon } from "./icons.js";
import { STATE_ICONS } from "./receipts.js";

/** @typedef {import("../../client/types").Item} Item */
/** @typedef {import("../../client/types").Message} Message */
/** @typedef {import("./grouping.js").Row} Row */
/** @typedef {import("./receipts.js").Shown} Shown */

/**
 * What rows need to know of their surroundings.
 *
 * @typedef {object} RowContext
 * @property {Document} document
 * @property {import("../text/translate.js").Translate} t
 * @property {import("../text/dates.js").Dates} dates
 * @property {string} locale
 * @property {string | null} me
 * @property {(id: string) => {name: string, avatar_url: string | null} | undefined} person
 * @property {boolean} formatting
 * @property {number | null} memberCount
 * @property {ReadonlySet<string>} unfolded Keys of the long messages that are shown whole.
 * @property {(message: Message) => Node | null} extra What the host adds to a message.
 */

/**
 * @typedef {object} RowView
 * @property {HTMLElement} el
 * @property {(row: Row, shown: Shown | undefined) => void} update
 */

const FOLD_LINES = 30;
const LINE_CHARACTERS = 65;
const REACTIONS_MAX = 8;
let serial = 0;

/**
 * @param {Row} row
 * @param {RowContext} context
 * @returns {RowView}
 */
export function createRowView(row, context) {
  switch (row.kind) {
    case "message":
      return messageView(context);
    case "system":
      return systemView(context);
    case "day":
      return dayView(context);
    case "unread":
      return unreadView(context);
    case "run":
      return runView(context);
    case "tombstones":
      return tombstonesView(context);
  }
}

/**
 * Whether a row would look like another, so that nothing has to be compared in detail.
 *
 * @param {Row} a
 * @param {Row} b
 */
export function isSameRow(a, b) {
  if (a.kind === "message" && b.kind === "message") {
    return a.item === b.item && a.first === b.first && a.last === b.last;
  }
  return a.kind === "system" && b.kind === "system" && a.item === b.item;
}

/**
 * Runs `patch` only when its inputs have changed.
 *
 * @returns {(name: string, inputs: unknown[], patch: () => void) => void}
 */
function patcher() {
  /** @type {Map<string, unknown[]>} */
  const known = new Map();
  return (name, inputs, patch) => {
    const before = known.get(name);
    if (before?.every((value, index) => Object.is(value, inputs[index]))) return;
    known.set(name, inputs);
    patch();
  };
}

/**
 * @param {RowContext} context
 * @returns {RowView}
 */
function messageView(context) {
  const { document, t, dates } = context;
  const make = element.bind(null, document);
  const patch = patcher();
  const id = `dc-body-${(serial += 1)}`;
  const body = make("div", "body", { id });
  const meta = make("span", "meta", { part: "meta" });
  const content = make("div", "content", { dir: "auto" }, body, meta);
  const bubble = make("div", "bubble", { part: "bubble" }, content);
  const stack = make("div", "stack", {}, bubble);
  const el = make("article", "row message", { part: "message", tabindex: "-1", "aria-describedby": id }, stack);

  /** @type {Record<string, Element | null>} */
  const parts = {};
  /**
   * Puts an optional part in its place, in place of the one before.
   *
   * @param {string} name
   * @param {Element | null} made
   * @param {(made: Element) => void} insert
   */
  const place = (name, made, insert) => {
    const before = parts[name] ?? null;
    if (before && made) before.replaceWith(made);
    else if (made) insert(made);
    else before?.remove();
    parts[name] = made;
  };

  /** @type {RowView["update"]} */
  function update(row, shown) {
    if (row.kind !== "message") return;
    const { item, first, last } = row;
    const { message } = item;
    const own = message.is_own_message;
    const content = contentOf(message);
    const name = message.sender || t("message.unknownSender");
    const time = timeOf(item);
    const isUnfolded = context.unfolded.has(row.key);

    patch("flags", [own, first, last, item.state, content], () => {
      el.toggleAttribute("data-own", own);
      el.toggleAttribute("data-first", first);
      el.toggleAttribute("data-last", last);
      el.dataset["state"] = item.state;
      el.dataset["content"] = content;
    });
    patch("position", [message.seq], () => {
      if (message.seq === 0) return;
      el.setAttribute("aria-posinset", String(message.seq));
      // Unknown rather than true: else each new message would touch all the others.
      el.setAttribute("aria-setsize", "-1");
    });

    const known = message.sender_id === null ? undefined : context.person(message.sender_id);
    const avatarUrl = known?.avatar_url ?? null;
    patch("avatar", [first, message.sender_id, name, avatarUrl], () => {
      const shape = { id: message.sender_id, name, avatarUrl };
      place("avatar", first ? avatar(document, shape) : null, (made) => el.prepend(made));
    });
    patch("author", [first, own, name, message.sender_id], () => {
      place("author", first ? authorLine() : null, (made) => bubble.prepend(made));
    });

    function authorLine() {
      const line = make("div", "author", {}, make("bdi", "", {}, own ? t("message.you") : name));
      line.style.setProperty("--hue", String(hueOf(message.sender_id ?? name)));
      return line;
    }

    const reply = content === "text" ? message.reply_to : null;
    patch("quote", [reply?.id, reply?.excerpt, reply?.deleted, reply?.sender, reply?.unavailable], () => {
      const made = reply ? quote(context, reply) : null;
      place("quote", made, (quoted) => bubble.insertBefore(quoted, bubble.querySelector(":scope > .content")));
    });

    // Mentions and reactions come as new arrays with each frame, so their content is compared.
    const mentions = message.mentions.map((one) => `${one.offset}:${one.length}:${one.user_id}`).join();
    patch("body", [content, message.content, mentions], () => drawBody(message, content));
    const isLong = content === "text" && isLongText(message.content);
    patch("long", [isLong], () => {
      const made = isLong ? actionButton(document, "link-button fold", "fold", { "aria-controls": id }) : null;
      place("fold", made, (button) => body.after(button));
    });
    patch("fold", [isLong, isUnfolded], () => {
      body.classList.toggle("folded", isLong && !isUnfolded);
      const button = parts["fold"];
      if (!button) return;
      button.textContent = t(isUnfolded ? "message.showLess" : "message.showMore");
      button.setAttribute("aria-expanded", String(isUnfolded));
    });

    const mentionsMe =
      !own && content === "text" &&
      message.mentions.some((one) => isOfReader({ kind: one.kind, userId: one.user_id }, context.me));
    patch("meta", [time, last, message.edited_at, content, shown?.state, mentionsMe, dates.dayKey(time)], () => {
      el.toggleAttribute("data-mentions-me", mentionsMe);
      meta.replaceChildren(...metaParts());
    });

    function metaParts() {
      const made = [];
      if (mentionsMe) {
        made.push(make("span", "at", { role: "img", "aria-label": t("message.mentionsYou") }, icon(document, "at")));
      }
      if (message.edited_at !== null && content === "text") {
        const when = dates.full(Date.parse(message.edited_at));
        made.push(make("span", "edited", { title: t("message.editedAt", { time: when }) }, t("message.edited")));
      }
      const attributes = { datetime: message.timestamp, dir: "auto", title: dates.full(time) };
      made.push(make("time", "time", attributes, dates.time(time)));
      if (shown) {
        const label = { role: "img", "aria-label": t(`state.${shown.state}`) };
        made.push(make("span", `state state-${shown.state}`, label, icon(document, STATE_ICONS[shown.state])));
      }
      return made;
    }

    const reactions = content === "text" ? message.reactions : [];
    const names = reactions.map((one) => `${one.emoji}${one.count}${one.me}`).join();
    patch("reactions", [names], () => {
      const bar = reactions.length > 0 ? reactionBar(context, reactions, parts["reactions"] ?? null) : null;
      if (bar !== parts["reactions"]) place("reactions", bar, (made) => bubble.after(made));
    });

    const readers = shown?.readers ?? 0;
    patch("readers", [readers], () => {
      const label = t("state.readBy", { count: readers });
      place(
        "readers",
        readers > 0 ? actionButton(document, "link-button readers", "receipts", {}, label) : null,
        (made) => stack.append(made),
      );
    });

    patch("failure", [item.state === "failed", item.error?.code, item.error?.message], () => {
      place("failure", item.state === "failed" ? failure(context, item) : null, (made) => stack.append(made));
    });

    const canAct = item.state === "sent" && content === "text";
    patch("actions", [canAct], () => {
      place("actions", canAct ? toolbar(context) : null, (made) => bubble.append(made));
    });

    const words = [own ? t("message.you") : name, dates.time(time)];
    if (message.edited_at !== null && content === "text") words.push(t("message.edited"));
    if (shown) words.push(t(`state.${shown.state}`));
    const label = words.join(", ");
    patch("label", [label], () => el.setAttribute("aria-label", label));

    patch("extra", [message.extra, content], () => {
      const made = content === "text" ? context.extra(message) : null;
      place("extra", made ? make("div", "extra", {}, made) : null, (added) => bubble.after(added));
    });
  }

  /**
   * @param {Message} message
   * @param {ReturnType<typeof contentOf>} content
   */
  function drawBody(message, content) {
    const isEmoji = content === "text" && isEmojiOnly(message.content);
    el.toggleAttribute("data-emoji", isEmoji);
    if (content === "text") {
      const { mentions } = message;
      const tree = parseText(message.content, { mentions, formatting: context.formatting });
      body.replaceChildren(renderTree(tree, context));
      return;
    }
    const [picture, key] = PLACEHOLDERS[content];
    const isModerated = content === "deleted" && message.deleted_by === "moderator";
    const text = t(isModerated ? "message.deletedByModerator" : key);
    body.replaceChildren(icon(document, picture), make("span", "", {}, text));
    if (content === "blocked") {
      body.append(actionButton(document, "link-button", "reveal", {}, t("message.show")));
    }
  }

  return { el, update };
}

/** @type {Record<"deleted" | "blocked" | "unsupported", [import("./icons.js").IconName, string]>} */
const PLACEHOLDERS = {
  deleted: ["trash", "message.deleted"],
  blocked: ["blocked", "message.blocked"],
  unsupported: ["update", "message.unsupported"],
};

/**
 * @param {Message} message
 * @returns {"text" | "deleted" | "blocked" | "unsupported"}
 */
function contentOf(message) {
  if (message.deleted_at !== null) return "deleted";
  if (message.hidden === "blocked") return "blocked";
  return message.kind === "text" ? "text" : "unsupported";
}

/**
 * An estimate, because to ask for the height would cost a layout for each message.
 *
 * @param {string} text
 */
export function isLongText(text) {
  if (text.length < FOLD_LINES) return false;
  let lines = 0;
  for (const line of text.split("\n")) lines += Math.max(1, Math.ceil(line.length / LINE_CHARACTERS));
  return lines > FOLD_LINES;
}

/**
 * @param {RowContext} context
 * @param {import("../../client/types").Reply} reply
 */
function quote({ document, t, me }, reply) {
  const make = element.bind(null, document);
  if (reply.unavailable || reply.deleted) {
    const text = t(reply.deleted ? "reply.deleted" : "reply.unavailable");
    return make("div", "quote quote-empty", {}, make("span", "excerpt", {}, text));
  }
  const name = reply.sender_id != null && reply.sender_id === me ? t("reply.you") : reply.sender;
  const heading = t
    .parts("reply.to", { name })
    .map(({ text, param }) => (param === null ? make("span", "hidden-text", {}, text) : make("bdi", "", {}, text)));
  const made = actionButton(
    document,
    "quote",
    "jump-to-original",
    {},
    make("span", "quoted-author", {}, ...heading),
    make("span", "excerpt", { dir: "auto" }, reply.excerpt),
  );
  made.style.setProperty("--hue", String(hueOf(reply.sender_id ?? reply.sender)));
  return made;
}

/**
 * Keeps the buttons of the emoji that stay, so that the one just pressed keeps the focus.
 *
 * @param {RowContext} context
 * @param {readonly import("../../client/types").Reaction[]} reactions
 * @param {Element | null} before
 */
function reactionBar({ document, t }, reactions, before) {
  const bar = before ?? element(document, "div", "reactions");
  /** @type {Map<string, HTMLElement>} */
  const known = new Map();
  for (const child of /** @type {Iterable<HTMLElement>} */ (bar.children)) {
    known.set(child.dataset["emoji"] ?? "", child);
  }
  const shown = reactions.length > REACTIONS_MAX ? reactions.slice(0, REACTIONS_MAX - 1) : reactions;
  const made = shown.map(({ emoji, count, me = false }) => {
    const chip = known.get(emoji) ?? actionButton(document, "reaction", "toggle-reaction", { "data-emoji": emoji });
    chip.setAttribute("aria-pressed", String(me));
    chip.setAttribute("aria-label", t(me ? "reaction.withYou" : "reaction.others", { emoji, count }));
    chip.replaceChildren(
      element(document, "span", "emoji", {}, emoji),
      element(document, "span", "count", {}, String(count)),
    );
    return chip;
  });
  const rest = reactions.length - shown.length;
  if (rest > 0) {
    const label = { "aria-label": t("reaction.all", { count: rest }) };
    made.push(actionButton(document, "reaction", "reactions", label, `+${rest}`));
  }
  for (const child of [...bar.children]) {
    if (!made.includes(/** @type {HTMLButtonElement} */ (child))) child.remove();
  }
  made.forEach((chip, index) => {
    if (bar.children[index] !== chip) bar.insertBefore(chip, bar.children[index] ?? null);
  });
  return bar;
}

/**
 * @param {RowContext} context
 * @param {Item} item
 */
function failure({ document, t }, item) {
  const make = element.bind(null, document);
  const reason = item.error?.message ?? "";
  const text = reason === "" ? t("failed.unknown") : t("failed.reason", { reason });
  return make(
    "div",
    "failure",
    {},
    make("span", "failure-text", {}, icon(document, "alert"), make("span", "", {}, text)),
    make(
      "span",
      "failure-buttons",
      {},
      actionButton(document, "link-button", "retry", {}, t("action.retry")),
      actionButton(document, "link-button", "edit-failed", {}, t("action.edit")),
      actionButton(document, "link-button danger", "discard", {}, t("action.delete")),
    ),
  );
}

/**
 * Has the menu alone; `fillToolbar` adds what saves a way into it, when a pointer or the
 * focus comes.
 *
 * @param {RowContext} context
 */
function toolbar({ document, t }) {
  const label = t("action.more");
  const more = actionButton(
    document,
    "tool",
    "menu",
    { "aria-label": label, title: label, "aria-haspopup": "menu" },
    icon(document, "more"),
  );
  return element(document, "div", "actions", {}, more);
}

/**
 * @param {HTMLElement} row
 * @param {RowContext} context
 */
export function fillToolbar(row, { document, t }) {
  const bar = row.querySelector(".actions");
  if (bar === null || bar.children.length > 1) return;
  bar.prepend(
    ...(/** @type {const} */ (["react", "reply"])).map((name) => {
      const label = t(`action.${name}`);
      return actionButton(document, "tool", name, { "aria-label": label, title: label }, icon(document, name));
    }),
  );
}

/**
 * @param {RowContext} context
 * @returns {RowView}
 */
function dayView({ document, dates }) {
  const label = element(document, "h3", "pill");
  const el = element(document, "div", "row day", {}, label);
  const patch = patcher();
  return {
    el,
    update(row) {
      if (row.kind !== "day") return;
      const text = dates.day(row.time);
      patch("text", [text], () => (label.textContent = text));
    },
  };
}

/**
 * @param {RowContext} context
 * @returns {RowView}
 */
function unreadView({ document, t, dates }) {
  const date = element(document, "span", "unread-date");
  const label = element(document, "span", "unread-label", {}, t("divider.new"), " ", date);
  const el = element(document, "div", "row unread", { part: "divider" }, label);
  return {
    el,
    update(row) {
      if (row.kind === "unread") date.textContent = dates.day(row.time);
    },
  };
}

/**
 * @param {RowContext} context
 * @returns {RowView}
 */
function systemView(context) {
  const { document, t, dates } = context;
  const line = element(document, "span", "system-text", { dir: "auto" });
  const el = element(document, "div", "row system", {}, line);
  const patch = patcher();
  return {
    el,
    update(row) {
      if (row.kind !== "system") return;
      const { system, timestamp } = row.item.message;
      const parts = t.parts(...systemText(system, context));
      const text = parts.map((part) => part.text).join("");
      patch("text", [text], () => {
        line.title = dates.full(Date.parse(timestamp));
        line.replaceChildren(
          ...parts.map((part) => (part.param === null ? part.text : element(document, "bdi", "", {}, part.text))),
        );
      });
    },
  };
}

/**
 * @param {RowContext} context
 * @returns {RowView}
 */
function runView({ document, t }) {
  const text = element(document, "span", "");
  const button = actionButton(document, "link-button", "toggle-run");
  const el = element(document, "div", "row system", {}, element(document, "span", "system-text", {}, text, " ", button));
  return {
    el,
    update(row) {
      if (row.kind !== "run") return;
      text.textContent = t("system.run", { count: row.items.length });
      button.textContent = t(row.expanded ? "system.hide" : "message.show");
      button.setAttribute("aria-expanded", String(row.expanded));
      button.tabIndex = 0;
    },
  };
}

/**
 * @param {RowContext} context
 * @returns {RowView}
 */
function tombstonesView({ document, t }) {
  const text = element(document, "span", "");
  const line = element(document, "span", "system-text tombstones", {}, icon(document, "trash"), text);
  const el = element(document, "div", "row system", {}, line);
  return {
    el,
    update(row) {
      if (row.kind === "tombstones") text.textContent = t("message.deletedRun", { count: row.items.length });
    },
  };
}
