import type { PostListRow } from "@pulseboard/contract";
import { figure, full, rate } from "../../ui/format.ts";

/** A sentence with a title in it; the title is isolated where it is shown, for it may run the other way. */
export interface PostsLead {
  strong: string;
  before: string;
  title: { text: string; id: number } | null;
  after: string;
}

type First = Pick<PostListRow, "post_id" | "title" | "last_1h" | "last_24h" | "rising">;

/** What a post without a title is called. */
export const titleOf = (post: { title: string | null; post_id: number }): string =>
  post.title ?? `Post ${post.post_id}`;

/**
 * What is taking off among the posts, in a sentence.
 *
 * @param first the rising post with most engagements in the last hour; of none rising, the post with most in 24 h
 * @param scope 'in Tech ' or nothing
 * @param until set when the numbers are no longer current: the sentence then speaks of the hour before it
 */
export function postsLead(
  posts: { listed: number; rising: number },
  first: First | null,
  scope: string,
  until: string | null,
): PostsLead {
  const past = until !== null;
  const hour = past ? `in the hour before ${until}` : "in the last hour";
  const plain = { before: "", title: null, after: "" };
  if (posts.listed === 0) return { ...plain, strong: `No posts ${scope}yet.` };
  const all = `${figure(posts.listed)} ${posts.listed === 1 ? "post" : "posts"} ${scope}`;
  if (posts.rising === 0) {
    const strong = `None of ${all}${past ? "was" : "is"} taking off.`;
    if (first === null || first.last_24h === 0) return { ...plain, strong };
    return {
      strong,
      before: `Most engaged ${past ? `in the 24 hours before ${until}` : "in the last 24 hours"}: `,
      title: { text: titleOf(first), id: first.post_id },
      after: `, ${figure(first.last_24h)}.`,
    };
  }
  const verb = past ? "were" : "are";
  const one = past ? "was" : "is";
  const strong = `${full(posts.rising)} of ${all}${posts.rising === 1 ? one : verb} taking off,`;
  if (first === null) return { ...plain, strong: `${strong.slice(0, -1)}.` };
  const factor =
    first.rising === null
      ? ""
      : `, ${rate(first.rising)} times what its day ${past ? "suggested" : "suggests"}`;
  return {
    strong,
    before: posts.rising === 1 ? "" : "first of all ",
    title: { text: titleOf(first), id: first.post_id },
    after: `: ${full(first.last_1h)} ${hour}${factor}.`,
  };
}
