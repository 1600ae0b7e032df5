import type { PostDetail } from "@pulseboard/contract";

const HOUR = 3_600_000;
const QUARTER = HOUR / 4;
export const SPAN_HOURS = 72;

export interface Curve {
  points: { x: number; y: number }[];
  /** Where it ends: the present age, or the 72 h that are kept. */
  end: { x: number; y: number };
  /** The right end of the axis in hours, a number of whole parts. */
  span: number;
  /** Hours between ticks. */
  step: number;
}

/**
 * Engagements by age. A point tells what was counted up to that age; the present one is known by its own, since the
 * last full hour may lie behind.
 *
 * @param now ms since the epoch
 * @param total counted now, for a post whose whole life the curve holds
 */
export function curveOf(curve: PostDetail["curve"], published: number, now: number, total: number): Curve {
  const points = curve.map(({ age_hours: x, total_engagements: y }) => ({ x, y }));
  // The API counts an age from the quarter hour that holds the publication.
  const age = Math.max(0, (now - Math.floor(published / QUARTER) * QUARTER) / HOUR);
  const last = points.at(-1) ?? { x: 0, y: 0 };
  if (age < SPAN_HOURS && age > last.x) points.push({ x: age, y: Math.max(last.y, total) });
  const end = points.at(-1) ?? last;
  const step = end.x <= 6 ? 1 : end.x <= 12 ? 2 : end.x <= 24 ? 4 : 12;
  return { points, end, step, span: Math.max(step, Math.ceil(end.x / step - 1e-9) * step) };
}
