import type { AuthorListRow } from "@pulseboard/contract";

/** An author's posts of the last 90 days, with all their engagements. */
export interface RecentPosts {
  posts: number;
  engagements: number;
}

/** How an author does among those of the category. */
export type Performance = Pick<
  AuthorListRow,
  | "total_posts"
  | "total_engagements"
  | "avg_engagement_per_post"
  | "category_median"
  | "performance_segment"
  | "opportunity_score"
> & { category_p75: number };

/** Averages are compared in hundredths; between two of them lie quarters of that. */
export interface Quartiles {
  median: number;
  third: number;
  /** The same with 2 decimals. */
  shown: { median: number; third: number };
}

const HIGH_VOLUME = 10;
const LOW_VOLUME = 5;

/** a x b / c, rounded half away from zero; none is negative. */
function rounded(a: number, b: number, c: number): number {
  const doubled = 2 * a * b + c;
  if (doubled <= Number.MAX_SAFE_INTEGER) return Math.floor(doubled / (2 * c));
  const [bigA, bigB, bigC] = [a, b, c].map(BigInt) as [bigint, bigint, bigint];
  return Number((2n * bigA * bigB + bigC) / (2n * bigC));
}

/** In hundredths, rounded. */
export const averageOf = ({ posts, engagements }: RecentPosts): number => rounded(engagements, 100, posts);

/** percentile_cont at so many quarters, in quarters of the values' unit. */
function quartile(sorted: Float64Array, quarters: number): number {
  const place = quarters * (sorted.length - 1);
  const below = sorted[Math.floor(place / 4)]!;
  const above = sorted[Math.ceil(place / 4)]!;
  return 4 * below + (place % 4) * (above - below);
}

/** Quarters of hundredths as a number with 2 decimals. */
const shown = (quarters: number): number => rounded(quarters, 1, 4) / 100;

/** @param averages in hundredths, ascending */
export function quartilesOf(averages: Float64Array): Quartiles {
  const [median, third] = averages.length === 0 ? [0, 0] : [quartile(averages, 2), quartile(averages, 3)];
  return { median, third, shown: { median: shown(median), third: shown(third) } };
}

/**
 * How an author does among those of the category, as the view author_performance has it. One without recent posts has zeros
 * and the segment Average.
 */
export function performance(own: RecentPosts | undefined, quartiles: Quartiles): Performance {
  const { median, third } = quartiles;
  const average = own ? averageOf(own) : 0;
  const isCoachable = own !== undefined && own.posts >= HIGH_VOLUME && 4 * average < median;
  return {
    total_posts: own?.posts ?? 0,
    total_engagements: own?.engagements ?? 0,
    avg_engagement_per_post: average / 100,
    category_median: quartiles.shown.median,
    category_p75: quartiles.shown.third,
    performance_segment: isCoachable ? "High Volume, Low Engagement" : segmentOf(own, 4 * average >= third),
    opportunity_score: isCoachable ? rounded(median - 4 * average, own.posts, 400) : 0,
  };
}

function segmentOf(own: RecentPosts | undefined, isHigh: boolean): Performance["performance_segment"] {
  if (own && isHigh && own.posts >= HIGH_VOLUME) return "High Volume, High Engagement";
  if (own && isHigh && own.posts < LOW_VOLUME) return "Low Volume, High Quality";
  return "Average";
}
