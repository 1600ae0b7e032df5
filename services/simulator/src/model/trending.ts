import { createRandom, hash } from "../random.ts";

/** A post that draws more than its share for a while. */
export interface Trend {
  /** Place in the catalogue, newest first. */
  index: number;
  /** Share of all traffic. */
  share: number;
}

const SLOTS = 10;
/** Share of all traffic of one slot at its height; a slot's mean is half of it. */
const PEAK_SHARE = 0.05;
const SHORTEST_SECONDS = 180;
const LONGEST_SECONDS = 600;
/** Trends are found among this many of the newest posts. */
const NEWEST = 500;

/**
 * What is trending at a time, a pure function of seed and time: each slot lifts one post after the other, slowly up
 * and slowly down, the slots out of step with each other.
 * @param seconds since the start of the traffic
 * @param size posts in the catalogue
 */
export function trendsAt(seed: number, seconds: number, size: number): Trend[] {
  return Array.from({ length: SLOTS }, (_, slot) => {
    const period = SHORTEST_SECONDS + (hash(seed, "period", slot) % (LONGEST_SECONDS - SHORTEST_SECONDS));
    const time = seconds + (hash(seed, "start", slot) % period);
    const random = createRandom(seed, "trend", slot, Math.floor(time / period));
    const progress = (time % period) / period;
    return {
      index: random.below(Math.min(size, NEWEST)),
      share: PEAK_SHARE * Math.sin(Math.PI * progress) ** 2,
    };
  });
}
