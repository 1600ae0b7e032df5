import { isolated, type PostDetail } from "@pulseboard/contract";
import { age } from "../../ui/dates.ts";
import { figure, full, rate } from "../../ui/format.ts";
import { standingOf } from "./standing.ts";

type Post = Pick<
  PostDetail,
  | "total_engagements"
  | "last_1h"
  | "last_24h"
  | "rising"
  | "withdrawn"
  | "ranks"
  | "publish_timestamp"
  | "category"
>;

/**
 * How a post does, in a sentence.
 *
 * @param now ms since the epoch
 * @param until set when the numbers are no longer current
 */
export function postLead(post: Post, now: number, until: string | null): { strong: string; rest: string } {
  const past = until !== null;
  const count = `${figure(post.total_engagements)} ${post.total_engagements === 1 ? "engagement" : "engagements"}`;
  if (post.withdrawn) {
    return {
      strong: "Withdrawn.",
      rest: `It has left lists and ranks; its ${count} stay counted in every total.`,
    };
  }
  const ago = now - Date.parse(post.publish_timestamp);
  const since = ago < 0 ? "before its publication" : `since its publication ${age(ago)} ago`;
  if (post.total_engagements === 0) return { strong: "Not engaged with yet.", rest: `None ${since}.` };
  const hour = past ? `in the hour before ${until}` : "in the last hour";
  const all = `${count} ${since}`;
  if (post.rising !== null) {
    return {
      strong: past ? "Was taking off." : "Taking off.",
      rest: `${full(post.last_1h)} ${hour}, ${rate(post.rising)} times what its day ${past ? "suggested" : "suggests"}; ${all}.`,
    };
  }
  const strong = placeInWords(post, until);
  const share = post.last_1h === 0 ? `none of them ${hour}` : `${figure(post.last_1h)} of them ${hour}`;
  return { strong, rest: `${all}, ${share}.` };
}

/** The narrowest window in which it is among the first hundred, of all posts or of its category. */
function placeInWords(post: Post, until: string | null): string {
  const inLast = (span: string) =>
    until === null ? `in the last ${span}` : `in the ${span} before ${until}`;
  const spans = { "1h": inLast("hour"), "24h": inLast("24 hours"), all: "of all time" };
  for (const { window, all, category } of standingOf(post.ranks)) {
    if (window === "5m") continue;
    if (all && all.rank <= 100) return `Number ${full(all.rank)} of all posts ${spans[window]}.`;
    if (category && category.rank <= 100)
      return `Number ${full(category.rank)} in ${isolated(post.category)} ${spans[window]}.`;
  }
  return post.last_24h === 0 ? "Quiet for a day." : `${full(post.last_24h)} ${inLast("24 hours")}.`;
}
