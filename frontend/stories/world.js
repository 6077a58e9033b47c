/** The made-up world of the stories, as the server would tell of it. */

import { conversation as talk, long, ME, NOW, people as faces } from "./thread-data.js";

/**
 * @typedef {object} Place A conversation with everything in it.
 * @property {object} conversation
 * @property {object[]} messages
 * @property {object[]} members
 * @property {string[]} hidden Ids of messages that the reader deleted for themselves.
 *
 * @typedef {object} World
 * @property {object} me
 * @property {object[]} people
 * @property {Place[]} places
 * @property {Record<string, object>} presence
 * @property {object[]} blocked
 */

const USERNAMES = { 1: "mira", 2: "ana", 3: "ben", 4: "sara", 5: "yuki" };
const DAY_MINUTES = 1440;

export const LIMITS = {
  text_max: 2000, title_max: 255, frame_max: 163_840, client_id_max: 64, mentions_max: 50, page_max: 100,
  subscriptions_max: 20, connections_max: 10, send_rate: 10, send_burst: 20, replay_max: 500, group_max: 1000,
  group_min_others: 2, edit_window_s: 7200, reaction_max: 16, typing_idle_ms: 1000,
};
export const FEATURES = ["delivery", "edit", "presence", "reactions", "typing"];

export const people = faces.map((one) => ({ ...one, username: USERNAMES[one.id] }));
export const [me, ana, ben, sara, yuki] = people;

const stamp = (minutesAgo) => new Date(NOW - minutesAgo * 60_000).toISOString();

/**
 * A conversation, as its list tells it, with its members and messages.
 *
 * @param {string} id
 * @param {object} [options]
 * @param {object[]} [options.with] Everybody else.
 * @param {object[]} [options.messages]
 * @param {number} [options.unread]
 * @param {number} [options.read] Up to which message the others have read.
 * @param {number} [options.delivered]
 * @param {string} [options.role]
 * @param {string[]} [options.hidden]
 */
export function place(id, { with: others = [ana], messages = [], unread = 0, read, delivered, role = "member", hidden = [], updated = 0, ...fields } = {}) {
  const kind = fields.kind ?? (others.length > 1 ? "group" : "direct");
  const seq = messages.at(-1)?.seq ?? 0;
  const members = [me, ...others].map((one, index) => ({
    user_id: one.id, name: one.name, username: one.username, avatar_url: null, joined_at: stamp(20 * DAY_MINUTES),
    role: index === 0 ? role : index === 1 && kind === "group" && role !== "owner" ? "owner" : "member",
    read_seq: index === 0 ? seq - unread : (read ?? seq), delivered_seq: index === 0 ? seq : (delivered ?? seq),
  }));
  const last = messages.at(-1);
  const conversation = {
    id, kind, is_group: kind === "group", status: "open", title: kind === "group" ? "Spring launch 🌱" : others[0].name,
    avatar_url: null, context: null, seq, rev: seq, meta_rev: 0, read_seq: seq - unread, unread_count: unread, mention_count: 0,
    marked_unread: false,
    last_message: last
      ? {
          id: last.id, seq: last.seq, sender: last.sender, sender_id: last.sender_id, excerpt: last.content.slice(0, 255),
          timestamp: last.timestamp, kind: last.kind, is_own_message: last.is_own_message,
        }
      : null,
    member_count: members.length, members: members.slice(0, 8), my_role: role,
    permissions: { send: true, edit_own: true, delete_any: role !== "member", add_members: role !== "member", rename: role !== "member", pin: true, mention_all: true },
    send_disabled_reason: null, history_from_seq: 1, pinned: false, archived_by_me: false,
    created_at: stamp(20 * DAY_MINUTES), updated_at: last?.timestamp ?? stamp(updated), ...fields,
  };
  return { conversation, members, hidden, messages: messages.map((one) => ({ ...one, conversation_id: id })) };
}

/** @param {Partial<World>} [more] */
export function world(more = {}) {
  const presence = { [ana.id]: { status: "online" }, [ben.id]: { status: "away" }, [sara.id]: { status: "offline", last_seen: stamp(75) } };
  return { me, people, places: [], presence, blocked: [], ...more };
}

/** Messages that the server has. */
export const stored = (items) => items.filter(({ state }) => state === "sent").map(({ message }) => message);

/** A conversation of `count` messages. */
export const many = (count) => stored(long(count));

/** Sentences of two people in turn, the last one of `last`. */
export function dialogue(texts, { last = ana, minutes = 3 } = {}) {
  const { items, add } = talk();
  texts.forEach((text, index) => {
    const isLast = (texts.length - 1 - index) % 2 === 0;
    add(isLast === (last.id === ME) ? ME : ana.id, text, (texts.length - index) * minutes);
  });
  return stored(items);
}

const EXCERPTS = [
  "Shall we move it to Thursday?",
  "The files are in the shared folder, in the one called “final, really”.",
  "👍",
  "Danke, bis morgen!",
  "هل يمكننا تأجيل الاجتماع؟",
  "https://example.com/a/very/long/address/that/does/not/fit/into/one/line/of/the/list?at=all",
];
const TITLES = [
  "Spring launch 🌱", "Lunch", "Office move", "فريق التصميم", "A group whose name is so long that no list has room for all of it", "Reading circle",
];

/** Thirty conversations: pinned, unread, muted by nobody, with mentions, silent ones, and an empty one. */
export function town() {
  return Array.from({ length: 30 }, (_, index) => {
    const isGroup = index % 3 !== 1;
    const partner = people[1 + (index % 4)];
    const sender = index % 5 === 2 ? me : partner;
    const { items, add } = talk();
    const minutes = index < 8 ? index * 17 : index * 190;
    if (index !== 7) {
      for (let at = 0; at < 5; at += 1) add(sender.id, EXCERPTS[(index + at) % EXCERPTS.length], minutes + 5 - at);
    }
    const unread = sender === me || index === 7 ? 0 : { 0: 3, 1: 1, 4: 128, 6: 2, 12: 7 }[index] ?? 0;
    return place(`c${index}`, {
      with: isGroup ? [partner, ...people.slice(1).filter((one) => one !== partner)] : [partner],
      messages: stored(items),
      unread: Math.min(unread, 5),
      updated: minutes,
      ...(unread > 5 && { unread_count: unread }),
      ...(isGroup && { title: TITLES[index % TITLES.length] }),
      mention_count: index === 0 || index === 4 ? 1 : 0,
      pinned: index === 3 || index === 9,
      marked_unread: index === 10,
      archived_by_me: index > 26,
    });
  });
}
