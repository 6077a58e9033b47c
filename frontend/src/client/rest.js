/** The REST API: one function that asks, and errors of one kind. */

/** @import {Ask, ChatOptions, Host, SetTimer} from "./types" */
import { REQUEST_MS } from "./constants.js";
import { ChatError, passing } from "./errors.js";

/**
 * @param {ChatOptions} options
 * @param {Host} host
 * @param {SetTimer} setTimer
 * @returns {Ask}
 */
export function createRest(options, host, setTimer) {
  const { apiUrl, auth = "cookie", csrfHeader = "X-CSRFToken" } = options;
  const csrf = options.csrf ?? (() => /csrftoken=([^;]*)/.exec(host.document?.cookie ?? "")?.[1] ?? "");

  return async (method, path, data = {}, etag = "") => {
    const isGet = method === "GET";
    const control = new AbortController();
    const cancel = setTimer(() => control.abort(), REQUEST_MS);
    const pairs = Object.entries(isGet ? data : {}).flatMap(([name, value]) =>
      [value].flat().filter(Boolean).map((one) => [name, one]),
    );
    try {
      const response = await (options.fetch ?? fetch)(
        apiUrl + path + (pairs.length ? `?${new URLSearchParams(pairs)}` : ""),
        {
          method,
          signal: control.signal,
          headers: {
            Accept: "application/json",
            ...(auth !== "cookie"
              ? { Authorization: `Bearer ${await auth.token()}` }
              : !isGet && { [csrfHeader]: csrf() }),
            ...(!isGet && { "Content-Type": "application/json" }),
            ...(etag && { "If-None-Match": `"${etag}"` }),
          },
          body: isGet ? null : JSON.stringify(data),
        },
      );
      const text = await response.text();
      if (response.status >= 400) throw refusal(response.status, text);
      return {
        body: text && JSON.parse(text),
        etag: (response.headers.get("ETag") ?? "").replace(/^W\/|"/g, ""),
      };
    } catch (error) {
      // Whatever is no answer of the chat, silence and a proxy's page among it, may pass.
      throw error instanceof ChatError ? error : passing(control.signal.aborted ? "timeout" : "network", error);
    } finally {
      cancel();
    }
  };
}

/**
 * @param {number} status
 * @param {string} text
 */
function refusal(status, text) {
  let body;
  try {
    body = JSON.parse(text);
  } catch {
    // A proxy's page.
  }
  return new ChatError({ code: `http_${status}`, temporary: status === 429 || status >= 500, ...body }, status);
}
