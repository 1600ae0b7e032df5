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

/** Averages are compared in hundredths; between two of them lie quarters of these. */
interface Quartiles {
  median: number;
  third: number;
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
const averageOf = ({ posts, engagements }: RecentPosts): number => rounded(engagements, 100, posts);

/** percentile_cont at so many quarters, in quarters of the values' unit. */
function quartile(sorted: Float64Array, quarters: number): number {
  const place = quarters * (sorted.length - 1);
  const below = sorted[Math.floor(place / 4)]!;
  const above = sorted[Math.ceil(place / 4)]!;
  return 4 * below + (place % 4) * (above - below);
}

/** Quarters of hundredths as a number with 2 decimals. */
const shown = (quarters: number): number => rounded(quarters, 1, 4) / 100;

/**
 * How each author does, as the view author_performance has it: those with recent posts are compared with one another by
 * category. Others have zeros and the segment Average.
 * @param recent of authors with recent posts
 */
export function performances(
  authors: readonly { author_id: number; category: string }[],
  recent: ReadonlyMap<number, RecentPosts>,
): Performance[] {
  const averages = new Map<string, number[]>();
  for (const { author_id, category } of authors) {
    const own = recent.get(author_id);
    if (!own) continue;
    const known = averages.get(category);
    if (known) known.push(averageOf(own));
    else averages.set(category, [averageOf(own)]);
  }
  const quartiles = new Map<string, Quartiles>(
    [...averages].map(([category, values]) => {
      const sorted = Float64Array.from(values).sort();
      return [category, { median: quartile(sorted, 2), third: quartile(sorted, 3) }];
    }),
  );
  return authors.map(({ author_id, category }) =>
    performance(recent.get(author_id), quartiles.get(category) ?? { median: 0, third: 0 }),
  );
}

function performance(own: RecentPosts | undefined, { median, third }: Quartiles): Performance {
  const average = own ? averageOf(own) : 0;
  const isCoachable = own !== undefined && own.posts >= HIGH_VOLUME && 4 * average < median;
  return {
    total_posts: own?.posts ?? 0,
    total_engagements: own?.engagements ?? 0,
    avg_engagement_per_post: average / 100,
    category_median: shown(median),
    category_p75: shown(third),
    performance_segment: isCoachable ? "High Volume, Low Engagement" : segmentOf(own, 4 * average >= third),
    opportunity_score: isCoachable ? rounded(median - 4 * average, own.posts, 400) : 0,
  };
}

function segmentOf(own: RecentPosts | undefined, isHigh: boolean): Performance["performance_segment"] {
  if (own && isHigh && own.posts >= HIGH_VOLUME) return "High Volume, High Engagement";
  if (own && isHigh && own.posts < LOW_VOLUME) return "Low Volume, High Quality";
  return "Average";
}
