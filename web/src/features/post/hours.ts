import type { PostDetail } from "@pulseboard/contract";
import { minute } from "../../ui/format.ts";

type Hour = PostDetail["hours"][number];

export interface HourBar {
  /** ms since the epoch. */
  from: number;
  engagements: number;
  /** As the zone's clock says it: 14:00, or 14:30 in a zone of half hours. */
  clock: string;
  /** Whether a new day of the zone begins with it. */
  dayBegins: boolean;
}

/** The hours since a post came out, at most the 72 that are kept; those before only where they were engaged. */
export function hoursOf(hours: readonly Hour[], published: number, zone: string): HourBar[] {
  const firstEngaged = hours.findIndex(({ engagements }) => engagements > 0);
  const firstOut = hours.findIndex(({ from }) => Date.parse(from) + 3_600_000 > published);
  const begin = [firstEngaged, firstOut].filter((at) => at !== -1);
  const shown = hours.slice(begin.length === 0 ? 0 : Math.min(...begin));
  let before: string | null = null;
  return shown.map(({ from, engagements }) => {
    const at = Date.parse(from);
    const day = dayOf(at, zone);
    const dayBegins = before !== null && day !== before;
    before = day;
    return { from: at, engagements, clock: minute(at, zone), dayBegins };
  });
}

const formats = new Map<string, Intl.DateTimeFormat>();
function dayOf(at: number, zone: string): string {
  let format = formats.get(zone);
  if (!format) {
    format = new Intl.DateTimeFormat("en-CA", { timeZone: zone, dateStyle: "short" });
    formats.set(zone, format);
  }
  return format.format(at);
}
