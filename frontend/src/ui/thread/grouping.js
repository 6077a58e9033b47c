/**
 * Puts the messages of a thread into rows: what stands together, what stands between, and
 * what is told in one line. Pure.
 */

/** @typedef {import("../../client/types").Item} Item */

/**
 * @typedef {{kind: "day", key: string, time: number}} DayRow
 * @typedef {{kind: "unread", key: "unread", time: number}} UnreadRow
 * @typedef {{kind: "message", key: string, item: Item, first: boolean, last: boolean}} MessageRow
 *   `first` and `last` of a group of the same author.
 * @typedef {{kind: "system", key: string, item: Item}} SystemRow
 * @typedef {{kind: "run", key: string, items: Item[], expanded: boolean}} RunRow
 *   Changes to the members; when `expanded`, their own rows follow.
 * @typedef {{kind: "tombstones", key: string, items: Item[]}} TombstonesRow
 * @typedef {DayRow | UnreadRow | MessageRow | SystemRow | RunRow | TombstonesRow} Row
 */

export const GROUP_GAP_MS = 5 * 60_000;
const RUN_MAX = 3;
const MEMBERSHIP = new Set(["members_added", "member_removed", "member_left"]);

/**
 * @param {readonly Item[]} items In order.
 * @param {object} options
 * @param {(time: number) => string} options.dayKey
 * @param {number | null} [options.unreadFrom] The `seq` above which the divider goes.
 * @param {boolean} [options.hasOlder] Whether the beginning is elsewhere: then a divider
 *   that belongs above the first item is left out.
 * @param {(items: readonly Item[]) => boolean} [options.isExpanded] Of a run.
 * @returns {Row[]}
 */
export function rowsOf(items, { dayKey, unreadFrom = null, hasOlder = false, isExpanded = () => false }) {
  /** @type {Row[]} */
  const rows = [];
  const dividerAt = dividerIndex(items, unreadFrom, hasOlder);
  let day = "";
  let index = 0;
  while (index < items.length) {
    const item = /** @type {Item} */ (items[index]);
    const time = timeOf(item);
    const itsDay = dayKey(time);
    if (itsDay !== day) {
      day = itsDay;
      rows.push({ kind: "day", key: `day:${day}`, time });
    }
    if (index === dividerAt) rows.push({ kind: "unread", key: "unread", time });

    const test = isMembership(item) ? isMembership : isTombstone(item) ? isTombstone : null;
    if (test !== null) {
      let end = index + 1;
      for (; end < items.length && end !== dividerAt; end += 1) {
        const next = /** @type {Item} */ (items[end]);
        if (!test(next) || dayKey(timeOf(next)) !== day) break;
      }
      const run = items.slice(index, end);
      if (test === isTombstone && run.length > 1) {
        rows.push({ kind: "tombstones", key: `run:${item.key}`, items: run });
        index = end;
        continue;
      }
      if (test === isMembership && run.length > RUN_MAX) {
        const expanded = isExpanded(run);
        rows.push({ kind: "run", key: `run:${item.key}`, items: run, expanded });
        if (expanded) for (const one of run) rows.push({ kind: "system", key: one.key, item: one });
        index = end;
        continue;
      }
    }
    rows.push(
      item.message.kind === "system"
        ? { kind: "system", key: item.key, item }
        : { kind: "message", key: item.key, item, first: true, last: true },
    );
    index += 1;
  }
  group(rows);
  return rows;
}

/** @param {Item} item */
export const timeOf = (item) => Date.parse(item.message.timestamp);

/** @param {Row[]} rows */
function group(rows) {
  for (let index = 1; index < rows.length; index += 1) {
    const before = /** @type {Row} */ (rows[index - 1]);
    const row = /** @type {Row} */ (rows[index]);
    if (before.kind !== "message" || row.kind !== "message") continue;
    const isSame =
      before.item.message.sender_id === row.item.message.sender_id &&
      before.item.message.sender === row.item.message.sender &&
      Math.abs(timeOf(row.item) - timeOf(before.item)) <= GROUP_GAP_MS;
    if (isSame) before.last = row.first = false;
  }
}

/**
 * @param {readonly Item[]} items
 * @param {number | null} unreadFrom
 * @param {boolean} hasOlder
 */
function dividerIndex(items, unreadFrom, hasOlder) {
  if (unreadFrom === null) return -1;
  const index = items.findIndex((item) => item.message.seq >= unreadFrom);
  const isElsewhere = index === 0 && hasOlder && items[0]?.message.seq !== unreadFrom;
  return isElsewhere ? -1 : index;
}

/** @param {Item} item */
function isMembership(item) {
  return item.message.kind === "system" && MEMBERSHIP.has(item.message.system?.event ?? "");
}

/** @param {Item} item */
function isTombstone(item) {
  return item.message.kind !== "system" && item.message.deleted_at !== null;
}
