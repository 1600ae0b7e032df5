/** Figures, times and spans as text, in the reader's locale. */

const locale = [...(globalThis.navigator?.languages ?? ["en"])];

const whole = new Intl.NumberFormat(locale);
const compact = new Intl.NumberFormat(locale, {
  notation: "compact",
  minimumSignificantDigits: 3,
  maximumSignificantDigits: 3,
});
const coarseCompact = new Intl.NumberFormat(locale, {
  notation: "compact",
  maximumSignificantDigits: 2,
});
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

/** Every digit: 55,812. */
export const full = (count: number): string => whole.format(count);

/** Every digit up to 10,000, three of them above: 9,999, 55.8K. Show `full` on hover. */
export const figure = (count: number): string =>
  Math.abs(count) < 10_000 ? full(count) : compact.format(count);

/** Two digits, for the joints of a legend: 41K. */
export const coarse = (count: number): string =>
  Math.abs(count) < 100 ? full(count) : coarseCompact.format(count);

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
