import type { PatternCell } from "@pulseboard/contract";
import { type EngagementType, TYPES } from "../../ui/types.ts";

/** Monday first, each with the number the contract gives it (0 = Sunday). */
export const DAYS = [
  { dow: 1, name: "Monday", short: "Mon" },
  { dow: 2, name: "Tuesday", short: "Tue" },
  { dow: 3, name: "Wednesday", short: "Wed" },
  { dow: 4, name: "Thursday", short: "Thu" },
  { dow: 5, name: "Friday", short: "Fri" },
  { dow: 6, name: "Saturday", short: "Sat" },
  { dow: 0, name: "Sunday", short: "Sun" },
] as const;

export const HOURS = Array.from({ length: 24 }, (_, hour) => hour);
export const STEPS = 8;

/** Where a contract day stands in a week that begins on Monday. */
export const mondayFirst = (dow: number): number => (dow + 6) % 7;

export interface Heat {
  /** counts[day][hour], Monday first; an hour without engagements is 0. */
  counts: number[][];
  dayTotals: number[];
  /** Engagements of a type by day, Monday first. */
  byType: Record<EngagementType, number[]>;
  total: number;
  /** Of all 168 hours, empty ones included. */
  median: number;
  /** The upper bound of each step, the last being the fullest hour. */
  bounds: number[];
}

export function heatOf(cells: readonly PatternCell[]): Heat {
  const counts = DAYS.map(() => HOURS.map(() => 0));
  const byType = Object.fromEntries(TYPES.map((type) => [type, DAYS.map(() => 0)])) as Heat["byType"];
  for (const cell of cells) {
    const day = mondayFirst(cell.day_of_week);
    const row = counts[day];
    if (row) row[cell.hour_of_day] = cell.total_engagements;
    for (const type of TYPES) byType[type][day] = (byType[type][day] ?? 0) + cell[type];
  }
  const all = counts.flat().sort((a, b) => a - b);
  const top = all.at(-1) ?? 0;
  const usual = all.at(-1 - OUTLIERS) ?? 0;
  const dayTotals = counts.map((hours) => hours.reduce((sum, count) => sum + count, 0));
  return {
    counts,
    dayTotals,
    byType,
    total: dayTotals.reduce((sum, count) => sum + count, 0),
    median: ((all[83] ?? 0) + (all[84] ?? 0)) / 2,
    bounds: boundsFor(top, usual > 0 && top > FAR * usual ? usual : top),
  };
}

/** So many hours of a week may stand far above all others: those of one great story, or of a test. */
const OUTLIERS = 4;
/** From so many times the fullest of the others they have the last step to themselves, and the others the rest. */
const FAR = 4;

/**
 * Square-root bounds, whole numbers of two digits, so that what the legend prints is exactly what divides the steps
 * and a step does not wander with every engagement in the fullest hour.
 *
 * @param usual the fullest hour that is not far above all others; less than `top` where some are
 */
export function boundsFor(top: number, usual = top): number[] {
  const steps = usual < top ? STEPS - 1 : STEPS;
  return Array.from({ length: STEPS }, (_, i) => {
    const bound = usual * ((i + 1) / steps) ** 2;
    const round = bound < 100 ? Math.round(bound) : Number(bound.toPrecision(2));
    return i === STEPS - 1 ? top : Math.min(top, Math.max(1, round));
  });
}

/** 0 for none, else 1 to 8. */
export function stepOf(count: number, bounds: readonly number[]): number {
  if (count <= 0) return 0;
  const step = bounds.findIndex((bound) => count <= bound);
  return step === -1 ? STEPS : step + 1;
}

/** The day (Monday first) and hour that a moment falls in, in a zone. */
export function hourOf(epochMs: number, zone: string): { day: number; hour: number } {
  const parts = new Intl.DateTimeFormat("en-US", {
    timeZone: zone,
    weekday: "short",
    hour: "2-digit",
    hourCycle: "h23",
  }).formatToParts(epochMs);
  const value = (type: string) => parts.find((part) => part.type === type)?.value;
  return { day: DAYS.findIndex((day) => day.short === value("weekday")), hour: Number(value("hour")) };
}

/** Which hours hold another count than before. */
export function changedHours(before: readonly number[][], after: readonly number[][]): [number, number][] {
  return after.flatMap((hours, day) =>
    hours.flatMap((count, hour): [number, number][] => (count === before[day]?.[hour] ? [] : [[day, hour]])),
  );
}
