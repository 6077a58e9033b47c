/** How much is unread over all conversations. */

/** @import {Core, Totals} from "./types" */

/** @param {Core} core */
export function createUnread(core) {
  const shown = {
    total: 0,
    mentions: 0,
    /** @param {(totals: Totals) => void} fn */
    subscribe: (fn) => core.on("unread", fn),
  };

  /**
   * @param {number} total
   * @param {number} mentions
   */
  function set(total, mentions) {
    if (total === shown.total && mentions === shown.mentions) return;
    Object.assign(shown, { total, mentions });
    core.emit("unread", { total, mentions });
  }

  return {
    shown,
    set,
    /**
     * @param {number} more
     * @param {number} moreMentions
     */
    add: (more, moreMentions) => set(Math.max(0, shown.total + more), Math.max(0, shown.mentions + moreMentions)),
  };
}
