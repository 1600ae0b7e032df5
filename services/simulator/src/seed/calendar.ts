import { READING, WEEKEND_READING } from "../model/curves.ts";
import { createRandom } from "../random.ts";
import type { SamplePlan } from "./plan.ts";

export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;

/** One hour of the history; the last one ends at the anchor. */
export interface Slot {
  start: number;
  end: number;
  /** UTC */
  weekend: boolean;
  /** How many engagements, against other slots. */
  traffic: number;
  /** How many posts are published, against other slots. */
  publishing: number;
}

/** By UTC hour: the newsroom's day. */
const WRITING = [0.2, 0.1, 0.1, 0.1, 0.3, 1, 3, 6, 8, 9, 8, 7, 6, 6, 7, 7, 6, 5, 3, 2, 1.5, 1, 0.6, 0.3];
const WEEKEND_WRITING = 0.3;
/** The site opens on the first day; its readers come within three. */
const OPENING_DAYS = 3;
/** Readers have doubled every so many days, up to five times over. */
const DOUBLING_DAYS = 18;
const MOST_DOUBLINGS = 5;
/** Sigma of the hours' own ups and downs. */
const NOISE = 0.1;

/** Midnight UTC of the first day. */
export const firstDay = ({ anchor, days }: SamplePlan): number =>
  Math.floor(anchor / DAY_MS) * DAY_MS - days * DAY_MS;

export function calendar(plan: SamplePlan): Slot[] {
  const random = createRandom(plan.seed, "calendar");
  const first = firstDay(plan);
  const slots: Slot[] = [];
  for (let start = first; start < plan.anchor; start += HOUR_MS) {
    const end = Math.min(start + HOUR_MS, plan.anchor);
    const date = new Date(start);
    const hour = date.getUTCHours();
    const weekend = date.getUTCDay() % 6 === 0;
    const length = (end - start) / HOUR_MS;
    const opening = Math.min(1, 0.02 + (start - first) / (OPENING_DAYS * DAY_MS));
    const growth = 2 ** -Math.min(MOST_DOUBLINGS, (plan.anchor - start) / (DOUBLING_DAYS * DAY_MS));
    const noise = Math.exp(NOISE * random.normal());
    slots.push({
      start,
      end,
      weekend,
      traffic:
        length * opening * growth * noise * (READING[hour] as number) * (weekend ? WEEKEND_READING : 1),
      publishing: length * (WRITING[hour] as number) * (weekend ? WEEKEND_WRITING : 1),
    });
  }
  return slots;
}
