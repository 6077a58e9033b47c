/** @typedef {import("../../client/types").Item} Item */
/** @typedef {import("../../client/types").Change} Change */

/**
 * The items after changes as a thread tells them.
 *
 * @param {readonly Item[]} items
 * @param {readonly Change[]} changes
 * @returns {Item[]}
 */
export function applied(items, changes) {
  let result = [...items];
  for (const change of changes) {
    switch (change.type) {
      case "reset":
        result = [...change.items];
        break;
      case "update": {
        const at = result.findIndex((item) => item.key === change.item.key);
        if (at !== -1) result[at] = change.item;
        break;
      }
      case "insert":
      case "move": {
        const { item, after } = change;
        result = result.filter((one) => one.key !== item.key);
        result.splice(after === null ? 0 : result.findIndex((one) => one.key === after) + 1, 0, item);
        break;
      }
      case "remove":
        result = result.filter((item) => item.key !== change.key);
        break;
    }
  }
  return result;
}
