import { describe, expect, it, onTestFinished } from "vitest";
import { ENGAGEMENT_TYPES } from "../../packages/contract/src/event.ts";
import { createLogger } from "../../packages/runtime/src/log.ts";
import { createRegistry } from "../../packages/runtime/src/metrics.ts";
import { createPool, transaction } from "../../packages/runtime/src/postgres.ts";
import { audit } from "../../services/ingest/src/audit/audit.ts";
import { createFold } from "../../services/ingest/src/fold/index.ts";
import { DeltaCounter } from "../../services/ingest/src/write/deltas.ts";
import { createTestDatabase } from "../../test/support/database.ts";
import { makeHistory } from "../fold/history.ts";
import { fillCatalogue } from "../support/workload.ts";

const EVENTS = 20_000;
/** A tenth of the bench's. */
const CATALOGUE = { posts: 3_000, authors: 150 };
/** The counts of every rollup, whatever the catalogue's times are. */
const ROLLUPS = [
  "select post_id, views, likes, comments, shares, open_quarter, open_views, open_likes, open_comments, open_shares from post_stats order by 1",
  "select author_id, engagements from author_stats order by 1",
  "select category, engagements, top_author_id, top_author_engagements from category_stats order by 1",
  "select * from closed_quarters order by post_id, quarter",
  "select * from platform_quarters order by quarter",
  "select * from category_quarters order by category, quarter",
  "select * from closed_author_quarters order by author_id, category, quarter",
  "select * from closed_post_days order by post_id, day",
  "select * from closed_author_days order by author_id, day",
  "select author_id, category, posts, engagements from author_categories order by author_id, category",
  "select * from post_minutes",
  `select window_name, post_id from top_candidates join post_stats using (post_id)
   where window_name = 'all' order by views + likes + comments + shares desc, post_id limit 100`,
  "select views, likes, comments, shares from stats",
];

/** A database with a catalogue as the bench has, counted. */
async function openDatabase() {
  const { url } = await createTestDatabase();
  const pool = createPool({ databaseUrl: url, applicationName: "test", max: 1 });
  const fold = createFold({
    databaseUrl: url,
    topic: "engagements",
    refreshMs: 1_000,
    logger: createLogger("test", "silent"),
    registry: createRegistry("test"),
  });
  onTestFinished(async () => {
    await fold.stop();
    await pool.end();
  });
  const client = await pool.connect();
  await fillCatalogue(client, CATALOGUE);
  client.release();
  while (await fold.foldNow());
  return { url, pool, fold };
}

describe("the history below the fold bench", () => {
  it("is what folding its events gives, in every rollup, and the audit finds it exact", async () => {
    const made = await openDatabase();
    const folded = await openDatabase();
    // The last fold was some time ago.
    await made.pool.query("update stats set window_minute = window_minute - 20");
    await makeHistory(made.url, EVENTS, CATALOGUE.posts);
    expect(await audit(made.url)).toMatchObject({ exact: true });

    const { rows } = await made.pool.query<{ post: number; minute: number; type: string }>(
      `select post_id as post, floor(extract(epoch from engaged_timestamp) / 900)::integer * 15 as minute, type
       from engagements order by engaged_timestamp`,
    );
    expect(rows).toHaveLength(EVENTS);
    // As after a live event: the open quarter hour is the present one, and the history lies behind it.
    await folded.pool.query("update stats set open_quarter = window_minute / 15");
    const deltas = new DeltaCounter();
    for (const { post, minute, type } of rows)
      deltas.add(post, minute, ENGAGEMENT_TYPES.indexOf(type as (typeof ENGAGEMENT_TYPES)[number]));
    await transaction(folded.pool, (client) => deltas.write(client));
    expect(await folded.fold.foldNow()).toMatchObject({ engagements: EVENTS });

    for (const rollup of ROLLUPS) {
      const [bySql, byFold] = await Promise.all([made.pool.query(rollup), folded.pool.query(rollup)]);
      expect(bySql.rows, rollup).toEqual(byFold.rows);
    }
  });
});
