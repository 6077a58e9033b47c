/**
 * What the page tells its elements, read from the JSON script that the template tags write.
 */

/**
 * @typedef {object} PageConfig
 * @property {import("../client/types").User | null} user Null for who is not logged in.
 * @property {string} user_key
 * @property {string} api_url
 * @property {string | null} ws_url
 * @property {string} login_url
 * @property {{inbox: string, conversation: string}} pages `{id}` stands for the id.
 * @property {{ui: string, extra: string, emoji: string}} assets
 * @property {{header: string, cookie: string, token?: string}} csrf
 * @property {string} locale
 * @property {"ltr" | "rtl"} dir
 * @property {Record<string, number>} limits
 * @property {string[]} features
 * @property {number} ping_interval_ms
 * @property {number} poll_interval_ms
 * @property {import("./text/translate.js").Catalog} texts
 * @property {string[]} plurals
 */

/** @type {Map<string, PageConfig>} */
const read = new Map();

/**
 * @param {string} selector
 * @returns {PageConfig | null} Null where the page has no such script.
 */
export function readConfig(selector) {
  let config = read.get(selector) ?? null;
  if (config === null) {
    const text = document.querySelector(selector)?.textContent;
    if (text) {
      config = /** @type {PageConfig} */ (JSON.parse(text));
      read.set(selector, config);
    }
  }
  return config;
}

/**
 * @param {PageConfig} config
 * @returns {string} Django's token against forged requests.
 */
export function csrfToken({ csrf }) {
  if (csrf.token !== undefined) return csrf.token;
  const name = `${csrf.cookie}=`;
  const found = document.cookie.split("; ").find((pair) => pair.startsWith(name));
  return found === undefined ? "" : found.slice(name.length);
}
