/**
 * Ends everything that was begun while something was shown.
 */
export class Scope {
  #control = new AbortController();
  /** @type {(() => void)[]} */
  #ends = [];

  get signal() {
    return this.#control.signal;
  }

  /** @param {() => void} end */
  add(end) {
    this.#ends.push(end);
  }

  end() {
    this.#control.abort();
    for (const end of this.#ends.splice(0)) end();
  }
}
