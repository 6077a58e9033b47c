/** The tabs of one browser: what they tell each other, and what only one of them does. */

/** @import {CreateTabs} from "./types" */
import { HIDDEN_MS } from "./constants.js";

/**
 * Lets a page that is hidden for long rest while another one is connected, has one tab
 * alone send what others left unsent, and tells tabs what was read and written in others.
 *
 * @type {CreateTabs}
 */
export function browserTabs(core, { hear, rest, wake, hide, adopt }) {
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
  listen(host, "pagehide", () => {
    hide();
    rest();
  });
  listen(host, "pageshow", (event) => event.persisted && wake());
  if (channel) channel.onmessage = ({ data }) => hear(data);

  return {
    /** Takes part in what only one tab does. */
    start() {
      hold("primary", () => (isPrimary = true));
      hold("outbox", adopt);
    },

    tell(news) {
      // Of totals only one speaks, so that the others need not agree.
      if (isPrimary || news.type !== "unread") channel?.postMessage(news);
    },

    stop() {
      end.abort();
      sleep?.();
      channel?.close();
    },
  };
}
