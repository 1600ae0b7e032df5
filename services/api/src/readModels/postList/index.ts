import type { PostList, PostListQuery, PostListRow } from "@pulseboard/contract";
import type { Basis, Question } from "../reader.ts";
import { sqlFile } from "../sqlFile.ts";
import { minuteName } from "../stats.ts";
import type { PostLists } from "./lists.ts";

const runRows = sqlFile<PostListRow>("listed_posts");
const DAY_MINUTES = 1_440;

/** GET /posts: the columns in memory choose and order the posts; the snapshot gives the rows that are shown. */
export function createPostList(lists: PostLists): Question<PostListQuery, PostList> {
  const bases = new WeakMap<PostList, Basis>();
  return {
    name: "post_list",
    // Of the last 24 hours: as the minute moves, so do they.
    windowStart: (stats) => minuteName(stats.windowMinute - DAY_MINUTES + 1),
    planning: "once",
    basis: (list) => bases.get(list),
    async read(client, stats, query) {
      const { total, ids, next, basis } = await lists.page(client, stats, query);
      const posts = ids.length === 0 ? [] : await runRows(client, { post_ids: `{${ids}}` });
      const list = { total, posts, next_cursor: next };
      if (basis) bases.set(list, basis);
      return list;
    },
  };
}
