/** What was written and not sent, of each conversation: kept, and shared by tabs. */

/** @import {Core, Draft} from "./types" */
import { DRAFT_MS } from "./constants.js";
import { createTimers } from "./timers.js";

/** @type {Draft} */
const NONE = { text: "", replyTo: null };

/**
 * @param {Core} core
 * @param {(id: string, draft: Draft) => void} share with other tabs
 * @param {(id: string, draft: Draft) => void} changed by another tab
 */
export function createDrafts(core, share, changed) {
  /** @type {Map<string, Draft>} */
  const drafts = new Map();
  /** Those not written yet. */
  const timers = createTimers(core.setTimer);
  // Before the first conversation is opened, because lists show them, too.
  const loading = core.store
    .values("drafts")
    .then((stored) => {
      for (const { id, ...draft } of /** @type {(Draft & {id: string})[]} */ (stored)) keep(id, draft);
    })
    .catch(core.ignore);

  /**
   * @param {string} id
   * @param {Draft} draft
   */
  function keep(id, draft) {
    if (draft.text || draft.replyTo) drafts.set(id, draft);
    else drafts.delete(id);
    core.emit("draft", id);
  }

  /** @param {string} id */
  function write(id) {
    timers.delete(id);
    const draft = drafts.get(id);
    (draft ? core.store.put("drafts", id, { id, ...draft }) : core.store.delete("drafts", id)).catch(core.ignore);
    share(id, draft ?? NONE);
  }

  return {
    /** @param {string} id */
    get: (id) => drafts.get(id) ?? NONE,

    /**
     * @param {string} id
     * @param {Draft} draft
     */
    set(id, draft) {
      keep(id, draft);
      timers.set(id, DRAFT_MS, () => write(id));
    },

    /** @param {string} id when it is left */
    leave: (id) => timers.has(id) && write(id),

    /** @param {string} id after sending, when there is nothing to wait for */
    drop(id) {
      keep(id, NONE);
      write(id);
    },

    load: () => loading,

    /**
     * @param {string} id
     * @param {Draft} draft
     */
    hear(id, draft) {
      // Who types here does not want to have it taken away.
      if (timers.has(id)) return;
      keep(id, draft);
      changed(id, draft);
    },

    /** A page that goes away runs nothing afterwards. */
    writeAll: () => timers.keys().forEach(write),

    stop: timers.clear,
  };
}
