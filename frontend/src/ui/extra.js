/** What opens on a click only is a bundle of its own: it is loaded once for the page. */

import { html, nothing } from "lit";
import { repeat } from "lit/directives/repeat.js";
import { errorText } from "./parts/errors.js";
import { face, partnerOf } from "./parts/face.js";
import { glyph } from "./parts/icons.js";
import { place } from "./parts/menu.js";

/** @typedef {typeof import("../extra/index.js")} Extra */

/** @type {import("../extra/lent.js").Lent} */
const lent = { html, nothing, repeat, errorText, face, partnerOf, glyph, place };

/** @type {Promise<Extra> | null} */
let loading = null;
let failures = 0;

/**
 * @param {string} url
 * @returns {Promise<Extra>} Rejects where it could not be loaded; the next call tries again.
 */
export function loadExtra(url) {
  loading ??= load(url);
  return loading;
}

/** @param {string} url */
async function load(url) {
  try {
    // Browsers remember that an address failed, and do not ask for it again.
    /** @type {Extra} */
    const extra = await import(failures ? `${url}#${failures}` : url);
    extra.lend(lent);
    return extra;
  } catch (error) {
    loading = null;
    failures += 1;
    throw error;
  }
}
