/** Unsent messages and drafts in the database of the browser. */

/** @import {ChatStore} from "./types" */
import { memoryStore } from "./store.js";

/**
 * Keeps everything in IndexedDB, shared by the tabs of a browser. Where a browser refuses,
 * as in some private windows, it keeps it in memory.
 *
 * @param {{key: string, indexedDB?: IDBFactory}} options `key` is `"<tenant>:<user>"`, so
 *     that people who share a browser share nothing else
 * @returns {ChatStore}
 */
export function idbStore({ key, indexedDB = globalThis.indexedDB }) {
  const fallback = memoryStore();
  /** @type {Promise<IDBDatabase | null>} */
  const opening = new Promise((resolve) => {
    const request = indexedDB.open(`dc:${key}`);
    request.onupgradeneeded = () => request.result.createObjectStore("values");
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => resolve(null);
  }).catch(() => null);

  /**
   * A method that works on the database, or on the fallback.
   *
   * @param {keyof ChatStore} name
   * @param {(table: IDBObjectStore, ...args: any[]) => IDBRequest} work
   * @returns {(...args: any[]) => Promise<any>}
   */
  const method = (name, work) => async (...args) => {
    const transaction = (await opening)?.transaction("values", "readwrite");
    if (!transaction) return /** @type {(...args: any[]) => any} */ (fallback[name])(...args);
    return new Promise((resolve, reject) => {
      const request = work(transaction.objectStore("values"), ...args);
      // A page that goes away does not live to see the answer, without which nothing is kept.
      transaction.commit();
      transaction.oncomplete = () => resolve(request.result);
      transaction.onabort = () => reject(transaction.error);
    });
  };

  return {
    get: method("get", (table, ...place) => table.get(place)),
    put: method("put", (table, area, id, value) => table.put(value, [area, id])),
    delete: method("delete", (table, ...place) => table.delete(place)),
    // An array sorts after all texts: this is every key of the area.
    values: method("values", (table, area) => table.getAll(IDBKeyRange.bound([area], [area, []]))),
    clear: method("clear", (table) => table.clear()),
  };
}
