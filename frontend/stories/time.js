/** The time of a story: it begins at the same moment whenever it is told, and can be made to pass. */

/**
 * Takes over the clock and the timers of the page, before anything has asked for them.
 *
 * @param {number} start Milliseconds since 1970.
 */
export function takeTime(start) {
  const { Date: RealDate, setTimeout: setReal, clearTimeout: clearReal } = window;
  let ahead = start - RealDate.now();
  const now = () => RealDate.now() + ahead;
  /** @type {Map<number, {at: number, run: () => void}>} */
  const waiting = new Map();

  window.Date = class extends RealDate {
    constructor(...parts) {
      if (parts.length) super(...parts);
      else super(now());
    }

    static now() {
      return now();
    }
  };
  window.setTimeout = (fn, ms = 0, ...args) => {
    const run = () => {
      waiting.delete(id);
      fn(...args);
    };
    const id = setReal(run, ms);
    waiting.set(id, { at: now() + ms, run });
    return id;
  };
  window.clearTimeout = (id) => {
    waiting.delete(id);
    clearReal(id);
  };

  return {
    /** Lets `ms` milliseconds pass at once: what was to happen in them happens, in its order. */
    async pass(ms) {
      const end = now() + ms;
      for (;;) {
        const [next] = [...waiting].filter(([, { at }]) => at <= end).sort(([, a], [, b]) => a.at - b.at);
        if (next === undefined) break;
        const [id, { at, run }] = next;
        clearReal(id);
        ahead += Math.max(0, at - now());
        run();
        // What it resolves is settled before the next one.
        await new Promise((done) => setReal(done));
      }
      ahead += Math.max(0, end - now());
    },
  };
}
