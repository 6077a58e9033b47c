/** How far everybody in a conversation has read and received. */

/** @import {Member, Receipts, User} from "./types" */

/** @typedef {{read: number, delivered: number}} Mark */

/**
 * @param {() => string | undefined} me
 * @param {(userId: string) => User} person
 * @param {(seq: number) => number} next `seq` of the message shown after this one
 */
export function createReceipts(me, person, next) {
  /** @type {Map<string, Mark>} */
  const marks = new Map();

  const others = () => [...marks].filter(([id]) => id !== me());
  /** @param {(mark: Mark) => boolean} test */
  const who = (test) => others().filter(([, mark]) => test(mark)).map(([id]) => person(id));

  /** @type {Receipts} */
  const shown = {
    read: (seq) => who((mark) => mark.read >= seq),
    delivered: (seq) => who((mark) => mark.delivered >= seq),
    status(seq) {
      const all = others();
      /** @param {"read" | "delivered"} level */
      const isReached = (level) => all.length > 0 && all.every(([, mark]) => mark[level] >= seq);
      return isReached("read") ? "read" : isReached("delivered") ? "delivered" : "sent";
    },
    lastReadBy(seq) {
      const until = next(seq);
      return who((mark) => mark.read >= seq && mark.read < until);
    },
  };

  /**
   * Keeps the larger numbers.
   *
   * @param {string} userId
   * @param {number} read
   * @param {number} [delivered] what is read is delivered
   * @returns {boolean} whether one of them was
   */
  function note(userId, read, delivered = 0) {
    const known = marks.get(userId) ?? { read: -1, delivered: -1 };
    const mark = {
      read: Math.max(known.read, read),
      delivered: Math.max(known.delivered, delivered, read),
    };
    marks.set(userId, mark);
    return mark.read > known.read || mark.delivered > known.delivered;
  }

  return {
    shown,
    note,

    /** @param {Pick<Member, "user_id" | "read_seq" | "delivered_seq">[]} [members] */
    noteAll(members = []) {
      for (const one of members) note(one.user_id, one.read_seq, one.delivered_seq);
    },

    /** @param {string} userId */
    forget: (userId) => marks.delete(userId),
    clear: () => marks.clear(),
  };
}
