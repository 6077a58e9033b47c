/** The emoji that are offered: their data, and what of it this system can draw. */

/**
 * @typedef {object} Emoji
 * @property {string} emoji Without a skin tone.
 * @property {string} name In the language of the data.
 * @property {string[]} [shortcodes] English, without colons.
 * @property {string[]} [tags] In the language of the data.
 * @property {string} [english] The English name, where `name` is another.
 * @property {number} [version] Of Emoji, where not every system draws it.
 * @property {boolean} [skins] Whether it comes in skin tones.
 */

/**
 * @typedef {object} EmojiData
 * @property {string} locale
 * @property {Emoji[][]} groups In the order of `GROUPS`.
 */

/** Unicode's groups, each with the emoji that stands for it. */
export const GROUPS = /** @type {const} */ ({
  smileys: "😀",
  people: "👋",
  nature: "🐻",
  food: "🍎",
  places: "🚗",
  activities: "⚽",
  objects: "💡",
  symbols: "🔣",
  flags: "🏁",
});

/** As CSS has them too: none, and the five of Unicode from light to dark. */
const TONES = ["", "\u{1F3FB}", "\u{1F3FC}", "\u{1F3FD}", "\u{1F3FE}", "\u{1F3FF}"];

/** Between two people, a handshake keeps its colour. */
const TONED = /((?!🤝)\p{Emoji_Modifier_Base}|^🤝)\uFE0F?/gu;

/**
 * @param {Pick<Emoji, "emoji" | "skins">} one
 * @param {number} tone 0 for none, 1 (light) to 5 (dark). Couples are both given it.
 * @returns {string}
 */
export const toned = ({ emoji, skins }, tone) =>
  skins && TONES[tone] ? emoji.replace(TONED, `$1${TONES[tone]}`) : emoji;

/**
 * @param {string} emoji
 * @returns {string} What is left without skin tones and variation selectors: the same for
 *   all that are one emoji.
 */
export const plain = (emoji) => emoji.replace(/[\u{1F3FB}-\u{1F3FF}\uFE0F]/gu, "");

/** @type {Map<string, Promise<EmojiData>>} */
const loads = new Map();

/**
 * @param {string} url
 * @returns {Promise<EmojiData>} The same for all pickers of a page. Rejects where the data
 *   cannot be had; asked again, it tries again.
 */
export function loadEmoji(url) {
  let load = loads.get(url);
  if (load === undefined) {
    load = fetch(url).then((response) => {
      if (!response.ok) throw new Error(`Emoji data: ${response.status}`);
      return response.json();
    });
    loads.set(url, load);
    load.catch(() => loads.delete(url));
  }
  return load;
}

/** One for each version, joined of parts where there is such a one. */
const SAMPLES = /** @type {[number, string][]} */ ([
  [15.1, "🐦‍🔥"],
  [15, "🫨"],
  [14, "🫠"],
  [13.1, "❤️‍🔥"],
  [13, "🥲"],
  [12.1, "🧑‍🦰"],
]);

/**
 * The latest version this system's fonts draw. What a font does not know is as wide as its
 * parts, or as a box.
 *
 * @param {Document} document
 * @returns {number}
 */
export function drawnVersion(document) {
  const context = document.createElement("canvas").getContext("2d");
  if (!context) return 0;
  context.font = '32px "Apple Color Emoji", "Segoe UI Emoji", "Noto Color Emoji", sans-serif';
  const width = (/** @type {string} */ text) => context.measureText(text).width;
  const usual = width("😀");
  return SAMPLES.find(([, emoji]) => Math.abs(width(emoji) - usual) < usual / 10)?.[0] ?? 0;
}
