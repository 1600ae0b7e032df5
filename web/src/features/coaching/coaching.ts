import { type AuthorListRow, isolated, type Segment } from "@pulseboard/contract";
import { full } from "../../ui/format.ts";
import { days90, tenseOf } from "../author/sentence.ts";

/** Whom coaching is for: who writes often and is read less than the peers. */
export const COACHED: Segment = "High Volume, Low Engagement";

export type Author = Pick<
  AuthorListRow,
  | "author_id"
  | "name"
  | "category"
  | "total_posts"
  | "avg_engagement_per_post"
  | "category_median"
  | "opportunity_score"
>;

export interface Coaching extends Author {
  /** Why the author is here, in a sentence that 'Reaching it would add' goes on from. */
  reason: string;
  /** The average and the median on one scale for all rows, 0 to 1. */
  own: number;
  median: number;
}

/** An average as text: the whole number, and one decimal where that is most of it. */
const average = (value: number): string => full(value < 10 ? Math.round(10 * value) / 10 : Math.round(value));

/** @param until up to when the numbers are, once they are no longer current */
export function coachingOf(all: readonly Author[], until: string | null): Coaching[] {
  const { writes, get, is } = tenseOf(until);
  const authors = all.filter((author) => author.opportunity_score > 0);
  const top = 1.02 * Math.max(...authors.map((author) => author.category_median), 1);
  return authors.map((author) => ({
    ...author,
    reason:
      `${writes} often (${full(author.total_posts)} posts ${days90(until)}) and ${get} ${average(author.avg_engagement_per_post)} ` +
      `engagements a post; ${isolated(author.category)} authors’ median ${is} ${average(author.category_median)}.`,
    own: author.avg_engagement_per_post / top,
    median: author.category_median / top,
  }));
}
