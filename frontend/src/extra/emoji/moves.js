/** Where the arrow keys lead among cells that stand in groups, each in rows of its own. */

const ROWS_A_PAGE = 5;

/**
 * @param {object} move
 * @param {string} move.key As in `KeyboardEvent.key`.
 * @param {boolean} [move.isWhole] With Control or Command: Home and End lead to the very
 *   first and last.
 * @param {boolean} [move.isRtl]
 * @param {number} move.at
 * @param {readonly number[]} move.lengths Of the groups, which are counted through.
 * @param {number} move.columns
 * @returns {number | null} The cell to go to; -1 for up from the first row; null where the
 *   key leads nowhere.
 */
export function moveInGrid({ key, isWhole = false, isRtl = false, at, lengths, columns }) {
  const rows = rowsOf(lengths, columns);
  const last = lengths.reduce((sum, length) => sum + length, 0) - 1;
  const row = rows.findIndex(([, to]) => at < to);
  const [from, to] = rows[row] ?? [0, 0];
  if (row === -1) return null;

  /** @param {number} target */
  const inRow = (target) => {
    const [first, end] = /** @type {[number, number]} */ (rows[Math.max(0, Math.min(target, rows.length - 1))]);
    return Math.min(first + (at - from), end - 1);
  };
  switch (key) {
    case isRtl ? "ArrowLeft" : "ArrowRight":
      return Math.min(at + 1, last);
    case isRtl ? "ArrowRight" : "ArrowLeft":
      return Math.max(at - 1, 0);
    case "ArrowDown":
      return row === rows.length - 1 ? at : inRow(row + 1);
    case "ArrowUp":
      return row === 0 ? -1 : inRow(row - 1);
    case "PageDown":
      return inRow(row + ROWS_A_PAGE);
    case "PageUp":
      return inRow(row - ROWS_A_PAGE);
    case "Home":
      return isWhole ? 0 : from;
    case "End":
      return isWhole ? last : to - 1;
    default:
      return null;
  }
}

/**
 * @param {readonly number[]} lengths
 * @param {number} columns
 * @returns {[from: number, to: number][]}
 */
function rowsOf(lengths, columns) {
  /** @type {[number, number][]} */
  const rows = [];
  let start = 0;
  for (const length of lengths) {
    for (let from = 0; from < length; from += columns) {
      rows.push([start + from, start + Math.min(from + columns, length)]);
    }
    start += length;
  }
  return rows;
}
