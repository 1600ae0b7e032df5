import type { Board, TrendingRow, Window } from "@pulseboard/contract";

export const BOARDS = ["posts", "authors", "categories"] as const satisfies readonly Board[];
/** The hour first, which is shown when nothing else is asked for. */
export const WINDOWS = ["1h", "5m", "24h"] as const satisfies readonly Window[];

export interface Move {
  kind: "new" | "up" | "down" | "same";
  by: number;
}

/** What became of a rank since the current minute began. */
export function moveOf(row: Pick<TrendingRow, "rank" | "previous_rank">): Move {
  if (row.previous_rank === null) return { kind: "new", by: 0 };
  const by = row.previous_rank - row.rank;
  if (by === 0) return { kind: "same", by };
  return by > 0 ? { kind: "up", by } : { kind: "down", by: -by };
}

export function moveInWords({ kind, by }: Move): string {
  if (kind === "new") return "new";
  return kind === "same" ? "no change" : `${kind} ${by}`;
}

export const PLACES = 10;
