/**
 * Stroke icons of 16 units, drawn as nodes: no request, and nothing for a policy to forbid.
 */

const SVG = "http://www.w3.org/2000/svg";

/** @typedef {keyof typeof PATHS} IconName */

const PATHS = {
  clock: "M8 2.25a5.75 5.75 0 1 1 0 11.5 5.75 5.75 0 0 1 0-11.5M8 5v3.2l2.1 1.3",
  check: "m3.5 8.5 3 3 6-7",
  double: "m1.5 8.7 2.8 2.8 5.6-6.6M7.4 11l.6.5 6-6.9",
  doubleFilled: "m1.5 8.7 2.8 2.8 5.6-6.6M7.4 11l.6.5 6-6.9",
  alert: "M8 2.25a5.75 5.75 0 1 1 0 11.5 5.75 5.75 0 0 1 0-11.5M8 5.2v3.3M8 10.8v.1",
  react: "M8 2.25a5.75 5.75 0 1 1 0 11.5 5.75 5.75 0 0 1 0-11.5M5.6 9.4c1.1 1.7 3.7 1.7 4.8 0M6.1 6.3v.2M9.9 6.3v.2",
  reply: "M6.5 3.5 2.5 7.5l4 4M3 7.5h5.5c3 0 5 1.6 5 4.8",
  more: "M3.6 8v.1M8 8v.1M12.4 8v.1",
  down: "m3.5 6 4.5 4.5L12.5 6",
  trash: "M2.8 4.2h10.4M6.2 4V2.5h3.6V4M4.2 4.4l.6 9h6.4l.6-9",
  blocked: "M8 2.25a5.75 5.75 0 1 1 0 11.5 5.75 5.75 0 0 1 0-11.5M4 4l8 8",
  at: "M10.4 8a2.4 2.4 0 1 1-4.8 0 2.4 2.4 0 0 1 4.8 0Zm0-2.4v3.2c0 2.3 3.4 2 3.4-1A5.8 5.8 0 1 0 11 12.9",
  update: "M8 2.5v7M5 6.8l3 3 3-3M3 13.2h10",
};

/** @type {Map<Document, Map<IconName, SVGElement>>} */
const made = new Map();

/**
 * @param {Document} document
 * @param {IconName} name
 * @returns {SVGElement} Hidden from assistive technology: what holds it has the words.
 */
export function icon(document, name) {
  let ofDocument = made.get(document);
  if (ofDocument === undefined) made.set(document, (ofDocument = new Map()));
  let template = ofDocument.get(name);
  if (template === undefined) {
    template = document.createElementNS(SVG, "svg");
    template.setAttribute("viewBox", "0 0 16 16");
    template.setAttribute("class", `icon icon-${name}`);
    template.setAttribute("aria-hidden", "true");
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("d", PATHS[name]);
    template.append(path);
    ofDocument.set(name, template);
  }
  return /** @type {SVGElement} */ (template.cloneNode(true));
}
