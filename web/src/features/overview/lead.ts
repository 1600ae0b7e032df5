import { type HourSummary, isolated } from "@pulseboard/contract";
import { figure, percent, rate } from "../../ui/format.ts";
import { changeOf } from "./change.ts";

export interface Lead {
  strong: string;
  rest: string;
}

export interface LeadOf {
  /** All engagements ever counted, whatever is chosen. */
  allTime: number;
  hour: Pick<HourSummary, "engagements" | "top_category" | "top_category_share">;
  aWeekAgo: Pick<HourSummary, "engagements"> | null;
  /** The day it is, Tuesday. */
  weekday: string;
  /**
   * Set when the numbers are no longer current: the sentence then speaks of the hour before that time, in the past.
   */
  until: string | null;
  /** What the numbers are narrowed to, as in 'of Tech'; null for all. */
  of: string | null;
  /** For a wall, which has room for one line. */
  brief?: boolean;
}

/** The one sentence that answers what is happening, in words. It compares with last week by name, until more is known. */
export function leadOf({ allTime, hour, aWeekAgo, weekday, until, of, brief = false }: LeadOf): Lead {
  if (allTime === 0) {
    return {
      strong: "Nothing to show yet.",
      rest: "The first engagement appears here within a second of arriving.",
    };
  }
  const when = until === null ? "in the last hour" : `in the hour before ${until}`;
  const what = of === null ? "" : ` ${of}`;
  const before = until === null ? `last ${weekday}${brief ? "" : " at this time"}` : `the ${weekday} before`;
  if (hour.engagements === 0) {
    const then = aWeekAgo?.engagements ? ` ${figure(aWeekAgo.engagements)} ${before}.` : "";
    return { strong: `Quiet ${when}: no engagements${what}.`, rest: then.trim() };
  }
  const noun = hour.engagements === 1 ? "engagement" : "engagements";
  const parts = [compared(hour.engagements, aWeekAgo?.engagements ?? null, before)];
  if (of === null && hour.top_category !== null) {
    const were = until === null ? "" : " were";
    const share = hour.top_category_share >= 100 ? "all" : percent(hour.top_category_share, 100);
    parts.push(`${share} of them${were} ${isolated(hour.top_category)}`);
  }
  return {
    strong: `${figure(hour.engagements)} ${noun}${what} ${when}`,
    rest: parts.filter(Boolean).join("; "),
  };
}

function compared(now: number, then: number | null, before: string): string {
  const change = changeOf(now, then);
  if (change === null || then === null) return "";
  if (change.kind === "same") return `as many as ${before}`;
  if (then === 0) return `after none ${before}`;
  if (change.by === "") return `after ${figure(then)} ${before}`;
  if (change.by.endsWith("×")) return `${rate(now / then)} times those of ${before}`;
  return `${change.by} ${change.kind === "up" ? "above" : "below"} ${before}`;
}
