/** Timers with names: to set one again is to begin anew. */

/** @import {SetTimer} from "./types" */

/** @param {SetTimer} setTimer */
export function createTimers(setTimer) {
  /** @type {Map<string, () => void>} */
  const running = new Map();

  const timers = {
    /** @param {string} name */
    has: (name) => running.has(name),
    /** Names of those that run. */
    keys: () => [...running.keys()],

    /**
     * @param {string} name
     * @param {number} ms
     * @param {() => void} fn
     */
    set(name, ms, fn) {
      timers.delete(name);
      const cancel = setTimer(() => {
        running.delete(name);
        fn();
      }, ms);
      running.set(name, cancel);
    },

    /** @param {...string} names */
    delete(...names) {
      for (const name of names) {
        running.get(name)?.();
        running.delete(name);
      }
    },

    clear: () => timers.delete(...running.keys()),
  };

  return timers;
}
