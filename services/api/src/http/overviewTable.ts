import { type HourSummary, hourSummary, type Overview } from "@pulseboard/contract";
import type { CsvTable } from "./csv.ts";

const COLUMNS = ["part", "hour", ...Object.keys(hourSummary.shape), "a_week_ago"];
const MINUTE_MS = 60_000;

const summary = (part: string, hour: HourSummary | null) => (hour ? [{ part, ...hour }] : []);

/** The parts of an overview below each other: two hours, 60 minutes, and the hours of the day. */
export const overviewTable = (overview: Overview): CsvTable => ({
  columns: COLUMNS,
  rows: [
    ...summary("last_hour", overview.last_hour),
    ...summary("last_hour_a_week_ago", overview.last_hour_a_week_ago),
    ...overview.minutes.map(({ minute, engagements }) => ({
      part: "minute",
      from: minute,
      to: new Date(Date.parse(minute) + MINUTE_MS).toISOString(),
      engagements,
    })),
    ...overview.today.map((hour) => ({ part: "today", ...hour })),
  ],
});
