/** Changes that are shown before the server has made them. */

/** @import {Message} from "./types" */

/**
 * What a change makes of a message; null hides it. It is applied anew to whatever the
 * message has become, so it must change nothing where it is already done.
 *
 * @typedef {(message: Message) => Message | null} Alteration
 * @typedef {object} Patch
 * @property {string} id of the message
 * @property {Alteration} alter
 * @property {number} until the `rev` of the message in which the server has done it; the
 *     change is shown until that is at hand
 */

/**
 * Forgets what is done.
 *
 * @param {Set<Patch>} patches
 * @param {Message} message
 * @returns {Message | null} as it is shown
 */
export function patched(patches, message) {
  /** @type {Message | null} */
  let view = message;
  for (const patch of patches) {
    if (patch.id !== message.id) continue;
    if (patch.until <= message.rev) patches.delete(patch);
    else view = view && patch.alter(view);
  }
  return view;
}

/**
 * @param {string} content
 * @param {string} time
 * @returns {Alteration}
 */
export const edited = (content, time) => (message) =>
  message.content === content || message.deleted_at ? message : { ...message, content, edited_at: time };

/**
 * @param {string} time
 * @returns {Alteration}
 */
export const deleted = (time) => (message) => ({
  ...message,
  content: "",
  reply_to: null,
  mentions: [],
  reactions: [],
  extra: {},
  deleted_at: message.deleted_at ?? time,
  deleted_by: message.is_own_message ? "author" : "moderator",
});

/**
 * @param {string} emoji
 * @param {boolean} isOn
 * @param {string} me
 * @returns {Alteration}
 */
export const reacted = (emoji, isOn, me) => (message) => {
  const known = message.reactions.find((one) => one.emoji === emoji);
  if (message.deleted_at || (known?.me ?? false) === isOn) return message;
  const { count, user_ids } = known ?? { count: 0, user_ids: [] };
  const others = user_ids.filter((id) => id !== me);
  const next = {
    emoji,
    count: count + (isOn ? 1 : -1),
    user_ids: isOn ? [...others, me].slice(0, 10) : others,
    me: isOn,
  };
  const reactions = known
    ? message.reactions.map((one) => (one === known ? next : one))
    : [...message.reactions, next];
  return { ...message, reactions: reactions.filter((one) => one.count > 0) };
};
