/** A page of a list as the reader sees it while its figures move. */

export type Key = string | number;

export interface Page<R> {
  /** In the order the reader saw first. */
  rows: R[];
  /** Rows that the newest answer no longer has; their figures are those of before. */
  gone: ReadonlySet<Key>;
  /** How many rows stand elsewhere in the newest order, those that came and went included. */
  moved: number;
}

/** The page as an answer gives it. */
export const fresh = <R>(rows: R[]): Page<R> => ({ rows, gone: new Set(), moved: 0 });

/**
 * New figures for the rows that are shown, in the places where they are shown.
 *
 * @param newest the same page of the newest answer; it may go on behind the page, so that a row which fell off it
 *   still has figures
 * @param size rows of a page
 */
export function updated<R>(
  shown: readonly R[],
  newest: readonly R[],
  keyOf: (row: R) => Key,
  size: number,
): Page<R> {
  const byKey = new Map(newest.map((row) => [keyOf(row), row]));
  const keys = shown.map(keyOf);
  const page = newest.slice(0, size).map(keyOf);
  return {
    rows: shown.map((row) => byKey.get(keyOf(row)) ?? row),
    gone: new Set(keys.filter((key) => !byKey.has(key))),
    moved: movedBetween(keys, page),
  };
}

/** The least number of rows that must be lifted to get from one order to the other. */
function movedBetween(before: readonly Key[], after: readonly Key[]): number {
  const placeAfter = new Map(after.map((key, place) => [key, place]));
  const kept = before.flatMap((key) => placeAfter.get(key) ?? []);
  return Math.max(before.length, after.length) - longestRise(kept);
}

/** How long the longest rising part of a sequence is, its members not needing to be neighbours. */
function longestRise(places: readonly number[]): number {
  const tails: number[] = [];
  for (const place of places) {
    const at = tails.findIndex((tail) => tail >= place);
    tails[at === -1 ? tails.length : at] = place;
  }
  return tails.length;
}
