/** Slack timestamps as people read them. */

const LOCALE = navigator.language.startsWith("en") ? navigator.language : "en-GB";
const TIME = new Intl.DateTimeFormat(LOCALE, { hour: "numeric", minute: "2-digit" });
const DAY = new Intl.DateTimeFormat(LOCALE, { weekday: "long", day: "numeric", month: "long" });
const DAY_OF_YEAR = new Intl.DateTimeFormat(LOCALE, { day: "numeric", month: "long", year: "numeric" });
const FULL = new Intl.DateTimeFormat(LOCALE, { dateStyle: "full", timeStyle: "medium" });
const DAY_MS = 86_400_000;

/** Such as `10:32`. */
export function clock(ts) {
  return TIME.format(dateOf(ts));
}

/** Date and time in full, for tooltips and screen readers. */
export function fullTime(ts) {
  return FULL.format(dateOf(ts));
}

/**
 * Such as `Today`, `Yesterday`, `Monday 3 November`.
 * @param {string} ts
 * @param {Date} [now]
 * @returns {string}
 */
export function dayName(ts, now = new Date()) {
  const date = dateOf(ts);
  const days = Math.round((midnight(now) - midnight(date)) / DAY_MS);
  if (days === 0) return "Today";
  if (days === 1) return "Yesterday";
  return date.getFullYear() === now.getFullYear() ? DAY.format(date) : DAY_OF_YEAR.format(date);
}

/** Such as `today at 10:32`. */
export function dayAndTime(ts) {
  const day = dayName(ts);
  return `${/^(Today|Yesterday)$/.test(day) ? day.toLowerCase() : day} at ${clock(ts)}`;
}

/** Whether two timestamps fall on the same calendar day. */
export function sameDay(a, b) {
  return midnight(dateOf(a)) === midnight(dateOf(b));
}

/**
 * Fill a `<!date^…>` format. Source: docs.slack.dev, "Formatting message text: date formatting".
 * @param {number} seconds Since 1970.
 * @param {string} format Words with tokens such as `{date_short}` and `{time}`.
 * @returns {string}
 */
export function formatDateTokens(seconds, format) {
  const date = new Date(seconds * 1000);
  const style = (options) => new Intl.DateTimeFormat(LOCALE, options).format(date);
  const tokens = {
    date_num: () => date.toISOString().slice(0, 10),
    date: () => style({ dateStyle: "long" }),
    date_short: () => style({ dateStyle: "medium" }),
    date_long: () => style({ dateStyle: "full" }),
    time: () => TIME.format(date),
    time_secs: () => style({ timeStyle: "medium" }),
  };
  tokens.date_pretty = () => dayName(String(seconds));
  tokens.date_short_pretty = tokens.date_long_pretty = tokens.date_pretty;
  return format.replace(/\{(\w+)\}/g, (token, name) => tokens[name]?.() ?? token);
}

/** The moment of a message's `ts`: seconds since 1970, with a fraction. */
function dateOf(ts) {
  return new Date(Number(ts) * 1000);
}

function midnight(date) {
  return new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
}
