/** What the light elements share: the page's configuration and texts, and the rest once it is needed. */

import { readConfig } from "../ui/config.js";
import { element } from "../ui/thread/element.js";

/** @typedef {import("../ui/config.js").PageConfig} PageConfig */

/**
 * @param {Element} host
 * @returns {PageConfig | null} Null where nobody is logged in, or nothing is set up.
 */
export function configOf(host) {
  const config = readConfig(host.getAttribute("config") ?? "#django-chat-config");
  return config?.user ? config : null;
}

/**
 * A text of the page. The few that are needed here are no work for a whole translator.
 *
 * @param {PageConfig} config
 * @param {string} key
 * @param {number} [count]
 * @returns {string}
 */
export function textOf({ texts, plurals, locale }, key, count = 0) {
  const [rule, ...forms] = [texts[key]].flat();
  const form = forms[Number(plurals[Number(rule)]?.[count < 200 ? count : 100 + (count % 100)])] ?? rule;
  return `${form}`.replace("{count}", count.toLocaleString(locale));
}

/** @type {Promise<unknown> | null} */
let loading = null;
let failures = 0;

/**
 * Loads the elements that show conversations, once for all that ask.
 *
 * @param {PageConfig} config
 * @returns {Promise<unknown>} Rejects where they could not be loaded; the next call tries again.
 */
export function loadUi({ assets }) {
  // Browsers remember that an address failed, and do not ask for it again.
  loading ??= import(failures ? `${assets.ui}#${failures}` : assets.ui).catch((error) => {
    loading = null;
    failures += 1;
    throw error;
  });
  return loading;
}

/** @param {() => void} work What a page that is still loading need not wait for. */
export const whenIdle = (work) => (globalThis.requestIdleCallback ?? setTimeout)(work);

/**
 * Fills a shadow root. The style sheet is constructed, so that no policy has to allow inline ones.
 *
 * @param {ShadowRoot} root
 * @param {string} styles
 * @param {...Node} children
 */
export function fill(root, styles, ...children) {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(styles);
  root.adoptedStyleSheets = [sheet];
  root.replaceChildren(...children);
}

/**
 * A button that opens the chat, and loads it as soon as a click is likely.
 *
 * @param {PageConfig} config
 * @param {string} name Class and part.
 * @param {() => void} onClick
 * @param {...(Node | string)} children
 */
export function opener(config, name, onClick, ...children) {
  const made = button(name, onClick, ...children);
  made.onpointerenter = made.onfocus = () => loadUi(config).catch(() => {});
  return made;
}

/**
 * @param {string} name
 * @param {() => void} onClick
 * @param {...(Node | string)} children
 */
function button(name, onClick, ...children) {
  const made = element(document, "button", name, { type: "button", part: name }, ...children);
  made.onclick = onClick;
  return made;
}

/**
 * @param {PageConfig} config
 * @param {() => void} onClick
 */
export const closeButton = (config, onClick) =>
  button("close", onClick, icon("m4 4 8 8M12 4l-8 8"), element(document, "span", "hidden", {}, textOf(config, "widget.close")));

/**
 * Makes an element of the chat that looks as its host was told to look.
 *
 * @param {string} name
 * @param {Element} host
 */
export function chatElement(name, host) {
  const made = document.createElement(name);
  for (const key of ["theme", "appearance", "density", "config"]) {
    const value = host.getAttribute(key);
    if (value) made.setAttribute(key, value);
  }
  return made;
}

const SVG = "http://www.w3.org/2000/svg";

/** @param {string} d Strokes in a square of 16 units. */
export function icon(d) {
  const svg = document.createElementNS(SVG, "svg");
  const path = document.createElementNS(SVG, "path");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("aria-hidden", "true");
  path.setAttribute("d", d);
  svg.append(path);
  return svg;
}
