/**
 * Says to a screen reader what happened, in words of its own: a live list would be read
 * again with every tick and time in it.
 */

import { html } from "lit";
import { createRef, ref } from "lit/directives/ref.js";

const GAP_MS = 150;
const TOGETHER_MS = 1_000;
const TEXT_MAX = 200;

export class Announcer {
  #polite = createRef();
  #assertive = createRef();
  /** @type {{text: string, isUrgent: boolean}[]} */
  #queue = [];
  #timer = 0;
  /** @type {string[]} */
  #arrived = [];
  #arrivedTimer = 0;

  /**
   * @param {string} text
   * @param {{isUrgent?: boolean}} [options]
   */
  say(text, { isUrgent = false } = {}) {
    if (this.#queue.some((one) => one.text === text)) return;
    this.#queue.push({ text, isUrgent });
    if (!this.#timer) this.#next();
  }

  /**
   * A message came in: one is read out, several within a second are counted.
   *
   * @param {string} name
   * @param {string} content
   * @param {(count: number) => string} counted
   */
  message(name, content, counted) {
    this.#arrived.push(`${name}: ${content.slice(0, TEXT_MAX)}`);
    if (this.#arrivedTimer) return;
    this.#arrivedTimer = setTimeout(() => {
      this.#arrivedTimer = 0;
      const [first = "", ...others] = this.#arrived.splice(0);
      this.say(others.length ? counted(others.length + 1) : first);
    }, TOGETHER_MS);
  }

  #next() {
    const one = this.#queue.shift();
    if (!one) {
      this.#timer = 0;
      return;
    }
    const region = (one.isUrgent ? this.#assertive : this.#polite).value;
    if (region) region.textContent = one.text;
    this.#timer = setTimeout(() => this.#next(), GAP_MS);
  }

  template() {
    return html`<div class="hidden" aria-live="polite" ${ref(this.#polite)}></div>
      <div class="hidden" aria-live="assertive" ${ref(this.#assertive)}></div>`;
  }
}
