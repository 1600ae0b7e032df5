import { logShare, logTicks } from "../../ui/scale.ts";

/** Own posts among the others' of the category, on one logarithmic axis. */

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

/** From the least to the most engaged post, a little air at both ends; a post without engagement stands at 1. */
export function stripAxis(bins: readonly Bin[], own: readonly number[]): Axis {
  const filled = bins.filter(({ posts }) => posts > 0);
  const values = [...filled.flatMap(({ from, to }) => [from, to]), ...own].map((value) => Math.max(1, value));
  const least = Math.min(...values);
  const most = Math.max(...values);
  const from = Number.isFinite(least) ? least / 1.2 : 1;
  const to = Number.isFinite(most) ? Math.max(most * 1.2, from * 4) : 10;
  return { from, to, ticks: logTicks(from, to) };
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
      at: logShare(Math.sqrt(Math.max(1, bin.from) * Math.max(1, bin.to)), axis.from, axis.to),
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
