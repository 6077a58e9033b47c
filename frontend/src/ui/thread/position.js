/**
 * Keeps what the reader looks at where it is, whatever happens around it.
 *
 * The browsers' own scroll anchoring is switched off: it differs between them, does nothing
 * at the very top, and cannot know which growth the reader asked for. Instead, the places of
 * the visible rows are remembered after each change, and what has moved is moved back before
 * the next picture.
 */

const STICK_PX = 100;

/**
 * Where a reader was, to come back to later.
 *
 * @typedef {{key: string, top: number} | {atEnd: true}} SavedPosition
 *   `top` is the row's distance from the upper edge of the view, in pixels.
 */

/**
 * @param {HTMLElement} scroller
 * @param {() => readonly HTMLElement[]} rows In order, each with `data-key`.
 */
export function createPosition(scroller, rows) {
  /** @type {{el: HTMLElement, top: number}[]} */
  let anchors = [];
  let lastTop = 0;
  let stuck = true;
  /** @type {HTMLElement[]} */
  let visible = [];

  const distanceToEnd = () => scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight;
  const edge = () => scroller.getBoundingClientRect().top + scroller.clientTop;

  /**
   * The index of the first row that ends below `y`, in coordinates of the window.
   *
   * @param {readonly HTMLElement[]} all
   * @param {number} y
   */
  const firstBelow = (all, y) => {
    let low = 0;
    let high = all.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (/** @type {HTMLElement} */ (all[middle]).getBoundingClientRect().bottom > y) high = middle;
      else low = middle + 1;
    }
    return low;
  };

  /** Remembers what is on the screen. */
  const remember = () => {
    const all = rows();
    const top = edge();
    const height = scroller.clientHeight;
    visible = [];
    anchors = [];
    for (let index = firstBelow(all, top); index < all.length; index += 1) {
      const el = /** @type {HTMLElement} */ (all[index]);
      const offset = el.getBoundingClientRect().top - top;
      if (offset >= height) break;
      visible.push(el);
      anchors.push({ el, top: offset });
    }
    // A row that begins in view is better to hold on to than one that hangs into it, and a
    // message than the heading of a day, which moves to the older ones.
    const index = anchors.findIndex((one) => one.top >= 0 && one.el.matches(".message, .system"));
    if (index > 0) anchors = [...anchors.slice(index), ...anchors.slice(0, index)];
    lastTop = scroller.scrollTop;
  };

  /**
   * How far the remembered rows have moved, other than by scrolling.
   *
   * @param {number} [reached] How far the reader had scrolled before the change: where it
   *   leaves less to scroll, a browser takes back what is too much.
   */
  const shift = (reached = scroller.scrollTop) => {
    const anchor = anchors.find((one) => one.el.isConnected && scroller.contains(one.el));
    if (anchor === undefined) return null;
    const scrolled = reached - lastTop;
    return anchor.el.getBoundingClientRect().top - edge() - (anchor.top - scrolled);
  };

  const position = {
    /** The rows on the screen when it was last looked at. */
    visible: () => visible,
    isStuck: () => stuck,
    distanceToEnd,
    remember,

    release() {
      stuck = false;
    },

    /**
     * Makes good what a change has moved. To be called after every change of the layout.
     *
     * @param {HTMLElement | null} [pinned] A row whose upper edge is to stay, because
     *   the reader has just opened or closed it.
     * @param {number} [reached] See `shift`.
     * @returns {boolean} False when nothing of what was on the screen is left.
     */
    settle(pinned = null, reached = scroller.scrollTop) {
      if (pinned !== null) {
        const known = anchors.find((one) => one.el === pinned);
        if (known !== undefined) anchors = [known, ...anchors.filter((one) => one !== known)];
        stuck = false;
      }
      let found = true;
      if (stuck) {
        scroller.scrollTop = scroller.scrollHeight;
      } else {
        const moved = shift(reached);
        found = moved !== null;
        // By a difference, so that a scroll under way is not undone.
        if (moved !== null && Math.abs(moved) >= 0.5) scroller.scrollBy({ top: moved, behavior: "instant" });
      }
      remember();
      return found;
    },

    /**
     * Takes in that the reader has scrolled.
     *
     * @param {boolean} canStick Whether the end of the list is the latest.
     */
    scrolled(canStick) {
      const isUpward = scroller.scrollTop < lastTop - 1;
      const wasStuck = stuck;
      stuck = canStick && (distanceToEnd() <= STICK_PX || (stuck && !isUpward));
      // Something may have grown in the same frame, which must not pass for scrolling.
      if (!stuck && !wasStuck) {
        const moved = shift();
        if (moved !== null && Math.abs(moved) >= 1) scroller.scrollBy({ top: moved, behavior: "instant" });
      }
      remember();
    },

    toEnd() {
      stuck = true;
      scroller.scrollTop = scroller.scrollHeight;
      remember();
    },

    /**
     * Brings a row to a place in the view.
     *
     * @param {HTMLElement} el
     * @param {(height: number, rowHeight: number) => number} place Its distance from the
     *   upper edge.
     * @param {boolean} canStick
     */
    bring(el, place, canStick) {
      const rect = el.getBoundingClientRect();
      const by = rect.top - edge() - place(scroller.clientHeight, rect.height);
      scroller.scrollBy({ top: by, behavior: "instant" });
      stuck = canStick && distanceToEnd() <= 1;
      remember();
    },

    /** @returns {SavedPosition} */
    save() {
      // Headings and dividers may not be there the next time.
      const anchor = anchors.find((one) => one.el.matches(".message")) ?? anchors[0];
      if (stuck || anchor === undefined) return { atEnd: true };
      return { key: anchor.el.dataset["key"] ?? "", top: anchor.top };
    },

    /**
     * Where a row is in relation to the view.
     *
     * @param {HTMLElement} el
     * @returns {"above" | "visible" | "below"}
     */
    placeOf(el) {
      const rect = el.getBoundingClientRect();
      const top = edge();
      if (rect.bottom <= top) return "above";
      return rect.top >= top + scroller.clientHeight ? "below" : "visible";
    },
  };
  return position;
}
