/** Where unsent messages and drafts are kept. */

/** @import {ChatStore} from "./types" */

/**
 * Keeps everything for as long as the page lives.
 *
 * @returns {ChatStore}
 */
export function memoryStore() {
  /** @type {Record<string, Map<string, unknown>>} */
  let areas = {};
  /** @param {string} name */
  const area = (name) => (areas[name] ??= new Map());
  return {
    get: async (name, key) => area(name).get(key),
    put: async (name, key, value) => void area(name).set(key, structuredClone(value)),
    delete: async (name, key) => void area(name).delete(key),
    values: async (name) => structuredClone([...area(name).values()]),
    clear: async () => void (areas = {}),
  };
}
