/** One socket: frames as objects, and whatever a browser calls an error as a close. */

/** @import {ClientFrame, Core, ServerFrame, SocketLike, WebSocketClass} from "./types" */

const SUBPROTOCOL = "django-chat.v1";

/**
 * Where to connect, and with which subprotocols; with a token, a ticket is bought first.
 *
 * @param {Core} core
 * @returns {Promise<{url: string, protocols: string[]}>}
 */
export async function socketAddress({ options, host, call }) {
  let url = options.wsUrl ?? "";
  const protocols = [SUBPROTOCOL];
  if (options.auth && options.auth !== "cookie") {
    const answer = await call("POST", "ws-ticket/");
    protocols.push(`ticket.${answer.ticket}`);
    url ||= answer.url;
  }
  if (host.location) url = new URL(url, host.location.href).href;
  return { url: url.replace(/^http/, "ws"), protocols };
}

/**
 * @param {WebSocketClass} WebSocket
 * @param {{url: string, protocols: string[]}} address
 * @param {(frame: ServerFrame) => void} hear
 * @param {(code: number) => void} lose
 * @returns `send` can be used once a frame has come; after `close` nothing is heard
 */
export function openSocket(WebSocket, { url, protocols }, hear, lose) {
  /** @type {SocketLike} */
  const socket = new WebSocket(url, protocols);
  socket.onmessage = ({ data }) => hear(JSON.parse(data));
  socket.onclose = ({ code }) => lose(code);

  return {
    /** @param {ClientFrame} frame */
    send: (frame) => socket.send(JSON.stringify(frame)),

    close() {
      socket.onmessage = socket.onclose = null;
      socket.close(1000);
    },
  };
}
