/** Times for the list of conversations: the shortest text that tells it. */

const DAY_MS = 86_400_000;

/**
 * @param {string} stamp
 * @param {string} locale
 * @param {string} yesterday
 * @param {number} [now]
 */
export function shortTime(stamp, locale, yesterday, now = Date.now()) {
  const when = new Date(stamp);
  const midnight = new Date(now).setHours(0, 0, 0, 0);
  const time = when.getTime();
  if (time >= midnight) return when.toLocaleTimeString(locale, { hour: "2-digit", minute: "2-digit" });
  if (time >= midnight - DAY_MS) return yesterday;
  if (time >= midnight - 6 * DAY_MS) return when.toLocaleDateString(locale, { weekday: "short" });
  return when.toLocaleDateString(locale, { day: "numeric", month: "short", year: sameYear(when, now) });
}

/**
 * @param {Date} when
 * @param {number} now
 */
const sameYear = (when, now) =>
  when.getFullYear() === new Date(now).getFullYear() ? undefined : "numeric";
