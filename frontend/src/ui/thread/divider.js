/**
 * Where the line "New" stands, and whether the banner that leads to it is shown.
 *
 * It stands where the reader had read to when they came, and does not move while they read.
 * It goes when they write, when they say so, when they leave from the end, or when they come
 * back to the end after they had gone up from it. It is put elsewhere only when something new
 * comes in unseen after all before it was seen.
 */

/**
 * @typedef {object} Divider
 * @property {number | null} at The `seq` of the first message below the line.
 * @property {number} count How many messages of others are below it.
 * @property {boolean} seen The line was on the screen.
 * @property {boolean} passed The end was on the screen since the line was put.
 * @property {boolean} left The reader has gone up since then.
 */

/**
 * What is on the screen: `line` says where the divider is in relation to it. Nothing counts
 * as seen without `focused`.
 *
 * @typedef {{line: "above" | "visible" | "below" | "none", atEnd: boolean, focused: boolean}} View
 */

/**
 * @typedef {{type: "open", firstUnreadSeq: number | null, count: number}
 *   | ({type: "message", seq: number, own: boolean} & Omit<View, "line">)
 *   | ({type: "view"} & View)
 *   | {type: "mark-read"}
 *   | {type: "leave", atEnd: boolean}} DividerEvent
 */

/** @type {Divider} */
export const NO_DIVIDER = Object.freeze({ at: null, count: 0, seen: false, passed: false, left: false });

/**
 * @param {Divider} divider
 * @param {DividerEvent} event
 * @returns {Divider} The same object when nothing has changed.
 */
export function reduceDivider(divider, event) {
  switch (event.type) {
    case "open":
      return event.firstUnreadSeq === null ? NO_DIVIDER : placed(event.firstUnreadSeq, event.count);
    case "mark-read":
      return NO_DIVIDER;
    case "leave":
      return event.atEnd ? NO_DIVIDER : divider;
    case "message": {
      if (event.own) return NO_DIVIDER;
      if (event.focused && event.atEnd) return divider;
      if (divider.at === null || divider.passed) return placed(event.seq, 1);
      return { ...divider, count: divider.count + 1 };
    }
    case "view":
      return viewed(divider, event);
  }
}

/**
 * Whether to show "32 new since 14:05". Once the line was seen, not again.
 *
 * @param {Divider} divider
 * @param {View["line"]} line
 */
export function showsBanner(divider, line) {
  return divider.at !== null && !divider.seen && line === "above";
}

/**
 * @param {number} at
 * @param {number} count
 * @returns {Divider}
 */
const placed = (at, count) => ({ at, count, seen: false, passed: false, left: false });

/**
 * @param {Divider} divider
 * @param {View} view
 * @returns {Divider}
 */
function viewed(divider, { line, atEnd, focused }) {
  if (divider.at === null || !focused) return divider;
  const seen = divider.seen || line === "visible";
  const passed = divider.passed || atEnd;
  const left = divider.left || (divider.passed && !atEnd);
  if (seen && left && atEnd) return NO_DIVIDER;
  if (seen === divider.seen && passed === divider.passed && left === divider.left) return divider;
  return { ...divider, seen, passed, left };
}
