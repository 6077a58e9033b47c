/** How the menu of a conversation in the list is asked for: by a click, a key or a finger. */

/** @typedef {import("../../client/types").Conversation} Conversation */

const LONG_PRESS_MS = 500;
/** A finger that moves further scrolls. */
const MOVED_PX = 10;

/** @param {Conversation} one */
export const isUnread = (one) => one.unread_count > 0 || one.marked_unread;

export class RowMenu {
  /** Whether the click that comes now is the end of a long press. */
  wasPressed = false;
  #press = 0;
  #from = { x: 0, y: 0 };

  /** @param {import("../elements/base.js").ChatElement} host */
  constructor(host) {
    this.host = host;
  }

  /**
   * @param {HTMLElement} target What the focus returns to.
   * @param {Conversation} one
   * @param {DOMRect} [at]
   */
  async open(target, one, at) {
    (await this.host.extra())?.openRowMenu(this.host, target, one, at);
  }

  /**
   * @param {MouseEvent} event
   * @param {Conversation} one
   */
  onContextMenu(event, one) {
    event.preventDefault();
    this.#openFor(event, one, event.button === 2 ? new DOMRect(event.clientX, event.clientY) : undefined);
  }

  /**
   * @param {KeyboardEvent} event
   * @param {Conversation} one
   */
  onKey(event, one) {
    this.wasPressed = false;
    if (event.key !== "ContextMenu" && !(event.key === "F10" && event.shiftKey)) return;
    event.preventDefault();
    this.#openFor(event, one);
  }

  /**
   * @param {Event} event
   * @param {Conversation} one
   * @param {DOMRect} [at]
   */
  #openFor({ currentTarget }, one, at) {
    const row = /** @type {HTMLElement | null} */ (/** @type {Element} */ (currentTarget).querySelector("a.entry"));
    if (row) this.open(row, one, at);
  }

  // ---- A finger that stays

  /**
   * @param {PointerEvent} event
   * @param {Conversation} one
   */
  onPress(event, one) {
    this.endPress();
    this.wasPressed = false;
    if (event.pointerType !== "touch") return;
    const row = /** @type {Element} */ (event.currentTarget);
    this.#from = { x: event.clientX, y: event.clientY };
    this.#press = setTimeout(() => {
      this.wasPressed = true;
      const link = /** @type {HTMLElement | null} */ (row.querySelector("a.entry"));
      if (link) this.open(link, one);
    }, LONG_PRESS_MS);
  }

  /** @param {PointerEvent} event */
  onMove({ clientX, clientY }) {
    if (Math.hypot(clientX - this.#from.x, clientY - this.#from.y) > MOVED_PX) this.endPress();
  }

  endPress() {
    clearTimeout(this.#press);
  }
}
