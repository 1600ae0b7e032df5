import { createLogger, createPool, createRegistry } from "@pulseboard/runtime";
import type pg from "pg";
import { createTestDatabase } from "../../../test/support/database.ts";
import { recordBatches } from "../../../test/support/recordBatches.ts";
import { onTeardown } from "../../../test/support/teardown.ts";
import { decodeBatches } from "../src/decode/decodeBatches.ts";
import type { Segment } from "../src/decode/segment.ts";
import { IngestMetrics } from "../src/metrics.ts";
import { DeltaCounter } from "../src/write/deltas.ts";
import { Months, monthOf } from "../src/write/months.ts";
import { Offsets } from "../src/write/offsets.ts";
import { KnownPosts } from "../src/write/posts.ts";
import { SegmentQueue } from "../src/write/queue.ts";
import { Store } from "../src/write/store.ts";
import { Writer } from "../src/write/writer.ts";

/** A database of its own, which ends with the test. */
export async function createWriteDatabase(): Promise<{ url: string; pool: pg.Pool }> {
  const { url } = await createTestDatabase();
  const pool = createPool({ databaseUrl: url, applicationName: "write-test", max: 4 });
  onTeardown(() => pool.end());
  return { url, pool };
}

export const POST = 1;
export const AT = Date.UTC(2026, 0, 15);
export const MONTH = monthOf(AT);

/** A segment of views, each of the post named for it, with ids made of the offsets. */
export const views = (
  partition: number,
  start: number,
  posts: number[],
  firstId = start,
  at = AT,
  user?: number,
): Segment => ({
  partition,
  log: 1,
  start,
  end: start + posts.length,
  records: decodeBatches(
    recordBatches(
      posts.map((post, index) => ({
        value: `{"event_id":"00000000-0000-4000-8000-${String(firstId + index).padStart(12, "0")}","type":"view","post_id":${post},"engaged_timestamp":"${new Date(at).toISOString()}"${user === undefined ? "" : `,"user_id":${user}`}}`,
        timestamp: 0,
        offset: start + index,
      })),
    ),
    start,
    { topic: "t", partition, now: at },
  ),
  watermark: undefined,
});

/** Everything that writes, over a database with posts 1 to 20 and partitions 0 to 2. */
export async function createWriting() {
  const { url, pool } = await createWriteDatabase();
  await pool.query("insert into authors (author_id, name, author_category) values (1, 'A', 'tech')");
  await pool.query(
    "insert into posts (post_id, author_id, category, publish_timestamp) select id, 1, 'news', now() from generate_series(1, 20) id",
  );
  const offsets = new Offsets(pool, "t");
  for (const partition of [0, 1, 2]) await offsets.open(partition, 0);
  const months = new Months(pool);
  await months.ensure([MONTH]);
  const store = new Store({
    pool,
    topic: "t",
    offsets,
    createDeltas: () => new DeltaCounter(),
    minutesFrom: () => 0,
  });
  const end = new AbortController();
  const queue = new SegmentQueue({ records: 1_000, bytes: 1 << 20 }, end.signal);
  const logger = createLogger("write-test", "silent");
  const writer = new Writer({
    queue,
    store,
    offsets,
    months,
    posts: new KnownPosts(pool),
    logger,
    metrics: new IngestMetrics(createRegistry("write-test"), () => queue.depth),
    onDeltas: () => {},
    onIdle: () => {},
    onCommitted: () => {},
    onYield: () => {},
  });
  end.abort();
  return {
    url,
    pool,
    months,
    store,
    /** Writes one group. */
    async write(...group: Segment[]): Promise<void> {
      for (const each of group) queue.push(each);
      await writer.run(end.signal, end.signal);
    },
    /** [partition, next, stored, rejected, duplicates, skipped] */
    async accounting(): Promise<number[][]> {
      const { rows } = await pool.query({
        text: `select partition, next_offset::integer, stored::integer, rejected::integer, duplicates::integer, skipped::integer
               from ingest_offsets order by partition`,
        rowMode: "array",
      });
      return rows;
    },
  };
}
