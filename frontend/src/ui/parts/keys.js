/** The keys of a whole element: they are heard only where the focus is inside of it. */

/** What has a use of its own for every letter. */
const FIELDS = "input, textarea, select, [contenteditable]";
/** What covers the panes, and is left before anything else. */
const COVERS = "dialog:modal, [popover]";
/** Where F6 leads to. */
const PANES = [".list .entry[tabindex='0']", ".message[tabindex='0']", ".composer textarea", ".drawer button"];

/** A controller of its element: what it needs is begun and ended with it. */
export class Keys {
  /** @param {KeyboardEvent} event */
  #onKey = (event) => {
    const root = this.host.shadowRoot;
    const target = /** @type {Element} */ (event.composedPath()[0]);
    // 229: an input method is at work. What the page has put into a slot is not ours.
    if (event.defaultPrevented || event.isComposing || event.keyCode === 229 || target.getRootNode() !== root) return;
    if (target.closest(COVERS)) return;
    const run = this.#find(event, target);
    if (!run) return;
    event.preventDefault();
    event.stopPropagation();
    run();
  };

  /**
   * @param {import("../elements/base.js").ChatElement} host
   * @param {object} [moves] Left out where there is nothing to move among.
   * @param {(by: 1 | -1, unreadOnly: boolean) => void} [moves.onStep] To another conversation.
   * @param {() => void} [moves.onSearch]
   */
  constructor(host, { onStep, onSearch } = {}) {
    this.host = host;
    this.onStep = onStep;
    this.onSearch = onSearch;
    host.addController(this);
  }

  hostConnected() {
    this.host.addEventListener("keydown", this.#onKey);
  }

  hostDisconnected() {
    this.host.removeEventListener("keydown", this.#onKey);
  }

  /**
   * @param {KeyboardEvent} event
   * @param {Element} target
   * @returns {(() => void) | false | undefined | null}
   */
  #find({ key, altKey, shiftKey, ctrlKey, metaKey }, target) {
    const { onStep } = this;
    const isPlain = !altKey && !ctrlKey && !metaKey;
    const by = shiftKey ? -1 : 1;
    if (key === "F6" && isPlain) return this.#cycle(by);
    if (key === "?" && isPlain && !target.matches(FIELDS)) return () => this.#help();
    if ((key === "ArrowUp" || key === "ArrowDown") && altKey && !ctrlKey && !metaKey && onStep) {
      return () => onStep(key === "ArrowUp" ? -1 : 1, shiftKey);
    }
    return key.toLowerCase() === "k" && (ctrlKey || metaKey) && !altKey && !shiftKey && this.onSearch;
  }

  /** @param {1 | -1} by */
  #cycle(by) {
    const root = /** @type {ShadowRoot} */ (this.host.shadowRoot);
    const panes = PANES.flatMap((selector) => /** @type {HTMLElement[]} */ ([...root.querySelectorAll(selector)].slice(0, 1))).filter(
      (pane) => pane.checkVisibility({ visibilityProperty: true }),
    );
    const at = panes.findIndex((pane) => pane.closest(".list, .scroller, .composer, .drawer")?.contains(root.activeElement));
    const next = at === -1 ? panes[0] : panes[(at + by + panes.length) % panes.length];
    return panes.length > 1 && next && (() => next.focus());
  }

  async #help() {
    (await this.host.extra())?.showKeys(this.host);
  }
}
