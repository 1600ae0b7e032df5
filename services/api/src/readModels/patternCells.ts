import { type PatternCell, percent } from "@pulseboard/contract";
import { type Days, QUARTERS_A_DAY } from "./quarterScopes.ts";
import type { OffsetPeriod } from "./zoneOffsets.ts";

const DAY_NAMES = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const HOURS_A_WEEK = 168;
/** The epoch was a Thursday. */
const EPOCH_WEEKDAY = 4;

/** Sums quarter hours into the hours of the week on a zone's wall clock: what sql/engagement_patterns.sql does. */
export function patternCells(
  days: Days,
  firstDay: number,
  periods: readonly OffsetPeriod[],
  dayOfWeek: number | undefined,
): PatternCell[] {
  const sums = new Float64Array(HOURS_A_WEEK * 4);
  for (const [day, counts] of days) {
    if (day < firstDay) continue;
    const start = day * QUARTERS_A_DAY;
    // The period that holds the day's start, then on through those that begin within the day.
    let period = periods.findLastIndex(({ quarter }) => quarter <= start);
    for (let index = 0; index < QUARTERS_A_DAY; index++) {
      while ((periods[period + 1]?.quarter ?? Number.POSITIVE_INFINITY) <= start + index) period++;
      const seconds = (start + index) * 900 + (periods[period]?.seconds ?? 0);
      const hour = Math.floor(seconds / 3600) + EPOCH_WEEKDAY * 24;
      const cell = (hour % HOURS_A_WEEK) * 4;
      const at = index * 4;
      for (let type = 0; type < 4; type++) sums[cell + type]! += counts[at + type]!;
    }
  }
  const all = sums.reduce((sum, count) => sum + count, 0);
  const cells: PatternCell[] = [];
  for (let hour = 0; hour < HOURS_A_WEEK; hour++) {
    const [views = 0, likes = 0, comments = 0, shares = 0] = sums.subarray(hour * 4, hour * 4 + 4);
    const total = views + likes + comments + shares;
    const day = Math.floor(hour / 24);
    if (total <= 0 || (dayOfWeek ?? day) !== day) continue;
    cells.push({
      hour_of_day: hour % 24,
      day_of_week: day,
      day_name: DAY_NAMES[day]!,
      total_engagements: total,
      views,
      likes,
      comments,
      shares,
      pct_of_total: percent(total, all),
    });
  }
  return cells;
}
