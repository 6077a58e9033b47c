/**
 * What a page in a browser adds to the client: unsent messages and drafts that outlive the
 * page, and tabs that know of each other.
 *
 *     import { createChat } from "./client.js";
 *     import { browserTabs, idbStore } from "./client-browser.js";
 *     const userKey = "<site>:<user>";
 *     createChat({ ...options, userKey, store: idbStore({ key: userKey }), tabs: browserTabs });
 */

export { idbStore } from "./idb.js";
export { browserTabs } from "./tabs.js";
