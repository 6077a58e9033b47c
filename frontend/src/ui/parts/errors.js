/** What a refusal means to the reader. */

/** @typedef {import("../text/translate.js").Translate} Translate */

/**
 * @param {Translate} t
 * @param {unknown} error A `ChatError`, as everything that the client rejects with.
 */
export function errorText(t, error) {
  const { code = "", retryAfterMs } = /** @type {{code?: string, retryAfterMs?: number}} */ (error ?? {});
  if (code === "rate_limited" && retryAfterMs) {
    return t("error.rate_limited_for", { count: Math.ceil(retryAfterMs / 1000) });
  }
  return t(t.has(`error.${code}`) ? `error.${code}` : "error.other");
}
