import type {
  AuthorDetail,
  AuthorListRow,
  AuthorPost,
  PostDetail,
  PostListRow,
  PostRank,
} from "@pulseboard/contract";
import { type AuthorTables, shownAuthor } from "./authorList/authorTable.ts";
import type { PostIndex } from "./postList/postIndex.ts";
import type { Standings } from "./postList/standings.ts";
import type { Question } from "./reader.ts";
import { sqlFile } from "./sqlFile.ts";
import { daysBefore, minuteName } from "./stats.ts";

const PERFORMANCE_DAYS = 90;
const FIRST_WINDOW_MINUTES = 5;

type PostWords = Omit<PostDetail, keyof PostListRow | "ranks"> & {
  post_id: number;
  previous_ranks: Partial<Record<PostRank["window"], number>>;
};
type AuthorWords = Pick<AuthorDetail, "author_id" | "joined_date" | "last_1h"> & {
  posts: Omit<AuthorPost, "category_rank">[];
};

const runPostRow = sqlFile<PostListRow>("listed_posts");
const runPost = sqlFile<PostWords>("post_detail");
const runDays = sqlFile<Pick<AuthorListRow, "author_id" | "last_30_days">>("author_days");
const runAuthor = sqlFile<AuthorWords>("author_detail");

/** GET /posts/{post_id}; null for a post that no fold has seen. Ranks come from the columns in memory. */
export function createPostDetail(
  posts: PostIndex,
  standings: Standings,
): Question<{ post_id: number }, PostDetail | null> {
  return {
    name: "post_detail",
    windowStart: (stats) => minuteName(stats.windowMinute - FIRST_WINDOW_MINUTES + 1),
    planning: "once",
    ofCatalogue: (post) =>
      post && [post.content_length, post.has_media, post.tags, post.is_promoted, post.language],
    async read(client, opening, { post_id }) {
      const [standing, [row], [more]] = await Promise.all([
        posts.asOf(client, opening).then((asOf) => standings.ofPost(asOf, post_id)),
        runPostRow(client, { post_ids: `{${post_id}}` }),
        runPost(client, { post_id }),
      ]);
      if (!standing || !row || !more) return null;
      const { previous_ranks, ...words } = more;
      const ranks = standing.map((rank) => ({
        ...rank,
        previous_rank:
          rank.scope === "all" && rank.rank !== null ? (previous_ranks[rank.window] ?? null) : null,
      }));
      return { ...row, ...words, ranks };
    },
  };
}

/** GET /authors/{author_id}; null for an author that no fold has seen. Peers come from what lists keep in memory. */
export function createAuthorDetail(
  posts: PostIndex,
  tables: AuthorTables,
  standings: Standings,
): Question<{ author_id: number }, AuthorDetail | null> {
  return {
    name: "author_detail",
    windowStart: (stats) => daysBefore(stats.today, PERFORMANCE_DAYS),
    planning: "once",
    ofCatalogue: (author) => author?.joined_date,
    async read(client, opening, { author_id }) {
      const asOf = await posts.asOf(client, opening);
      const table = tables(asOf);
      const place = table.catalogue.placeOf(author_id);
      const row = table.catalogue.rows[place];
      if (!row) return null;
      const how = table.performanceOf(place);
      const { averages } = table.peersIn(row.category);
      const rank = table.rankOf(place);
      const standing = standings.ofAuthor(asOf, author_id, row.category);
      // What is in memory goes on from here.
      const [[words], [days]] = await Promise.all([
        runAuthor(client, { author_id, post_ids: `{${standing.posts.map(({ post_id }) => post_id)}}` }),
        runDays(client, { author_ids: `{${author_id}}` }),
      ]);
      if (!words || !days) return null;
      const ranks = new Map(standing.posts.map(({ post_id, category_rank }) => [post_id, category_rank]));
      return {
        ...shownAuthor(row, how),
        last_30_days: days.last_30_days,
        ...words,
        category_p75: how.category_p75,
        category_rank: rank,
        category_authors: averages.length,
        posts: words.posts.map((post) => ({ ...post, category_rank: ranks.get(post.post_id)! })),
        category_posts: standing.category_posts,
        category_averages: Array.from(averages, (average) => average / 100),
      };
    },
  };
}
