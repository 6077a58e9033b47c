/** The connection: when to open a socket, when to give up, when to poll meanwhile. */

/** @import {ChatState, Core, ServerFrame, Welcome} from "./types" */
import {
  LIVED_MS,
  OFFLINE_MS,
  POLL_AFTER_FAILURES,
  POLL_AFTER_MS,
  PROBE_MS,
  REFUSED_MS,
  SILENCE_MS,
  WELCOME_MS,
} from "./constants.js";
import { ChatError, asChatError } from "./errors.js";
import { createPolling } from "./polling.js";
import { openSocket, socketAddress } from "./socket.js";
import { createTimers } from "./timers.js";

/** Close codes after which no other attempt makes sense. */
const FINAL = [4003, 4004, 4010];
/** Close codes after which the next attempt need not wait. */
const AT_ONCE = [4011, 4012];

/**
 * How long to wait before attempt `n`, in milliseconds.
 *
 * @param {number} n
 * @param {number} random in [0, 1)
 */
export const backoff = (n, random) => (0.5 + random / 2) * Math.min(30_000, 1000 * 2 ** (n - 1));

/**
 * @param {Core} core
 * @param {(welcome: Welcome) => void} up called with each welcome, also with the one made
 *     up for polling
 * @param {(code: number) => void} down called when a live socket is lost
 */
export function createConnection(core, up, down) {
  const { options, host } = core;
  const transports = options.transports ?? ["ws", "poll"];
  const canSocket = transports.includes("ws") && options.wsUrl !== null;
  /** Callbacks of an attempt that has been given up carry an older number. */
  let serial = 0;
  let failures = 0;
  let wantsConnection = false;
  let wasEverUp = false;
  let hasRenewedLogin = false;
  /** @type {ReturnType<typeof openSocket> | null} */
  let socket = null;
  /** @type {Welcome | null} */
  let welcome = null;
  /** Why the server is about to close the socket.
   * @type {ChatError | null} */
  let fatal = null;
  const timers = createTimers(core.setTimer);
  /** @type {{resolve: (welcome: Welcome) => void, reject: (error: ChatError) => void}[]} */
  let waiting = [];

  const polling = createPolling(
    core,
    (made) => arrive(made, "polling"),
    (error) => {
      if (error.status === 401) stop("unauthorized", error);
      else if (!core.isLive) publish("offline");
    },
  );

  /** @param {ChatState} state */
  function publish(state) {
    if (core.state === state) return;
    core.state = state;
    core.log("info", "state", { state });
    core.emit("state", state);
  }

  /** Gives up the socket there is, without a word to anybody. */
  function abandon() {
    serial++;
    core.isLive = false;
    socket?.close();
    socket = null;
    timers.delete("welcome", "silence", "probe", "lived");
  }

  async function attempt() {
    timers.delete("retry");
    abandon();
    const own = serial;
    if (host.navigator?.onLine === false) return lose(0);
    timers.set("welcome", WELCOME_MS, () => lose(0));
    try {
      const address = await socketAddress(core);
      if (own !== serial) return;
      socket = openSocket(options.WebSocket ?? WebSocket, address, (frame) => own === serial && hear(frame), lose);
    } catch (error) {
      if (own === serial) lose(asChatError(error).status === 401 ? 4001 : 0);
    }
  }

  /** @param {ServerFrame} frame */
  function hear(frame) {
    const silence = (welcome?.ping_interval_ms ?? 25_000) + SILENCE_MS;
    timers.delete("probe");
    timers.set("silence", silence, () => lose(4012));
    if (frame.type === "auth_required") return lose(4001);
    if (frame.type === "welcome") {
      timers.delete("welcome");
      timers.set("lived", LIVED_MS, forgetFailures);
      core.isLive = true;
      polling.stop();
      return arrive(frame, "live");
    }
    if (frame.type === "ping") socket?.send({ type: "pong", t: frame.t });
    if (frame.type === "error" && frame.fatal) fatal = new ChatError(frame);
    if (core.isLive || frame.type === "error") core.hear(frame);
  }

  /**
   * @param {Welcome} made
   * @param {ChatState} state
   */
  function arrive(made, state) {
    welcome = made;
    wasEverUp = true;
    timers.delete("offline", "poll");
    publish(state);
    for (const one of waiting.splice(0)) one.resolve(made);
    up(made);
  }

  /**
   * The socket is gone, or none was to be had.
   *
   * @param {number} code of the close frame; 0 where there was none
   */
  function lose(code) {
    const wasLive = core.isLive;
    abandon();
    const reason = fatal;
    fatal = null;
    core.log("info", "closed", { code });
    if (wasLive) down(code);
    if (code === 4010) core.emit("outdated");
    if (code === 4001 && (hasRenewedLogin || (options.auth ?? "cookie") === "cookie")) {
      return stop("unauthorized", reason ?? new ChatError({ code: "not_authenticated" }));
    }
    if (FINAL.includes(code)) return stop("closed", reason ?? new ChatError({ code: "closed" }));
    if (!wantsConnection) return;
    if (wasLive) awaitConnection();
    failures++;
    if (code === 4009 || failures >= POLL_AFTER_FAILURES) poll();
    let wait = backoff(failures, core.random());
    if (code === 4008) wait = REFUSED_MS;
    if (code === 4001) hasRenewedLogin = true;
    if (code === 4001 || (AT_ONCE.includes(code) && failures === 1)) wait = 0;
    timers.set("retry", wait, attempt);
  }

  /** Earlier failures count no more. */
  function forgetFailures() {
    failures = 0;
    hasRenewedLogin = false;
  }

  /** Waits for a connection, and for a while shows nothing worse. */
  function awaitConnection() {
    publish("connecting");
    if (wasEverUp) timers.set("offline", OFFLINE_MS, () => publish("offline"));
    timers.set("poll", POLL_AFTER_MS, poll);
  }

  function poll() {
    timers.delete("poll");
    if (core.isLive) return;
    if (transports.includes("poll")) polling.start();
    else publish("offline");
  }

  /**
   * @param {ChatState} state
   * @param {ChatError} [error] why; for those who wait for a connection
   */
  function stop(state, error) {
    wantsConnection = false;
    const wasLive = core.isLive;
    timers.clear();
    polling.stop();
    abandon();
    if (wasLive) down(0);
    publish(state);
    for (const one of waiting.splice(0)) one.reject(error ?? new ChatError({ code: "aborted" }));
  }

  /** Finds out now, not after the next silence, whether the connection still works. */
  function probe() {
    if (!wantsConnection) return;
    if (core.isLive) {
      socket?.send({ type: "ping", t: core.now() });
      timers.set("probe", PROBE_MS, () => lose(4012));
    } else if (timers.has("retry")) attempt();
  }

  return {
    probe,

    /** @param {import("./types").ClientFrame} frame */
    send: (frame) => core.isLive && socket?.send(frame),

    /** @returns {Promise<Welcome>} */
    connect() {
      if (welcome && (core.isLive || core.state === "polling")) return Promise.resolve(welcome);
      const promise = new Promise((resolve, reject) => waiting.push({ resolve, reject }));
      if (!wantsConnection) {
        wantsConnection = true;
        forgetFailures();
        awaitConnection();
        if (canSocket) attempt();
        else polling.start();
      } else if (timers.has("retry")) {
        attempt();
      }
      return promise;
    },

    /** @param {"idle" | "closed"} state */
    disconnect: (state) => stop(state),
  };
}
