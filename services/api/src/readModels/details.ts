import type {
  AuthorDetail,
  AuthorListRow,
  AuthorPost,
  PostDetail,
  PostListRow,
  PostRank,
} from "@pulseboard/contract";
import { authorOf, peersOf, type ReadAuthorTable, shownAuthor } from "./authorList/authorTable.ts";
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
export function createPostDetail(standings: Standings): Question<{ post_id: number }, PostDetail | null> {
  return {
    name: "post_detail",
    windowStart: (stats) => minuteName(stats.windowMinute - FIRST_WINDOW_MINUTES + 1),
    planning: "once",
    ofCatalogue: (post) =>
      post && [post.content_length, post.has_media, post.tags, post.is_promoted, post.language],
    async read(client, opening, { post_id }) {
      const [standing, [row], [more]] = await Promise.all([
        standings.ofPost(client, opening, post_id),
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
  authorTable: ReadAuthorTable,
  standings: Standings,
): Question<{ author_id: number }, AuthorDetail | null> {
  return {
    name: "author_detail",
    windowStart: (stats) => daysBefore(stats.today, PERFORMANCE_DAYS),
    planning: "once",
    ofCatalogue: (author) => author?.joined_date,
    async read(client, opening, { author_id }) {
      const table = await authorTable(client, await opening);
      const row = authorOf(table, author_id);
      if (!row) return null;
      const [standing, [days]] = await Promise.all([
        standings.ofAuthor(client, opening, author_id, row.category),
        runDays(client, { author_ids: `{${author_id}}` }),
      ]);
      const post_ids = `{${standing.posts.map(({ post_id }) => post_id)}}`;
      const [words] = await runAuthor(client, { author_id, post_ids });
      if (!words || !days) return null;
      const peers = peersOf(table, row.category);
      const ranks = new Map(standing.posts.map(({ post_id, category_rank }) => [post_id, category_rank]));
      return {
        ...shownAuthor(row),
        last_30_days: days.last_30_days,
        ...words,
        category_p75: row.category_p75,
        category_rank: peers.indexOf(row) + 1 || null,
        category_authors: peers.length,
        posts: words.posts.map((post) => ({ ...post, category_rank: ranks.get(post.post_id)! })),
        category_posts: standing.category_posts,
        category_averages: peers.map((peer) => peer.avg_engagement_per_post).reverse(),
      };
    },
  };
}
