/** Figures, times and spans as text, in the reader's locale. */

const locale = [...(globalThis.navigator?.languages ?? ["en"])];

const oneDecimal = new Intl.NumberFormat(locale, {
  minimumFractionDigits: 1,
  maximumFractionDigits: 1,
});
const percents = [0, 1, 2].map(
  (digits) =>
    new Intl.NumberFormat(locale, {
      style: "percent",
      minimumFractionDigits: digits,
      maximumFractionDigits: digits,
    }),
);

/** Longest a number of three digits may be in a narrow place: 55,8 k. */
const NARROW = 6;

/**
 * Counts in a locale. Not every one abbreviates thousands: German rounds 137,412 to "137.000", which looks exact, so a
 * count is abbreviated only where the result says so. A narrow place has room for neither that nor "55,8 mil", and
 * takes K and M there.
 */
export function countsIn(of: string[]) {
  const whole = new Intl.NumberFormat(of);
  const three = { notation: "compact", minimumSignificantDigits: 3, maximumSignificantDigits: 3 } as const;
  const two = { notation: "compact", maximumSignificantDigits: 2 } as const;
  const compact = new Intl.NumberFormat(of, three);

  const abbreviates = (parts: Intl.NumberFormatPart[]) => parts.some(({ type }) => type === "compact");
  const ownIsNarrow = [55_800, 55_800_000].every((count) => {
    const parts = compact.formatToParts(count);
    return abbreviates(parts) && compact.format(count).length <= NARROW;
  });
  const narrowIn = ownIsNarrow ? of : ["en"];
  const narrow = new Intl.NumberFormat(narrowIn, three);
  const narrowCoarse = new Intl.NumberFormat(narrowIn, two);
  const point = whole.formatToParts(0.5).find(({ type }) => type === "decimal")?.value ?? ".";
  const withPoint = (format: Intl.NumberFormat, count: number) =>
    format
      .formatToParts(count)
      .map(({ type, value }) => (type === "decimal" ? point : value))
      .join("");

  const full = (count: number): string => whole.format(count);
  return {
    full,
    figure(count: number): string {
      if (Math.abs(count) < 10_000) return full(count);
      return abbreviates(compact.formatToParts(count)) ? compact.format(count) : full(count);
    },
    brief: (count: number): string => (Math.abs(count) < 10_000 ? full(count) : withPoint(narrow, count)),
    coarse: (count: number): string => (Math.abs(count) < 100 ? full(count) : withPoint(narrowCoarse, count)),
  };
}
const counts = countsIn(locale);

/** Every digit: 55,812. */
export const full = counts.full;

/** Every digit up to 10,000, three of them above where the locale abbreviates: 9,999, 55.8K. Show `full` on hover. */
export const figure = counts.figure;

/** As `figure`, never wider than six characters or so: for axes and columns. */
export const brief = counts.brief;

/** Two digits, for the joints of a legend: 41K. */
export const coarse = counts.coarse;

/** A rate or a ratio: one decimal below 100, none for nothing. */
export const rate = (value: number): string =>
  value > 0 && value < 100 ? oneDecimal.format(value) : figure(Math.round(value));

/** A share of something; null of nothing, because a percentage of nothing says nothing. */
export function percent(part: number, of: number, digits: 0 | 1 | 2 = 0): string | null {
  return of > 0 ? (percents[digits]?.format(part / of) ?? null) : null;
}

/** A short delay: 0.4 s. */
export const delay = (ms: number): string => `${oneDecimal.format(Math.floor(ms / 100) / 10)} s`;

/** A span as a reader would say it: 12 s, 1 min 52 s, 3 h 5 min, 2 d 4 h. */
export function span(ms: number): string {
  const seconds = Math.floor(Math.max(0, ms) / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${seconds % 60} s`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${hours} h ${minutes % 60} min`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

const clocks = new Map<string, Intl.DateTimeFormat>();
function clockOf(zone: string, seconds: boolean): Intl.DateTimeFormat {
  const key = `${zone} ${seconds}`;
  let format = clocks.get(key);
  if (!format) {
    format = new Intl.DateTimeFormat("en-GB", {
      timeZone: zone,
      hour: "2-digit",
      minute: "2-digit",
      ...(seconds && { second: "2-digit" }),
      hourCycle: "h23",
    });
    clocks.set(key, format);
  }
  return format;
}

/** 14:41:08 */
export const clock = (epochMs: number, zone: string): string => clockOf(zone, true).format(epochMs);

/** 14:41 */
export const minute = (epochMs: number, zone: string): string => clockOf(zone, false).format(epochMs);

/** An hour of the day, 14:00; the hour after 23 is 00. */
export const hour = (of: number): string => `${String(of % 24).padStart(2, "0")}:00`;
