import type { StepsBack } from "../clock/stepsBack.ts";
import type { ClockReading, MovedClock } from "./moveClock.ts";

/** What moves as_of, ms by the database's clock. */
export interface AsOf {
  /** The least watermark of all partitions; null when as_of cannot move ahead. */
  watermark: number | null;
  /** as_of does not move ahead beyond it. */
  limit: number;
  /** as_of is never ahead of the clock. */
  now: number;
  /** By how much less as_of is by the present clock. */
  setBack: number;
}

/**
 * @param before as_of until now
 * @param watermarks of all partitions
 * @param partitionsSeenAt performance.now() of the last look for added partitions; undefined where nobody looks
 */
export function readAsOf(
  before: number,
  watermarks: number[] | null,
  { asOfLimit }: MovedClock,
  { database, askedAt, answeredAt }: ClockReading,
  stepsBack: StepsBack,
  partitionsSeenAt = Number.POSITIVE_INFINITY,
): AsOf {
  stepsBack.note({ ms: database, askedAt, answeredAt });
  const seen = Math.max(0, database + partitionsSeenAt - performance.now());
  return {
    watermark: watermarks && leastOf(watermarks.map((time) => byPresentClock(time, database, stepsBack))),
    limit: Math.min(asOfLimit, seen),
    now: database,
    setBack: stepsBack.since(before, database) ?? before - database,
  };
}

/** What `time`, ms, is by the present clock; null when nothing is known of that. */
function byPresentClock(time: number, now: number, stepsBack: StepsBack): number | null {
  const less = stepsBack.since(time, now);
  return less === undefined ? null : time - less;
}

/** The least; null when one is. */
const leastOf = (times: (number | null)[]): number | null =>
  times.reduce((least, time) => (least === null || time === null ? null : Math.min(least, time)));

/**
 * stats.as_of moved on to the watermark ($1), at most to the limit ($2), and never ahead of the clock ($3). It steps back
 * only when the clock did, and by as much (`setBack`).
 */
export const AS_OF = (setBack: string): string => `
  least(
    greatest(
      as_of - make_interval(secs => ${setBack}::float8 / 1000),
      case when $1::timestamptz is not null then least($1::timestamptz, $2::timestamptz) end),
    $3::timestamptz)`;

/** $1 to $3 of it. */
export const asOfValues = ({ watermark, limit, now }: AsOf) => [
  watermark === null ? null : new Date(watermark),
  new Date(limit),
  new Date(now),
];
