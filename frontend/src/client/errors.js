/** The one class of errors that applications meet. */

/** @import {ErrorBody} from "./types" */

/**
 * Why something was refused or did not work.
 *
 * `code` is for programs and comes from the server's registry, or is one of the client's
 * own: `network`, `timeout`, `disconnected`, `aborted`, `closed`, `stale`. `temporary`
 * says that the same may succeed later, `status` is that of HTTP, or 0.
 */
export class ChatError extends Error {
  /**
   * @param {ErrorBody} body
   * @param {number} [status]
   * @param {unknown} [cause]
   */
  constructor(body, status = 0, cause) {
    super(body.message ?? body.code, { cause });
    this.name = "ChatError";
    this.code = body.code;
    this.temporary = body.temporary ?? false;
    /** @type {number | undefined} */
    this.retryAfterMs = body.retry_after_ms;
    this.field = body.field;
    this.detail = body.detail ?? {};
    this.status = status;
  }
}

/**
 * An error of the client's own making, that may be gone with the next try.
 *
 * @param {string} code
 * @param {unknown} [cause]
 */
export const passing = (code, cause) => new ChatError({ code, temporary: true }, 0, cause);

/**
 * What was thrown, as a ChatError.
 *
 * @param {unknown} error
 * @returns {ChatError}
 */
export const asChatError = (error) =>
  error instanceof ChatError ? error : new ChatError({ code: "client_error" }, 0, error);
