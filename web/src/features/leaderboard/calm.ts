import type { TrendingRow } from "@pulseboard/contract";

/** Rows change places at most this often, ms; counts always follow. */
export const RERANK_EVERY = 3_000;

export const sameOrder = (a: readonly TrendingRow[], b: readonly TrendingRow[]): boolean =>
  a.length === b.length && a.every(({ id }, i) => id === b[i]?.id);

/**
 * The rows on screen in their places, with the newest counts. A row that the newest no longer have keeps its last count
 * until places change.
 */
export function recounted(
  shown: readonly TrendingRow[],
  newest: readonly TrendingRow[],
): readonly TrendingRow[] {
  const byId = new Map(newest.map((row) => [row.id, row]));
  return shown.map((row) => {
    const now = byId.get(row.id);
    return now ? { ...now, rank: row.rank, previous_rank: row.previous_rank } : row;
  });
}
