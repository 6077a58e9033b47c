/** Polling: the same frames over REST, for as long as there is no socket. */

/** @import {Core, SyncAnswer, Welcome} from "./types" */
import { POLL_MAX, POLL_RETRY_MS } from "./constants.js";
import { ChatError, asChatError } from "./errors.js";

/**
 * @param {Core} core
 * @param {(welcome: Welcome) => void} up called once polling works, and works again
 * @param {(error: ChatError) => void} fail called after each poll that does not
 */
export function createPolling(core, up, fail) {
  const { call, poll } = core;
  let serial = 0;
  let isActive = false;
  let isUp = false;
  let interval = POLL_RETRY_MS;
  let t = "";

  /** @param {number} own */
  async function round(own) {
    if (own !== serial) return;
    let wait = interval;
    try {
      if (!isUp) {
        const config = await call("GET", "config/");
        if (own !== serial) return;
        isUp = true;
        wait = interval = config.poll_interval_ms;
        up({ ...config, type: "welcome", mode: "poll", epoch: core.epoch });
      }
      const query = { c: poll.cursors().slice(0, POLL_MAX), list: poll.etag(), t };
      /** @type {SyncAnswer | ""} */
      const answer = await call("GET", "sync/", query);
      if (own !== serial) return;
      if (answer) {
        t = answer.t;
        wait = answer.more.length ? 0 : answer.next_poll_ms;
        if (!core.checkEpoch(answer.epoch)) poll.take(answer);
      }
    } catch (thrown) {
      if (own !== serial) return;
      const error = asChatError(thrown);
      isUp = false;
      wait = error.retryAfterMs ?? POLL_RETRY_MS;
      fail(error);
    }
    core.setTimer(() => round(own), wait);
  }

  return {
    start() {
      if (!isActive) round(++serial);
      isActive = true;
    },

    stop() {
      isActive = isUp = false;
      serial++;
    },
  };
}
