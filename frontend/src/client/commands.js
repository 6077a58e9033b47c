/** Commands: each is answered by the `ack` or `error` with its `ref`. */

/** @import {Ack, Core, ErrorFrame} from "./types" */
import { ATTEMPTS_MAX, COMMAND_MS, RETRY_MS } from "./constants.js";
import { ChatError, asChatError, passing } from "./errors.js";

/** @param {Core} core */
export function createCommands(core) {
  let count = 0;
  /** @type {Map<string, (answer: any) => void>} */
  const waiting = new Map();

  /**
   * Sends a command over the socket.
   *
   * @param {string} action type of the frame
   * @param {Record<string, unknown>} [fields]
   * @param {{timeoutMs?: number, signal?: AbortSignal}} [options]
   * @returns {Promise<any>} the ack; rejects with ChatError, at once when there is no
   *     socket
   */
  function request(action, fields, { timeoutMs = COMMAND_MS, signal } = {}) {
    const ref = `${++count}`;
    return new Promise((resolve, reject) => {
      /** @param {any} answer an ack, or the error in its place */
      const end = (answer) => {
        cancel();
        waiting.delete(ref);
        signal?.removeEventListener("abort", abort);
        if (answer instanceof ChatError) reject(answer);
        else resolve(answer);
      };
      const abort = () => end(new ChatError({ code: "aborted" }));
      const cancel = core.setTimer(() => end(passing("timeout")), timeoutMs);
      waiting.set(ref, end);
      signal?.addEventListener("abort", abort);
      if (signal?.aborted) abort();
      else if (!core.isLive) end(passing("disconnected"));
      else core.send({ type: action, ref, ...fields });
    });
  }

  /**
   * Asks over the socket and by REST in turn, by REST alone while there is no socket.
   *
   * @param {number} attempt
   * @param {string} action
   * @param {Record<string, unknown>} fields of the frame, and the body of the request,
   *     which ignores what it does not know
   * @param {string} method
   * @param {string} path
   * @returns {Promise<any>} the ack, or the body of the answer
   */
  const either = (attempt, action, fields, method, path) =>
    core.isLive && attempt % 2 === 0 ? request(action, fields) : core.call(method, path, fields);

  return {
    request,
    either,

    /**
     * Gets something done that is harmless to repeat, over the socket or by REST,
     * whichever works.
     *
     * @param {string} action
     * @param {Record<string, unknown>} fields
     * @param {string} method
     * @param {string} path
     */
    async perform(action, fields, method, path) {
      for (let attempt = 0; ; attempt++) {
        try {
          return await either(attempt, action, fields, method, path);
        } catch (thrown) {
          const error = asChatError(thrown);
          const wait = error.retryAfterMs ?? (attempt < ATTEMPTS_MAX - 1 && RETRY_MS * 2 ** attempt);
          if (!error.temporary || !wait) throw error;
          await new Promise((resolve) => core.setTimer(() => resolve(0), wait));
        }
      }
    },

    /**
     * Hands an answer to whoever waits for it.
     *
     * @param {Ack | ErrorFrame} frame
     * @returns {boolean} whether somebody did
     */
    answer(frame) {
      const end = waiting.get(frame.ref ?? "");
      end?.(frame.type === "ack" ? frame : new ChatError(frame));
      return !!end;
    },

    /** Nothing that was asked on a lost socket is answered on the next one. */
    drop() {
      for (const end of waiting.values()) end(passing("disconnected"));
    },
  };
}
