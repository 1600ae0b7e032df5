import type { TopCategory } from "@pulseboard/contract";

/** As many as one question answers. */
export const LIMIT = 50;

export const SORTS = ["engagements", "category", "posts", "per_post"] as const;
export type Sort = (typeof SORTS)[number];
export type Order = "asc" | "desc";

export interface CategoryRow extends TopCategory {
  /** Of the leader's engagements, 0 to 1. */
  ofLeader: number;
}

export interface Categories {
  rows: CategoryRow[];
  /** All engagements; null when there are more categories than were asked for. */
  total: number | null;
}

const VALUES: Record<Exclude<Sort, "category">, (row: TopCategory) => number> = {
  engagements: (row) => row.total_engagements,
  posts: (row) => row.total_posts,
  per_post: (row) => row.avg_engagement_per_post,
};

/** Names ascend and numbers descend unless the reader turns them. */
export const firstOrder = (sort: Sort): Order => (sort === "category" ? "asc" : "desc");

export function categoriesOf(answer: readonly TopCategory[], sort: Sort, order: Order): Categories {
  const leader = Math.max(...answer.map((row) => row.total_engagements), 0);
  const compare = (a: TopCategory, b: TopCategory): number =>
    sort === "category" ? a.category.localeCompare(b.category) : VALUES[sort](a) - VALUES[sort](b);
  const sign = order === "asc" ? 1 : -1;
  return {
    // Equal ones keep the order of their rank.
    rows: [...answer]
      .sort((a, b) => sign * compare(a, b) || a.rank - b.rank)
      .map((row) => ({ ...row, ofLeader: leader > 0 ? row.total_engagements / leader : 0 })),
    total: answer.length < LIMIT ? answer.reduce((sum, row) => sum + row.total_engagements, 0) : null,
  };
}
