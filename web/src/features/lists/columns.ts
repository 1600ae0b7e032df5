import type { Sorts } from "./place.ts";

export interface Column {
  label: string;
  /** What REST calls the sort by it; without one it cannot be sorted by. */
  sort?: string;
  /** Classes of its header cell. */
  class?: string;
}

/** The sorts of some columns. */
export const sortsOf = (
  columns: readonly Column[],
  { first, ascending }: { first: string; ascending: readonly string[] },
): Sorts => ({ all: columns.flatMap(({ sort }) => sort ?? []), first, ascending });
