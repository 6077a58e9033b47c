/**
 * The keys of the message list. It is one tab stop: arrows go from message to message, Enter
 * goes into one, Escape comes out again.
 */

/** @type {Record<string, string>} */
const SHORTCUTS = { r: "reply", e: "edit", ".": "menu", "+": "react", Delete: "delete", ContextMenu: "menu" };

/**
 * @param {object} options
 * @param {HTMLElement} options.list
 * @param {HTMLElement} options.scroller
 * @param {boolean} options.shortcuts Whether single letters act on the message in focus.
 * @param {(row: HTMLElement) => void} options.prepare Called before a row is entered.
 * @param {() => void} options.toEnd
 * @param {() => void} options.onEscape From a message, not from its controls.
 * @param {(name: string, row: HTMLElement) => void} options.onShortcut
 */
export function createKeyboard({ list, scroller, shortcuts, prepare, toEnd, onEscape, onShortcut }) {
  /** @type {HTMLElement | null} */
  let stop = null;
  /** Whether the reader has left the newest message for another one. */
  let isMoved = false;

  const messages = () => /** @type {HTMLElement[]} */ ([...list.querySelectorAll(".message")]);

  const newest = () => messages().at(-1) ?? null;

  /** @param {HTMLElement | null} row */
  const setStop = (row) => {
    if (stop === row) return;
    if (stop !== null) stop.tabIndex = -1;
    stop = row;
    if (row !== null) row.tabIndex = 0;
  };

  /** @param {HTMLElement | undefined} row */
  const focus = (row) => {
    if (row === undefined) return;
    row.focus({ preventScroll: true });
    row.scrollIntoView({ block: "nearest", behavior: "instant" });
  };

  /**
   * @param {HTMLElement} row
   * @param {boolean} isEntered
   */
  const openControls = (row, isEntered) => {
    const controls = /** @type {NodeListOf<HTMLElement>} */ (row.querySelectorAll("a[href], button"));
    for (const control of controls) control.tabIndex = isEntered ? 0 : -1;
    return controls[0];
  };

  list.addEventListener("focusin", (event) => {
    const row = rowOf(event.target);
    if (row !== null) {
      setStop(row);
      isMoved = row !== newest();
      prepare(row);
    }
  });
  list.addEventListener("focusout", (event) => {
    const row = rowOf(event.target);
    if (row !== null && rowOf(event.relatedTarget) !== row) openControls(row, false);
  });

  list.addEventListener("keydown", (event) => {
    const row = rowOf(event.target);
    if (row === null || event.isComposing || event.defaultPrevented) return;
    if (event.target !== row) {
      if (event.key === "Escape") {
        openControls(row, false);
        focus(row);
        event.preventDefault();
        event.stopPropagation();
      }
      return;
    }
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const all = messages();
    const index = all.indexOf(row);
    const page = scroller.clientHeight * 0.9;
    switch (event.key) {
      case "ArrowUp":
        focus(all[index - 1]);
        break;
      case "ArrowDown":
        focus(all[index + 1]);
        break;
      case "Home":
        focus(all[0]);
        break;
      case "End":
        toEnd();
        focus(newest() ?? undefined);
        break;
      case "PageUp":
      case "PageDown": {
        const isUp = event.key === "PageUp";
        const from = row.getBoundingClientRect().top;
        const reached = all.filter((one) => {
          const by = one.getBoundingClientRect().top - from;
          return isUp ? by <= -page : by >= page;
        });
        focus((isUp ? reached.at(-1) : reached[0]) ?? (isUp ? all[0] : all.at(-1)));
        break;
      }
      case "Enter":
      case " ": {
        prepare(row);
        const first = openControls(row, true);
        if (first === undefined) return;
        first.focus({ preventScroll: true });
        break;
      }
      case "Escape":
        onEscape();
        return;
      default: {
        const name = SHORTCUTS[event.key];
        const isOff = name === undefined || (!shortcuts && event.key !== "ContextMenu");
        if (isOff) return;
        onShortcut(name, row);
      }
    }
    event.preventDefault();
  });

  return {
    /** Sees to it that there is a tab stop, after the rows have changed: the newest message,
     * until the reader has chosen another one. */
    refresh() {
      const isThere = stop !== null && list.contains(stop);
      if (isThere && (isMoved || list.matches(":focus-within"))) return;
      if (!isThere) isMoved = false;
      setStop(newest());
    },
  };
}

/**
 * The message that an event came from.
 *
 * @param {EventTarget | null} target
 * @returns {HTMLElement | null}
 */
export function rowOf(target) {
  const node = /** @type {Element | null} */ (target);
  return /** @type {HTMLElement | null} */ (node?.closest?.(".message") ?? null);
}
