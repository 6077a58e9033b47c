/** Who is there: of the people that somebody watches. */

/** @import {Chat, Core, Presence} from "./types" */
import { WATCH_MAX } from "./constants.js";

/**
 * @param {Core} core
 * @param {(action: string, fields: Record<string, unknown>) => Promise<any>} request
 */
export function createPresence(core, request) {
  /** The people of each that watches.
   * @type {Set<string[]>} */
  const watches = new Set();
  const watched = () => new Set([...watches].flat());
  /** @type {Map<string, Presence>} */
  const known = new Map();
  let isAsking = false;

  /** Tells the server whom to watch, once for all changes of the moment. */
  async function ask() {
    if (isAsking || !core.isLive) return;
    isAsking = true;
    await null;
    isAsking = false;
    const user_ids = [...watched()].slice(0, WATCH_MAX);
    try {
      hear((await request("watch_presence", { user_ids })).users);
    } catch (error) {
      core.ignore(error);
    }
  }

  /** @param {Presence[]} users */
  function hear(users) {
    for (const user of users) known.set(user.id, user);
    if (users.length) core.emit("presence", users);
  }

  /** @type {Chat["presence"]} */
  const shown = {
    watch(ids) {
      const own = [...ids];
      watches.add(own);
      ask();
      return () => {
        if (!watches.delete(own)) return;
        const others = watched();
        for (const id of own) if (!others.has(id)) known.delete(id);
        ask();
      };
    },
    get: (id) => known.get(id),
    async setStatus(status) {
      // Of `away` only a connection can speak: it ends with it.
      if (status === "away") core.send({ type: "presence", status });
      else await core.call("PATCH", "status/me/", { status });
    },
  };

  return {
    shown,
    hear,
    resume() {
      if (watched().size) ask();
    },
  };
}
