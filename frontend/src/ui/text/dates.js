/**
 * Dates and times as the reader writes them.
 */

/** @typedef {import("./translate.js").Translate} Translate */

const MINUTE = 60_000;
const QUARTER = 15 * MINUTE;
const DAY = 24 * 60 * MINUTE;

/**
 * @typedef {object} Dates
 * @property {(time: number) => string} dayKey `2026-01-31`, in the reader's zone.
 * @property {(time: number) => string} day "Today", "Yesterday", a weekday, or a date.
 * @property {(time: number) => string} time `14:05`.
 * @property {(time: number) => string} full Date and time, for a tooltip.
 * @property {(time: number) => string} relative "now", "5 min. ago", then as `day`.
 */

/**
 * All functions take milliseconds since 1970.
 *
 * @param {object} options
 * @param {string} options.locale A BCP 47 tag.
 * @param {() => number} options.now
 * @param {string | undefined} [options.timeZone] An IANA name; by default the system's.
 * @returns {Dates}
 */
export function createDates({ locale, now, timeZone }) {
  /** @param {Intl.DateTimeFormatOptions} options */
  const formatter = (options) =>
    new Intl.DateTimeFormat(locale, timeZone === undefined ? options : { ...options, timeZone });
  const iso = new Intl.DateTimeFormat("en-CA", {
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    ...(timeZone === undefined ? {} : { timeZone }),
  });
  const weekday = formatter({ weekday: "long" });
  const sameYear = formatter({ weekday: "long", day: "numeric", month: "long" });
  const otherYear = formatter({ day: "numeric", month: "long", year: "numeric" });
  const clock = formatter({ timeStyle: "short" });
  const complete = formatter({ dateStyle: "full", timeStyle: "short" });
  const nearDay = new Intl.RelativeTimeFormat(locale, { numeric: "auto" });
  const shortAgo = new Intl.RelativeTimeFormat(locale, { numeric: "auto", style: "short" });

  // All zones are multiples of a quarter of an hour away from UTC, so a quarter has one day.
  /** @type {Map<number, string>} */
  const keys = new Map();
  /** @type {Dates["dayKey"]} */
  const dayKey = (time) => {
    const quarter = Math.floor(time / QUARTER);
    let key = keys.get(quarter);
    if (key === undefined) {
      key = iso.format(time);
      if (keys.size > 5000) keys.clear();
      keys.set(quarter, key);
    }
    return key;
  };

  /** @param {number} time */
  const daysAgo = (time) =>
    Math.round((Date.parse(dayKey(now())) - Date.parse(dayKey(time))) / DAY);

  /** @type {Dates["day"]} */
  const day = (time) => {
    const ago = daysAgo(time);
    if (ago === 0 || ago === 1) return capitalised(nearDay.format(-ago, "day"), locale);
    if (ago > 1 && ago < 7) return capitalised(weekday.format(time), locale);
    const inThisYear = dayKey(time).slice(0, 4) === dayKey(now()).slice(0, 4);
    return capitalised((inThisYear ? sameYear : otherYear).format(time), locale);
  };

  return {
    dayKey,
    day,
    time: (time) => clock.format(time),
    full: (time) => complete.format(time),
    relative: (time) => {
      const minutes = Math.floor((now() - time) / MINUTE);
      if (minutes < 1) return shortAgo.format(0, "second");
      if (minutes < 60) return shortAgo.format(-minutes, "minute");
      return daysAgo(time) === 0 ? clock.format(time) : day(time);
    },
  };
}

/**
 * A separator stands alone, like a title; many languages write their days in lower case.
 *
 * @param {string} text
 * @param {string} locale
 */
function capitalised(text, locale) {
  const first = String.fromCodePoint(text.codePointAt(0) ?? 0x20);
  return first.toLocaleUpperCase(locale) + text.slice(first.length);
}
