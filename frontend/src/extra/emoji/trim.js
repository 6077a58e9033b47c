/** Makes the data of the picker from what the npm package has. Used by the build alone. */

/**
 * @typedef {object} SourceEmoji
 * @property {string} emoji
 * @property {string} annotation
 * @property {string[]} [tags]
 * @property {string[]} [shortcodes]
 * @property {number} group
 * @property {number} order
 * @property {number} version
 * @property {{version: number}[]} [skins]
 */

/** Newer ones are drawn as a box by most systems. */
const LATEST = 15.1;
/** Every system in use has those up to here, so their version need not be told. */
const COMMON = 12;
/** Single skin tones and hair colours: parts of emoji, which nobody writes. */
const COMPONENTS = 2;

/**
 * The selector for a coloured picture is superfluous, and by Unicode's list wrong, after
 * what is one anyway. With it, a thumb from here and one from a phone's keyboard would
 * count as two different reactions.
 *
 * @param {string} emoji
 * @returns {string}
 */
export const qualified = (emoji) => emoji.replace(/(\p{Emoji_Presentation})\uFE0F/gu, "$1");

/** @param {string} text */
const words = (text) => text.toLowerCase().split(/[\s_-]+/u);

/**
 * @param {object} sources The same emoji in each: those of `named`, with their names and
 *   tags, are taken.
 * @param {string} sources.locale The language of `named`.
 * @param {readonly SourceEmoji[]} sources.named
 * @param {readonly (readonly SourceEmoji[])[]} sources.english With different shortcodes.
 * @returns {import("./data.js").EmojiData}
 */
export function trim({ locale, named, english }) {
  /** @type {Map<string, string[]>} */
  const shortcodes = new Map();
  /** @type {Map<string, string>} */
  const names = new Map();
  for (const one of english.flat()) {
    names.set(one.emoji, one.annotation);
    shortcodes.set(one.emoji, [...new Set([...(shortcodes.get(one.emoji) ?? []), ...(one.shortcodes ?? [])])]);
  }
  /** @type {Map<number, import("./data.js").Emoji[]>} */
  const groups = new Map();
  for (const one of [...named].sort((a, b) => a.order - b.order)) {
    if (one.version > LATEST || one.group === COMPONENTS) continue;
    const name = one.annotation;
    const codes = shortcodes.get(one.emoji) ?? [];
    const englishName = names.get(one.emoji) ?? name;
    const known = new Set([name.toLowerCase(), ...words(name), ...codes, ...codes.flatMap(words)]);
    const tags = (one.tags ?? []).filter((tag) => !known.has(tag.toLowerCase()));
    const group = groups.get(one.group) ?? [];
    group.push({
      emoji: qualified(one.emoji),
      name,
      ...(codes.length > 0 && { shortcodes: codes }),
      ...(tags.length > 0 && { tags }),
      ...(englishName !== name && { english: englishName }),
      ...(one.version > COMMON && { version: one.version }),
      ...(one.skins?.some(({ version }) => version <= LATEST) && { skins: true }),
    });
    groups.set(one.group, group);
  }
  return { locale, groups: [...groups].sort(([a], [b]) => a - b).map(([, emoji]) => emoji) };
}
