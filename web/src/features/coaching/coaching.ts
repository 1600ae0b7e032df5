import type { OpportunityAuthor } from "@pulseboard/contract";
import { full } from "../../ui/format.ts";

export interface Coaching extends OpportunityAuthor {
  /** Why the author is here, in a sentence that 'Reaching it would add' goes on from. */
  reason: string;
  /** The average and the median on one scale for all rows, 0 to 1. */
  own: number;
  median: number;
}

/** An average as text: the whole number, and one decimal where that is most of it. */
const average = (value: number): string => full(value < 10 ? Math.round(10 * value) / 10 : Math.round(value));

export function coachingOf(authors: readonly OpportunityAuthor[]): Coaching[] {
  const top = 1.02 * Math.max(...authors.map((author) => author.category_median), 1);
  return authors.map((author) => ({
    ...author,
    reason:
      `Writes often (${full(author.total_posts)} posts in 90 days) and gets ${average(author.avg_engagement_per_post)} ` +
      `engagements a post; the median of ${author.category} authors is ${average(author.category_median)}.`,
    own: author.avg_engagement_per_post / top,
    median: author.category_median / top,
  }));
}
