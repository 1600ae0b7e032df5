import type { AuthorDetail, AuthorListRow, PostDetail, PostListRow } from "@pulseboard/contract";
import type { Question } from "./reader.ts";
import { sqlFile } from "./sqlFile.ts";
import { daysBefore, minuteName } from "./stats.ts";

const PERFORMANCE_DAYS = 90;
const FIRST_WINDOW_MINUTES = 5;

const runPostRow = sqlFile<PostListRow>("listed_posts");
const runPost = sqlFile<Omit<PostDetail, keyof PostListRow> & { post_id: number }>("post_detail");
const runAuthorRow = sqlFile<AuthorListRow & { folded: string }>("author_list");
const runDays = sqlFile<Pick<AuthorListRow, "author_id" | "last_30_days">>("author_days");
const runAuthor = sqlFile<Omit<AuthorDetail, keyof AuthorListRow> & { author_id: number }>("author_detail");

/** GET /posts/{post_id}; null for a post that no fold has seen. */
export const postDetail: Question<{ post_id: number }, PostDetail | null> = {
  name: "post_detail",
  windowStart: (stats) => minuteName(stats.windowMinute - FIRST_WINDOW_MINUTES + 1),
  ofCatalogue: (post) =>
    post && [post.content_length, post.has_media, post.tags, post.is_promoted, post.language],
  async read(client, _stats, { post_id }) {
    const [[row], [more]] = await Promise.all([
      runPostRow(client, { post_ids: `{${post_id}}` }),
      runPost(client, { post_id }),
    ]);
    return row && more ? { ...row, ...more } : null;
  },
};

/** GET /authors/{author_id}; null for an author that no fold has seen. */
export const authorDetail: Question<{ author_id: number }, AuthorDetail | null> = {
  name: "author_detail",
  windowStart: (stats) => daysBefore(stats.today, PERFORMANCE_DAYS),
  ofCatalogue: (author) => author?.joined_date,
  async read(client, _stats, { author_id }) {
    const [rows, [days], [more]] = await Promise.all([
      runAuthorRow(client, {}),
      runDays(client, { author_ids: `{${author_id}}` }),
      runAuthor(client, { author_id }),
    ]);
    const found = rows.find((row) => row.author_id === author_id);
    if (!found || !more || !days) return null;
    const { folded: _, ...row } = found;
    return { ...row, last_30_days: days.last_30_days, ...more };
  },
};
