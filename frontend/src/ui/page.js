/**
 * One client for all elements of a page that show the same person's chat.
 */

import { browserTabs, idbStore } from "../client/browser.js";
import { createChat } from "../client/index.js";
import { createPeople } from "../client/people.js";
import { csrfToken } from "./config.js";
import { createTranslator } from "./text/translate.js";

/** @typedef {import("./config.js").PageConfig} PageConfig */
/** @typedef {import("../client/types").Chat} Chat */

/**
 * @typedef {object} Page
 * @property {PageConfig} config
 * @property {Chat} chat
 * @property {import("./text/translate.js").Translate} t
 * @property {() => void} hold An element appears: the client connects.
 * @property {() => void} release It is gone; with the last one the client rests, after a while.
 */

const REST_AFTER_MS = 30_000;

/** @type {Map<string, Page>} */
const pages = new Map();

/**
 * @param {PageConfig} config
 * @param {Chat} [chat] A client of the host's own.
 * @returns {Page}
 */
export function pageOf(config, chat) {
  let page = chat === undefined ? pages.get(config.user_key) : undefined;
  if (page === undefined) {
    page = createPage(config, chat ?? createClient(config));
    if (chat === undefined) pages.set(config.user_key, page);
  }
  return page;
}

/** @param {PageConfig} config */
function createClient(config) {
  return createChat({
    apiUrl: config.api_url,
    wsUrl: config.ws_url,
    userKey: config.user_key,
    csrf: () => csrfToken(config),
    csrfHeader: config.csrf.header,
    store: idbStore({ key: config.user_key }),
    people: createPeople,
    tabs: browserTabs,
  });
}

/**
 * @param {PageConfig} config
 * @param {Chat} chat
 * @returns {Page}
 */
function createPage(config, chat) {
  let holders = 0;
  let timer = 0;
  return {
    config,
    chat,
    t: createTranslator(config.texts, config.locale, config.plurals),
    hold() {
      holders += 1;
      clearTimeout(timer);
      // What is wrong is said by the state, which every element shows.
      if (holders === 1) chat.connect().catch(() => {});
    },
    release() {
      holders -= 1;
      // A page that swaps its parts takes an element out and puts it back.
      if (holders === 0) timer = setTimeout(() => chat.disconnect(), REST_AFTER_MS);
    },
  };
}
