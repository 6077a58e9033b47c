/** Who is told of what. */

/** @import {Core} from "./types" */

/**
 * An emitter whose handlers cannot harm each other: one that throws is logged.
 * Handlers of `"*"` hear everything.
 *
 * @param {Core["log"]} log
 */
export function createEmitter(log) {
  /** @type {Map<string, Set<(data: any, type: string) => void>>} */
  const handlers = new Map();

  return {
    /**
     * @param {string} type
     * @param {(data: any, type: string) => void} handler
     * @param {{signal?: AbortSignal}} [options]
     * @returns {() => void} ends it
     */
    on(type, handler, { signal } = {}) {
      const known = handlers.get(type) ?? new Set();
      const off = () => void known.delete(handler);
      handlers.set(type, known);
      if (!signal?.aborted) {
        known.add(handler);
        signal?.addEventListener("abort", off);
      }
      return off;
    },

    /**
     * @param {string} type
     * @param {unknown} [data]
     */
    emit(type, data) {
      for (const name of [type, "*"]) {
        for (const handler of [...(handlers.get(name) ?? [])]) {
          try {
            handler(data, type);
          } catch (error) {
            log("warn", "handler_failed", { type, error });
          }
        }
      }
    },
  };
}
