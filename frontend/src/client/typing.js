/** Who types, and telling others that one does. */

/** @import {Core, Typing, User} from "./types" */
import { TYPING_EXPIRES_MS, TYPING_IDLE_MS, TYPING_REPEAT_MS } from "./constants.js";
import { createTimers } from "./timers.js";

/**
 * @param {Core} core
 * @param {string} conversation_id
 * @param {(userId: string) => User} person
 * @param {() => void} changed
 */
export function createTyping(core, conversation_id, person, changed) {
  /** @type {Map<string, User>} */
  const typists = new Map();
  /** When each of them is taken to have stopped, and under "" the reader. */
  const timers = createTimers(core.setTimer);
  let toldAt = -Infinity;
  /** @type {string | false} */
  let told = false;

  /** @param {string | false} activity */
  function tell(activity) {
    if (activity) timers.set("", TYPING_IDLE_MS, () => tell(false));
    else timers.delete("");
    const isDue = activity && core.now() - toldAt >= TYPING_REPEAT_MS;
    if (activity === told && !isDue) return;
    told = activity;
    toldAt = activity ? core.now() : -Infinity;
    core.send({ type: "typing", conversation_id, is_typing: !!activity, ...(activity && { activity }) });
  }

  /** @param {string} userId */
  function end(userId) {
    timers.delete(userId);
    if (typists.delete(userId)) changed();
  }

  /**
   * @param {string} userId
   * @param {number} ms
   * @param {string} [name]
   */
  function begin(userId, ms, name = "") {
    const isNew = !typists.has(userId);
    const user = person(userId);
    timers.set(userId, ms, () => end(userId));
    typists.set(userId, { ...user, name: user.name || name });
    if (isNew) changed();
  }

  return {
    tell,
    end,
    users: () => [...typists.values()],

    /** @param {Typing} frame */
    hear(frame) {
      if (frame.is_typing) begin(frame.user_id, frame.expires_in_ms, frame.user);
      else end(frame.user_id);
    },

    /** @param {string[]} ids of those who type, as of now */
    reset(ids) {
      for (const id of typists.keys()) if (!ids.includes(id)) end(id);
      for (const id of ids) if (!typists.has(id)) begin(id, TYPING_EXPIRES_MS);
    },

    stop() {
      tell(false);
      typists.clear();
      timers.clear();
    },
  };
}
