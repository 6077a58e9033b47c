/**
 * What the bundle of the elements lends to this one, so that Lit and the pieces that both
 * draw are loaded once. Nothing of it may be used before it was lent.
 */

/**
 * @typedef {object} Lent
 * @property {typeof import("lit").html} html
 * @property {typeof import("lit").nothing} nothing
 * @property {typeof import("lit/directives/repeat.js").repeat} repeat
 * @property {typeof import("../ui/parts/errors.js").errorText} errorText
 * @property {typeof import("../ui/parts/face.js").face} face
 * @property {typeof import("../ui/parts/face.js").partnerOf} partnerOf
 * @property {typeof import("../ui/parts/icons.js").glyph} glyph
 * @property {typeof import("../ui/parts/menu.js").place} place
 */

/** @type {Lent["html"]} */
export let html;
/** @type {Lent["nothing"]} */
export let nothing;
/** @type {Lent["repeat"]} */
export let repeat;
/** @type {Lent["errorText"]} */
export let errorText;
/** @type {Lent["face"]} */
export let face;
/** @type {Lent["partnerOf"]} */
export let partnerOf;
/** @type {Lent["glyph"]} */
export let glyph;
/** @type {Lent["place"]} */
export let place;

/** @param {Lent} lent */
export function lend(lent) {
  ({ html, nothing, repeat, errorText, face, partnerOf, glyph, place } = lent);
}
