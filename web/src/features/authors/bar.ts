import { ticksTo } from "../../ui/scale.ts";

/** The parts of one author's bar, as shares of the common axis, 0 to 1. */
export interface Bar {
  /** Up to the median or the average, whichever is less. */
  held: number;
  median: number;
  /** What is missing to the median; 0 at or above it. */
  missing: number;
  /** What is above the median; 0 at or below it. */
  above: number;
}

export function barOf(
  author: { avg_engagement_per_post: number; category_median: number },
  top: number,
): Bar {
  const share = (value: number) => Math.min(1, Math.max(0, value / top));
  const own = share(author.avg_engagement_per_post);
  const median = share(author.category_median);
  return {
    held: Math.min(own, median),
    median,
    missing: Math.max(0, median - own),
    above: Math.max(0, own - median),
  };
}

/** One axis for all rows of a page, from zero; the ticks are its labels. */
export function axisOf(
  authors: readonly { avg_engagement_per_post: number; category_median: number }[],
): readonly number[] {
  return ticksTo(
    Math.max(
      ...authors.flatMap(({ avg_engagement_per_post: own, category_median: median }) => [own, median]),
      1,
    ),
    4,
  );
}
