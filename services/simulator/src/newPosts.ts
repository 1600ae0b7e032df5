import { delay, isTransientDatabaseError } from "@pulseboard/runtime";
import type pg from "pg";
import type { PlannedPost } from "./model/publications.ts";
import type { Plan } from "./scenario/plan.ts";
import { createHeadlines } from "./seed/headlines.ts";
import { CATEGORIES, type Category } from "./seed/plan.ts";
import { SITE } from "./seed/rows.ts";

/** A post is in the catalogue this long before its first engagement. */
const AHEAD_MS = 10_000;
const LOOK_MS = 1_000;

/** Another run may have published under the same id: then that post stands. */
const INSERT = `
insert into posts (post_id, author_id, category, publish_timestamp, title, content_length, has_media, url)
values ($1, $2, $3, $4, $5, 900, true, $6) on conflict (post_id) do nothing`;

const isCategory = (name: string): name is Category => (CATEGORIES as readonly string[]).includes(name);

export type InsertPost = (post: PlannedPost, startedAt: number) => Promise<void>;

/** Writes planned posts into the catalogue. */
export function createInsertPost(pool: pg.Pool, seed: number): InsertPost {
  const headline = createHeadlines(seed, new Date().getUTCFullYear());
  return async ({ postId, authorId, category, intendedMs }, startedAt) => {
    const title = isCategory(category) ? headline(category) : `What Is New in ${category}`;
    const at = new Date(startedAt + intendedMs);
    await pool.query(INSERT, [postId, authorId, category, at, title, `${SITE}/posts/${postId}`]);
  };
}

/**
 * Publishes a plan's posts while it runs, each shortly before its time, until stopped or the last. A database that is
 * away costs the posts of that time their engagements.
 */
export async function publishNewPosts(options: {
  plan: Plan;
  insert: InsertPost;
  startedAt: number;
  /** ms since the start of the run */
  elapsed: () => number;
  signal: AbortSignal;
  onError: (error: unknown) => void;
}): Promise<void> {
  const { plan, insert, startedAt, elapsed, signal, onError } = options;
  for (let post = plan.nextPost(); post && !signal.aborted; post = plan.nextPost()) {
    while (!signal.aborted && elapsed() < post.intendedMs - AHEAD_MS) await delay(LOOK_MS, signal);
    if (signal.aborted) return;
    try {
      await insert(post, startedAt);
      plan.published(post);
    } catch (error) {
      onError(error);
      if (!isTransientDatabaseError(error)) return;
    }
  }
}
