import {
  type AuthorDetail,
  type AuthorList,
  type AuthorListQuery,
  authorDetail as authorDetailAnswer,
  authorIdParam,
  authorList,
  authorListQuery,
  authorListRow,
  authorPost,
  type PostDetail,
  type PostList,
  type PostListQuery,
  postDetail as postDetailAnswer,
  postIdParam,
  postList,
  postListQuery,
  postListRow,
} from "@pulseboard/contract";
import type { Question } from "../../readModels/reader.ts";
import type { AnalyticsEndpoints } from "../analytics.ts";
import type { CsvTable } from "../csv.ts";
import type { Endpoint } from "../endpoint.ts";

/** The rows of a list as CSV. Each number of an array has its own column, `name_1` first. */
function table(row: typeof postListRow | typeof authorListRow, spread: string, length: number) {
  const numbered = Array.from({ length }, (_, index) => `${spread}_${index + 1}`);
  const columns = Object.keys(row.shape).flatMap((name) => (name === spread ? numbered : [name]));
  return (rows: readonly Record<string, unknown>[]): CsvTable => ({
    columns,
    rows: rows.map((one) => ({
      ...one,
      ...Object.fromEntries((one[spread] as number[]).map((value, index) => [numbered[index], value])),
    })),
  });
}

const postTable = table(postListRow, "last_24h_by_hour", 24);
const authorTable = table(authorListRow, "last_30_days", 31);

/** They keep what they sort in memory. */
export interface ListQuestions {
  posts: Question<PostListQuery, PostList>;
  post: Question<{ post_id: number }, PostDetail | null>;
  authors: Question<AuthorListQuery, AuthorList>;
  author: Question<{ author_id: number }, AuthorDetail | null>;
}

/** The catalogue as lists: searched, filtered, in any order. */
export const listRoutes = (
  answer: AnalyticsEndpoints,
  { posts, post, authors, author }: ListQuestions,
): Endpoint[] => [
  answer({
    path: "/posts",
    summary: "Posts, searched and filtered, in any order",
    description:
      "Ties go to the lower id. An order by counts may be up to 10 s behind the version; X-Stats-As-Of says so. CSV has the page's rows, the hours in columns of their own.",
    query: postListQuery,
    question: posts,
    answer: postList,
    csv: (list) => postTable(list.posts),
  }),
  answer({
    path: "/authors",
    summary: "Authors, with how each does among those of the same category",
    description:
      "Authors without a post in the last 90 days have zeros. Ties go to the lower id. CSV has the page's rows, with one column for each day.",
    query: authorListQuery,
    question: authors,
    answer: authorList,
    csv: (list) => authorTable(list.authors),
  }),
  answer({
    path: "/posts/{post_id}",
    summary: "A post: figures, ranks, its first 72 hours and its last",
    description: "CSV has the last 72 hours, a row each. A withdrawn post keeps its page.",
    params: postIdParam,
    question: post,
    answer: postDetailAnswer,
    csv: ({ post_id, hours }) => ({
      columns: ["post_id", "from", "engagements"],
      rows: hours.map((hour) => ({ post_id, ...hour })),
    }),
    unknown: { parameter: "post_id", thing: "post" },
  }),
  answer({
    path: "/authors/{author_id}",
    summary: "An author among the peers of the category, and the posts that make it so",
    description: "CSV has the author's posts, a row each.",
    params: authorIdParam,
    question: author,
    answer: authorDetailAnswer,
    csv: ({ author_id, posts }) => ({
      columns: ["author_id", ...Object.keys(authorPost.shape)],
      rows: posts.map((post) => ({ author_id, ...post })),
    }),
    unknown: { parameter: "author_id", thing: "author" },
  }),
];
