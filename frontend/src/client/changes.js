/** What a keyed renderer has to do to get from one list of items to the next. */

/** @import {Change, Item} from "./types" */

/**
 * @param {readonly Item[]} before
 * @param {readonly Item[]} now
 * @returns {Change[]}
 */
export function compare(before, now) {
  /** @type {Change[]} */
  const changes = [];
  const keys = new Set(now.map((item) => item.key));
  const known = new Map(before.map((item) => [item.key, item]));
  for (const { key } of before) if (!keys.has(key)) changes.push({ type: "remove", key });
  const order = before.filter((item) => keys.has(item.key)).map((item) => item.key);
  /** @type {string | null} */
  let after = null;
  let place = 0;
  for (const item of now) {
    const old = known.get(item.key);
    if (!old) {
      changes.push({ type: "insert", item, after });
    } else {
      if (order[place] === item.key) {
        place++;
      } else {
        changes.push({ type: "move", item, after });
        order.splice(order.indexOf(item.key, place), 1);
      }
      if (old !== item) changes.push({ type: "update", item });
    }
    after = item.key;
  }
  return changes;
}
