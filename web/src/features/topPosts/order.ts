import type { PostListRow } from "@pulseboard/contract";

/** What the panel ranks posts by, and the figure that shows it. */
const FIGURES = {
  engagements: "total_engagements",
  last_24h: "last_24h",
  last_1h: "last_1h",
} as const;

/**
 * The posts by the figures they show, ties by the lower id. A list's order may be some seconds older than its rows.
 *
 * @param sort what the list was asked to go by
 */
export function byFigure<
  Row extends Pick<PostListRow, "post_id" | "total_engagements" | "last_24h" | "last_1h">,
>(posts: readonly Row[], sort: keyof typeof FIGURES): Row[] {
  const figure = FIGURES[sort];
  return posts.toSorted((a, b) => b[figure] - a[figure] || a.post_id - b.post_id);
}
