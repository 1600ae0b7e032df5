/** Clocks that differ by more than this are told of. */
export const TOLD_MS = 30_000;
/** Clocks that differ by more than this disagree: nobody knows which of them is right. */
export const TOLERANCE_MS = 5 * 60_000;

/**
 * The database's clock less this host's, in ms: between `low` and `high`. The answer was made at some time between the
 * question and its arrival, so a slow answer gives a wide interval, and never a false difference.
 */
export interface Difference {
  low: number;
  high: number;
}

/** @param sentAt this host's clock when the database was asked @param receivedAt when its answer arrived; all in ms */
export function differenceOf(sentAt: number, databaseMs: number, receivedAt: number): Difference {
  const bounds = [databaseMs - sentAt, databaseMs - receivedAt];
  // The host's clock may have been set back in between.
  return { low: Math.min(...bounds), high: Math.max(...bounds) };
}

/** How far the clocks are apart at least, beyond the difference `expected`. */
const apart = ({ low, high }: Difference, expected = 0): number =>
  Math.max(0, low - expected, expected - high);

/** - agree      within 30 s
 *  - apart      over 30 s: told of, nothing else
 *  - accepted   over 5 minutes, by the difference that an operator has accepted
 *  - disagree   over 5 minutes */
export type Standing = "agree" | "apart" | "accepted" | "disagree";

/** @param acceptedMs the difference that an operator has accepted, if any */
export function standingOf(difference: Difference, acceptedMs: number | null): Standing {
  const ms = apart(difference);
  if (ms <= TOLD_MS) return "agree";
  if (ms <= TOLERANCE_MS) return "apart";
  return acceptedMs !== null && apart(difference, acceptedMs) <= TOLERANCE_MS ? "accepted" : "disagree";
}

export const middleOf = ({ low, high }: Difference): number => Math.round((low + high) / 2);
export const uncertaintyOf = ({ low, high }: Difference): number => Math.round((high - low) / 2);

/** "the database's clock is 2 h 3 min ahead of this host's" */
export function inWords(difference: Difference, host = "this host's"): string {
  const ms = middleOf(difference);
  return `the database's clock is ${lengthOf(Math.abs(ms))} ${ms < 0 ? "behind" : "ahead of"} ${host}`;
}

/** "100 d", "2 h 3 min", "45 s" */
export function lengthOf(ms: number): string {
  const seconds = Math.round(ms / 1_000);
  const parts = [
    [Math.floor(seconds / 86_400), "d"],
    [Math.floor(seconds / 3_600) % 24, "h"],
    [Math.floor(seconds / 60) % 60, "min"],
    [seconds % 60, "s"],
  ] as const;
  const first = parts.findIndex(([count]) => count > 0);
  if (first === -1) return "0 s";
  return parts
    .slice(first, first + 2)
    .filter(([count]) => count > 0)
    .map(([count, unit]) => `${count} ${unit}`)
    .join(" ");
}
