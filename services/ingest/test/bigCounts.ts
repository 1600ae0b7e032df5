import type pg from "pg";
import { audit } from "../src/audit/audit.ts";

/** Beyond 2^31, and odd, so that no float4 or rounding gives it back; twelve of it are below 2^53. */
export const BIG = 2 ** 49 + 1;

export interface Count {
  post: number;
  /** Since the epoch. */
  minute: number;
  views: number;
  likes: number;
}

/** Unfolded counts, each in a batch of its own, as of so many stored engagements. */
export async function addCounts(client: Pick<pg.Pool, "query">, counts: readonly Count[]): Promise<void> {
  await client.query(
    `insert into delta_batches (post_ids, minutes, views, likes, comments, shares)
     select array[post], array[minute], array[views], array[likes], array[0], array[0]
     from unnest($1::integer[], $2::integer[], $3::bigint[], $4::bigint[]) as c (post, minute, views, likes)`,
    (["post", "minute", "views", "likes"] as const).map((name) => counts.map((count) => count[name])),
  );
}

/**
 * What the audit finds wrong where `counts` have been folded. Nobody can store 2^49 rows: but what the audit holds the
 * rollups against are the stored rows less what is unfolded, so unfolded counts below zero stand for stored rows.
 */
export async function auditWith(
  { pool, url }: { pool: pg.Pool; url: string },
  counts: readonly Count[],
): Promise<string[]> {
  const negative = counts.map((count) => ({ ...count, views: -count.views, likes: -count.likes }));
  await addCounts(pool, negative);
  try {
    const { checks } = await audit(url);
    return checks
      .filter(({ differences }) => differences > 0)
      .map(({ check, examples }) => `${check}: ${examples.join(" | ")}`);
  } finally {
    await pool.query("delete from delta_batches");
  }
}
