/** The tabs of one browser: what they tell each other, and what only one of them does. */

/** @import {Core} from "./types" */
import { HIDDEN_MS } from "./constants.js";

/**
 * @typedef {{type: "read", id: string, seq: number}
 *   | {type: "draft", id: string, draft: import("./types").Draft}
 *   | {type: "unread", totals: import("./types").Totals}} TabNews
 */

/**
 * @param {Core} core
 * @param {object} hooks
 * @param {(news: TabNews) => void} hooks.hear
 * @param {() => void} hooks.rest this tab was hidden for long, and another one is there
 * @param {() => void} hooks.wake this tab is looked at, or there is a network again
 * @param {() => void} hooks.leave the page goes away; it may come back
 * @param {() => void} hooks.hide the page may go away without another word
 * @param {() => void} hooks.flushes this tab has to send what others left unsent
 */
export function createTabs(core, { hear, rest, wake, leave, hide, flushes }) {
  const { host } = core;
  const name = core.options.userKey && `dc:${core.options.userKey}`;
  const locks = name ? host.navigator?.locks : undefined;
  const channel = name && host.BroadcastChannel ? new host.BroadcastChannel(name) : null;
  const end = new AbortController();
  const released = new Promise((resolve) => end.signal.addEventListener("abort", resolve));
  let isPrimary = !locks;
  /** @type {(() => void) | undefined} */
  let sleep;

  /**
   * Holds a lock for as long as this tab lives, once it is this tab's turn.
   *
   * @param {string} job
   * @param {() => void} granted
   */
  function hold(job, granted) {
    if (!locks) return granted();
    locks
      .request(`${name}:${job}`, { signal: end.signal }, () => {
        if (end.signal.aborted) return;
        granted();
        return released;
      })
      .catch(core.ignore);
  }

  function look() {
    sleep?.();
    if (host.document?.visibilityState === "hidden") {
      hide();
      // Without locks nobody knows of another tab that stays.
      sleep = core.setTimer(() => isPrimary || rest(), HIDDEN_MS);
    } else wake();
  }

  /**
   * @param {{addEventListener?: any} | undefined} target
   * @param {string} type
   * @param {(event: any) => void} listener
   */
  const listen = (target, type, listener) => target?.addEventListener?.(type, listener, { signal: end.signal });
  listen(host.document, "visibilitychange", look);
  listen(host, "online", wake);
  listen(host, "pagehide", leave);
  listen(host, "pageshow", (event) => event.persisted && wake());
  if (channel) channel.onmessage = ({ data }) => hear(data);

  return {
    /** Takes part in what only one tab does. */
    start() {
      hold("primary", () => (isPrimary = true));
      hold("outbox", flushes);
    },

    isPrimary: () => isPrimary,

    /** @param {TabNews} news */
    tell: (news) => channel?.postMessage(news),

    stop() {
      end.abort();
      sleep?.();
      channel?.close();
    },
  };
}
