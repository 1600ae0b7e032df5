import { type AuthorDetail, isolated } from "@pulseboard/contract";
import { figure, full, rate } from "../../ui/format.ts";

/** A median of fewer authors says little about any of them. */
export const ENOUGH_AUTHORS = 4;
/** The contract's bounds of a segment. */
const OFTEN = 10;
const SELDOM = 5;

type Author = Pick<
  AuthorDetail,
  | "category"
  | "total_posts"
  | "avg_engagement_per_post"
  | "category_median"
  | "category_p75"
  | "category_authors"
  | "performance_segment"
  | "opportunity_score"
>;

export interface Sentence {
  strong: string;
  rest: string;
}

const PRESENT = {
  writes: "Writes",
  is: "is",
  are: "are",
  have: "have",
  get: "gets",
  wouldAdd: "would add",
};
/** Of numbers that are no longer current. */
const PAST: typeof PRESENT = {
  writes: "Wrote",
  is: "was",
  are: "were",
  have: "had",
  get: "got",
  wouldAdd: "would have added",
};
/** Words of now, or of then. */
export const tenseOf = (until: string | null) => (until === null ? PRESENT : PAST);
/** Of which days numbers of 90 days are. */
export const days90 = (until: string | null) =>
  until === null ? "in 90 days" : `in the 90 days up to ${until}`;

/** An average: one decimal where it counts, none above 100. */
export const average = (value: number): string => (Number.isInteger(value) ? figure(value) : rate(value));

/**
 * The segment and its reason.
 *
 * @param until up to when the numbers are, once they are no longer current
 */
export function segmentSentence(author: Author, until: string | null): Sentence {
  const { category_authors: authors } = author;
  const category = isolated(author.category);
  const { is, are, have } = tenseOf(until);
  if (author.total_posts === 0) {
    return {
      strong: `No posts ${days90(until)}.`,
      rest: "An average and a segment need one; the engagements of older posts are counted in all totals.",
    };
  }
  const own = `${posts(author.total_posts)} ${days90(until)} with ${average(author.avg_engagement_per_post)} engagements ${author.total_posts === 1 ? "in all" : "each"}`;
  if (authors < ENOUGH_AUTHORS) {
    return {
      strong: `${pace(author, until)}, ${authors === 1 ? `the only author in ${category}` : `one of ${authors} authors in ${category}`}.`,
      rest: `${own}; ${authors} ${authors === 1 ? `author ${is}` : `authors ${are}`} too few to compare.`,
    };
  }
  const half = `half of the ${full(authors)} ${category} authors ${have} ${average(author.category_median)} or more`;
  const quarter = `a quarter of the ${full(authors)} ${category} authors ${have} ${average(author.category_p75)} or more`;
  const above = author.avg_engagement_per_post >= author.category_p75;
  const below = author.avg_engagement_per_post < author.category_median;
  const read = above
    ? `${is} read more than most in ${category}`
    : below
      ? `${is} read less than others in ${category}`
      : `${is} read as much as others in ${category}`;
  return { strong: `${pace(author, until)}, ${read}.`, rest: `${own}; ${above ? quarter : half}.` };
}

const posts = (count: number): string => `${full(count)} ${count === 1 ? "post" : "posts"}`;

function pace({ total_posts: posts }: Pick<Author, "total_posts">, until: string | null): string {
  const how = posts >= OFTEN ? "often" : posts < SELDOM ? "seldom" : "now and then";
  return `${tenseOf(until).writes} ${how}`;
}

/**
 * The reason for coaching, or why there is none.
 *
 * @param own of the author's posts: how many there are, and how many above the median post of the others
 * @param until up to when the numbers are, once they are no longer current
 */
export function coachingSentence(
  author: Author,
  own: { posts: number; above: number } | null,
  until: string | null,
): Sentence {
  const { total_posts: count, category_authors: authors } = author;
  const category = isolated(author.category);
  const { writes, is, are, get, wouldAdd } = tenseOf(until);
  if (count === 0) return { strong: "Nothing to say yet.", rest: "There is no post of the last 90 days." };
  if (authors < ENOUGH_AUTHORS) {
    return {
      strong: `Of ${authors} ${authors === 1 ? "author" : "authors"} a median means little.`,
      rest: `${category} has too few authors with a post in 90 days to say what would be usual.`,
    };
  }
  const compared = `${average(author.avg_engagement_per_post)} engagements a post, and the median of ${category} authors ${is} ${average(author.category_median)}.`;
  const posts =
    own === null
      ? ""
      : ` ${full(own.above)} of ${full(own.posts)} posts ${are} above the median ${category} post.`;
  if (author.opportunity_score > 0) {
    return {
      strong: `Reaching the median ${wouldAdd} ${figure(author.opportunity_score)}.`,
      rest: `${writes} often (${full(count)} posts ${days90(until)}) and ${get} ${compared}${posts}`,
    };
  }
  const below = author.avg_engagement_per_post < author.category_median;
  const above = author.avg_engagement_per_post >= author.category_p75;
  return {
    strong: above
      ? "One to learn from."
      : below
        ? `Below the median, with fewer than ${OFTEN} posts.`
        : "At the median or above.",
    rest: `${get[0]?.toUpperCase()}${get.slice(1)} ${compared}${posts}`,
  };
}

export interface Goal {
  label: string;
  perPost: number;
  /** Over the posts of the 90 days. */
  adds: number;
  median: boolean;
}

/** What another average would add; only what lies above the present one. */
export function goalsOf(author: Author): Goal[] {
  if (author.total_posts === 0 || author.category_authors < ENOUGH_AUTHORS) return [];
  const { avg_engagement_per_post: own, category_median: median, category_p75: p75 } = author;
  return [
    { label: "half the way", perPost: (own + median) / 2, median: false },
    { label: `the median of ${isolated(author.category)}`, perPost: median, median: true },
    { label: "the upper quarter", perPost: p75, median: false },
  ]
    .filter(({ perPost }) => perPost > own)
    .map(({ label, perPost, median: isMedian }) => ({
      label,
      perPost,
      median: isMedian,
      adds: Math.round((perPost - own) * author.total_posts),
    }));
}
