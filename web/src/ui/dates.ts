/** Days and spans as text, in the reader's locale. All times are ms since the epoch. */

import { minute } from "./format.ts";

const locale = [...(globalThis.navigator?.languages ?? ["en"])];
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Dates in a locale: Mon, Nov 16 or Mon 16 Nov. */
export function datesIn(of: string[]) {
  const formats = new Map<string, Intl.DateTimeFormat>();
  const format = (zone: string, options: Intl.DateTimeFormatOptions) => {
    const key = `${zone} ${JSON.stringify(options)}`;
    let found = formats.get(key);
    if (!found) {
      found = new Intl.DateTimeFormat(of, { timeZone: zone, ...options });
      formats.set(key, found);
    }
    return found;
  };
  const short = { day: "numeric", month: "short" } as const;
  return {
    /** Without a year for the last ten months, where it cannot be mistaken. */
    day: (at: number, now: number, zone: string): string =>
      Math.abs(now - at) < 300 * DAY
        ? format(zone, { ...short, weekday: "short" }).format(at)
        : format(zone, { ...short, year: "numeric" }).format(at),
    /** 16 Nov */
    date: (at: number, zone: string): string => format(zone, short).format(at),
    /** 12 March 2021 */
    longDate: (at: number, zone: string): string => format(zone, { dateStyle: "long" }).format(at),
    /** Monday 16 November 2026 at 10:08 */
    moment: (at: number, zone: string): string =>
      format(zone, { dateStyle: "full", timeStyle: "short" }).format(at),
  };
}
const dates = datesIn(locale);
export const { day, date, longDate, moment } = dates;

/** The minute of a moment, with its day unless that is today: 14:03, 14:03 on 16 Nov. */
export function upTo(at: number, now: number, zone: string): string {
  const text = minute(at, zone);
  return longDate(at, zone) === longDate(now, zone) ? text : `${text} on ${date(at, zone)}`;
}

/** How long ago, in the one unit that says it: 5 min, 28 h, 3 days. */
export function age(ms: number): string {
  if (ms < MINUTE) return "under a minute";
  if (ms < HOUR) return `${Math.floor(ms / MINUTE)} min`;
  if (ms < 2 * DAY) return `${Math.floor(ms / HOUR)} h`;
  return `${Math.floor(ms / DAY)} days`;
}

/** When a post came out: how long ago for two days, then the day. One that is not out yet has its day too. */
export function published(at: number, now: number, zone: string): string {
  const ago = now - at;
  return ago >= 0 && ago < 2 * DAY ? `${age(ago)} ago` : day(at, now, zone);
}

/** The day that a moment falls in, in UTC: 2026-11-16. */
export const utcDay = (at: number): string => new Date(at).toISOString().slice(0, 10);
