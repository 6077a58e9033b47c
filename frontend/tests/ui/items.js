/** Items as a thread has them, for tests. */

let count = 0;

/**
 * @param {Partial<import("../../src/client/types").Message>} [message]
 * @param {Partial<import("../../src/client/types").Item>} [rest]
 */
export function item(message = {}, rest = {}) {
  count += 1;
  const seq = message.seq ?? count;
  return {
    key: `k${count}`,
    state: "sent",
    error: null,
    ...rest,
    message: {
      id: `m${seq}`,
      seq,
      sender: "Ana",
      sender_id: "2",
      content: "Hello",
      timestamp: "2026-03-12T12:00:00Z",
      kind: "text",
      mentions: [],
      reactions: [],
      reply_to: null,
      edited_at: null,
      deleted_at: null,
      deleted_by: null,
      system: null,
      is_own_message: false,
      ...message,
    },
  };
}

/** A generator of numbers below `max`, the same for the same seed. */
export function randomBelow(seed) {
  let state = seed >>> 0;
  return (max) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * max);
  };
}
