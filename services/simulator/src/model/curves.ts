import { hash } from "../random.ts";

const HOUR_MS = 3_600_000;
const HOURS_A_WEEK = 168;
export const WEEK_MS = HOURS_A_WEEK * HOUR_MS;
/** 1970-01-01 was a Thursday: this much after the Monday of its week. */
const EPOCH_IN_WEEK_MS = 3 * 24 * HOUR_MS;

/** By UTC hour: breakfast, lunch and the long evening of an editorial site's readers. */
export const READING = [
  1.6, 1.1, 0.8, 0.7, 0.8, 1.3, 2.6, 4.6, 6.4, 6.8, 6.2, 5.8, 6.6, 6.3, 5.6, 5.4, 5.5, 5.8, 6.0, 6.6, 7.0,
  6.2, 4.5, 2.8,
];
/** An hour of a weekend against the same hour of a weekday. */
export const WEEKEND_READING = 1 / 3;

/** When a category is read more than others. */
interface Habit {
  /** UTC hour of its height. */
  peak: number;
  /** How far it leaves the mean there, and as far the other way twelve hours off: below 1. */
  swing: number;
  /** A weekend's hour against a weekday's, beside what holds for all. */
  weekend: number;
}

const HABITS: Readonly<Record<string, Habit>> = {
  Tech: { peak: 10, swing: 0.35, weekend: 0.8 },
  Business: { peak: 8, swing: 0.5, weekend: 0.6 },
  Finance: { peak: 9, swing: 0.55, weekend: 0.4 },
  Entertainment: { peak: 21, swing: 0.6, weekend: 1.6 },
  Health: { peak: 7, swing: 0.3, weekend: 1.1 },
  Lifestyle: { peak: 20, swing: 0.4, weekend: 1.4 },
  Food: { peak: 17, swing: 0.5, weekend: 1.5 },
  Travel: { peak: 19, swing: 0.4, weekend: 1.7 },
};

/** A category that is not one of the sample's has a habit that follows from its name. */
const habitOf = (category: string): Habit =>
  HABITS[category] ?? {
    peak: 7 + (hash("peak", category) % 16),
    swing: 0.4,
    weekend: 0.6 + (hash("weekend", category) % 100) / 100,
  };

const isWeekend = (hourOfWeek: number): boolean => hourOfWeek >= 5 * 24;

/** How much more a category is read in an hour of the week than at its mean; hour 0 is Monday 00:00 UTC. */
export function categoryCurve(category: string): Float64Array {
  const { peak, swing, weekend } = habitOf(category);
  return Float64Array.from({ length: HOURS_A_WEEK }, (_, hour) => {
    const ofDay = 1 + swing * Math.cos((2 * Math.PI * ((hour % 24) - peak)) / 24);
    return ofDay * (isWeekend(hour) ? weekend : 1);
  });
}

const WEEK = Float64Array.from(
  { length: HOURS_A_WEEK },
  (_, hour) => (READING[hour % 24] as number) * (isWeekend(hour) ? WEEKEND_READING : 1),
);
const WEEK_MEAN = WEEK.reduce((a, b) => a + b, 0) / HOURS_A_WEEK;

/**
 * The readers of all categories against their mean over a week, linear between the hours.
 * @param ms since Monday 00:00 UTC of any week
 */
export function weekCurve(ms: number): number {
  const hours = ms / HOUR_MS;
  const hour = Math.floor(hours);
  const at = (index: number) => WEEK[((index % HOURS_A_WEEK) + HOURS_A_WEEK) % HOURS_A_WEEK] as number;
  return (at(hour) + (at(hour + 1) - at(hour)) * (hours - hour)) / WEEK_MEAN;
}

/** @returns the index of the hour in its week, for the curves */
export const hourOfWeek = (ms: number): number => Math.floor((ms % WEEK_MS) / HOUR_MS);

/** How long after Monday 00:00 UTC of its week a time is. */
export const timeOfWeek = (epochMs: number): number => (epochMs + EPOCH_IN_WEEK_MS) % WEEK_MS;
