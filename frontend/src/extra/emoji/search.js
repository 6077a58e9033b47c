/** Finds emoji by what they are called. */

/** @typedef {import("./data.js").Emoji} Emoji */

/** Letters that Unicode does not take apart, and many keyboards do not have. */
const SPELLED = { œ: "oe", æ: "ae", ß: "ss" };

/**
 * @param {string} text
 * @returns {string} Without case and accents, and with a space between words.
 */
export const fold = (text) =>
  text
    .normalize("NFD")
    .replace(/\p{M}+/gu, "")
    .toLowerCase()
    .replace(/[œæß]/gu, (letter) => /** @type {Record<string, string>} */ (SPELLED)[letter] ?? "")
    // A sign in front stays: it is what tells "-1" from "+1".
    .replace(/(?<=[\p{L}\p{N}])-|[\s_:’'“”"«»,.()]+/gu, " ")
    .trim();

/**
 * @param {string[]} texts Folded.
 * @param {string} query
 * @param {string[]} words
 * @returns {number} How well the texts fit: 0 best, `Infinity` not at all.
 */
function rank(texts, query, words) {
  let best = Infinity;
  for (const text of texts) {
    if (text === query) return 0;
    if (text.startsWith(query)) best = Math.min(best, 1);
    else if (best > 2 && words.every((word) => ` ${text}`.includes(` ${word}`))) best = 2;
  }
  return best;
}

/**
 * @param {readonly Emoji[]} emoji
 * @returns {(query: string) => Emoji[]} Best first: those whose name or shortcode is the
 *   query, begins with it or has words that do; then the same by tags; then where words are
 *   found in different places. Equals stay in order. Nothing for an empty query.
 */
export function createSearch(emoji) {
  const folded = emoji.map((one) => {
    const names = [one.name, ...(one.shortcodes ?? [])].map(fold);
    const tags = [one.english ?? "", ...(one.tags ?? [])].map(fold);
    return { one, names, tags, all: [...names, ...tags].join(" ") };
  });
  return (text) => {
    const query = fold(text);
    if (query === "") return [];
    const words = query.split(" ");
    return folded
      .map(({ one, names, tags, all }) => ({
        one,
        rank: Math.min(rank(names, query, words), 3 + rank(tags, query, words), 6 + rank([all], query, words)),
      }))
      .filter((found) => found.rank < Infinity)
      .sort((a, b) => a.rank - b.rank)
      .map(({ one }) => one);
  };
}
