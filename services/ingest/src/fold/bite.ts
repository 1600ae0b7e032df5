/** Counts taken in one fold: a backlog in big bites, since a fold costs less per event the more it takes. */
export const MOST_COUNTS = 500_000;
const FEWEST_COUNTS = 20_000;
/** A fold is well over before deltas that wait behind it are late. */
const LONGEST_MS = 10_000;

/** How many counts the next fold takes, when the last one took `deltas` of at most `bite` in so long. */
export function nextBite(bite: number, deltas: number, durationMs: number): number {
  if (durationMs <= LONGEST_MS) return Math.min(MOST_COUNTS, 2 * bite);
  return Math.max(FEWEST_COUNTS, Math.min(bite, Math.floor((deltas * LONGEST_MS) / durationMs)));
}
