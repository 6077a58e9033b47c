/**
 * What is shown of how far an own message has come.
 */

/** @typedef {import("../../client/types").Item} Item */
/** @typedef {import("../../client/types").Receipts} Receipts */
/** @typedef {"queued" | "sending" | "sent" | "delivered" | "read" | "failed"} SendState */

/**
 * @typedef {object} Shown
 * @property {SendState} state
 * @property {number} readers In groups, how many have read it; else 0.
 */

/** @type {Record<SendState, import("./icons.js").IconName>} */
export const STATE_ICONS = {
  queued: "clock",
  sending: "clock",
  sent: "check",
  delivered: "double",
  read: "doubleFilled",
  failed: "alert",
};

/**
 * Only the last message of each state has an icon, for those before it are at least as far.
 * Every message that failed has one. In a group the last own message says how many
 * have read it.
 *
 * @param {readonly Item[]} items
 * @param {Pick<Receipts, "status" | "read"> | null} receipts Null where they are not shown:
 *   then what the server has is "sent".
 * @param {{isGroup?: boolean}} [options]
 * @returns {Map<string, Shown>} By key; messages without an icon are not in it.
 */
export function shownStates(items, receipts, { isGroup = false } = {}) {
  /** @type {Map<string, Shown>} */
  const shown = new Map();
  /** @type {Set<SendState>} */
  const done = new Set();
  let isLastSent = true;
  for (let index = items.length - 1; index >= 0; index -= 1) {
    const { key, message, state } = /** @type {Item} */ (items[index]);
    if (!message.is_own_message || message.kind === "system" || message.deleted_at !== null) continue;
    const reached = state === "sent" ? (receipts?.status(message.seq) ?? "sent") : state;
    const readers = isGroup && state === "sent" && isLastSent && receipts ? receipts.read(message.seq).length : 0;
    if (state === "sent") isLastSent = false;
    if (reached !== "failed" && done.has(reached)) continue;
    done.add(reached);
    shown.set(key, { state: reached, readers });
    // What is further up was read, too.
    if (reached === "read") break;
  }
  return shown;
}
