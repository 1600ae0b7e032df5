import { logTicks } from "../../ui/scale.ts";

/**
 * Own posts among the others' of the category, on one axis of ln(1 + engagements): as the API's bins are laid, and with
 * a place for a post that nobody has engaged with.
 */

export interface Bin {
  from: number;
  to: number;
  posts: number;
}

export interface Axis {
  from: number;
  to: number;
  ticks: number[];
}

/** Where a value lies on the axis: 0 at its beginning, 1 at its end. */
export function shareOf(value: number, { from, to }: Pick<Axis, "from" | "to">): number {
  const begin = Math.log1p(from);
  return (Math.log1p(Math.min(to, Math.max(from, value))) - begin) / (Math.log1p(to) - begin);
}

/** From the least to the most engaged post, a little air at both ends. */
export function stripAxis(bins: readonly Bin[], own: readonly number[]): Axis {
  const filled = bins.filter(({ posts }) => posts > 0);
  const values = [...filled.flatMap(({ from, to }) => [from, to]), ...own];
  const least = values.length === 0 ? 0 : Math.min(...values);
  const from = least < 1 ? 0 : least / 1.2;
  const to = Math.max(Math.max(0, ...values) * 1.2, from * 4, 10);
  const ticks = logTicks(Math.max(1, from), to);
  return { from, to, ticks: from === 0 ? [0, ...ticks] : ticks };
}

/** How much of the axis one of the bins, which are equally wide, takes. */
export function binShare(bins: readonly Bin[], { from, to }: Axis): number {
  const [first] = bins;
  const last = bins.at(-1);
  if (!first || !last) return 1 / 40;
  return (Math.log1p(last.to) - Math.log1p(first.from)) / bins.length / (Math.log1p(to) - Math.log1p(from));
}

export interface Column {
  /** 0 to 1 along the axis: the bin's middle. */
  at: number;
  bin: Bin;
  /** How many dots stand for the bin's posts. */
  dots: number;
}

export interface Columns {
  columns: Column[];
  /** Posts that a dot stands for: 1 until the fullest column would not fit. */
  each: number;
}

/** The others: a dot a post, or for several where the fullest bin would grow out of the picture. */
export function peerColumns(bins: readonly Bin[], axis: Axis, mostDots: number): Columns {
  const filled = bins.filter(({ posts }) => posts > 0);
  const fullest = Math.max(1, ...filled.map(({ posts }) => posts));
  const each = Math.max(1, Math.ceil(fullest / Math.max(1, mostDots)));
  return {
    each,
    columns: filled.map((bin) => ({
      at: (shareOf(bin.from, axis) + shareOf(bin.to, axis)) / 2,
      bin,
      dots: Math.max(1, Math.round(bin.posts / each)),
    })),
  };
}

export interface Dot<T> {
  of: T;
  /** 0 to 1 along the axis. */
  at: number;
  /** How many dots stand under it. */
  level: number;
}

/**
 * Dots side by side; one that would cover another stands on it.
 *
 * @param gap the least distance between two dots of one level, as a share of the axis
 */
export function stacked<T>(items: readonly T[], shareOf: (item: T) => number, gap: number): Dot<T>[] {
  const last: number[] = [];
  return items
    .map((of) => ({ of, at: shareOf(of) }))
    .sort((a, b) => a.at - b.at)
    .map(({ of, at }) => {
      const free = last.findIndex((before) => at - before >= gap - 1e-9);
      const level = free === -1 ? last.length : free;
      last[level] = at;
      return { of, at, level };
    });
}
