/**
 * How long the client waits, and how much it takes at once; most of it is what
 * docs/protocol.md recommends.
 *
 * They stand in a file without imports, because only then bundles carry bare numbers.
 */

// ---- The connection

export const WELCOME_MS = 10_000;
/** How long a connection has to live to count as a success. */
export const LIVED_MS = 10_000;
/** How long a lost connection is shown as one that is coming back. */
export const OFFLINE_MS = 5_000;
export const POLL_AFTER_MS = 15_000;
export const POLL_AFTER_FAILURES = 5;
export const PROBE_MS = 5_000;
export const REFUSED_MS = 30_000;
/** Beyond the server's interval between pings, until silence means death. */
export const SILENCE_MS = 10_000;
/** A tab that is hidden for longer leaves the connection to the others. */
export const HIDDEN_MS = 300_000;

// ---- Questions and answers

export const REQUEST_MS = 15_000;
export const COMMAND_MS = 10_000;
/** Before the second attempt; twice as long before each that follows. */
export const RETRY_MS = 2_000;
export const RETRY_MAX_MS = 30_000;
/** Attempts of a command that the reader waits for. */
export const ATTEMPTS_MAX = 4;
export const POLL_RETRY_MS = 5_000;
export const POLL_MAX = 50;
export const WATCH_MAX = 100;

// ---- The list

export const LIST_PAGE = 50;
export const LAST_EXCERPT_MAX = 255;
/** Changes of one conversation within this time are read together. */
export const REFRESH_MS = 300;
/** Until a list that was late is asked for again. */
export const LATE_MS = 1_000;

// ---- A thread

export const HISTORY_PAGE = 50;
export const WINDOW_MAX = 300;
export const QUOTE_EXCERPT_MAX = 140;
export const RELOAD_MS = 3_000;
/** The shortest time between two receipts. */
export const RECEIPT_MS = 1_000;
/** Until a receipt that did not get through is tried again. */
export const OWED_MS = 15_000;
export const SUBSCRIBE_MS = 10_000;
/** How long a gap may be nothing but frames that overtook each other. */
export const GAP_MS = 1_000;
export const REPAIR_MS = 2_000;

// ---- Writing

export const STALE_MS = 24 * 3600 * 1000;
export const DRAFT_MS = 500;
export const TYPING_REPEAT_MS = 3_000;
export const TYPING_IDLE_MS = 1_000;
export const TYPING_EXPIRES_MS = 6_000;
