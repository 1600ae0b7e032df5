import type pg from "pg";
import { ENGAGEMENT_TYPES } from "../../packages/contract/src/event.ts";
import { createPool, transaction } from "../../packages/runtime/src/postgres.ts";
import type { FoldResult } from "../../services/ingest/src/fold/index.ts";
import { DeltaCounter } from "../../services/ingest/src/write/deltas.ts";
import { type AuditVerdict, audit } from "../support/audit.ts";
import type { Database } from "../support/database.ts";
import { Progress } from "../support/progress.ts";
import { median } from "../support/report.ts";
import { engagements } from "../support/workload.ts";
import { makeHistory } from "./history.ts";
import { measureRefresh, type RefreshCost } from "./refresh.ts";

const NEW_EVENTS = 10_000;
const FOLDS = 9;

export interface FoldCost {
  history: number;
  /** Rows of post_quarters. */
  quarters: number;
  milliseconds: number;
  all: number[];
  /** Of the fold before: the windows catch up, and nothing is in any cache. */
  firstMilliseconds: number;
  posts: number;
  microsPerPost: number;
  /** Pages of 8 kB that a fold touched: found in shared buffers, and asked of the system. */
  pagesHit: number;
  pagesRead: number;
  refresh: RefreshCost;
  /** Of the history before the folds; of the smallest one only. */
  audit?: AuditVerdict;
}

/**
 * A fold of new events of the current minute with `history` events below it: what it costs must not depend on the
 * history. The deltas are ingest's and the fold is the real one; raw rows of the new events are left out, since no
 * fold reads them. Beside it the refresh of a materialized view over the raw history.
 */
export async function measureFoldCost(
  database: Database,
  history: number,
  withAudit: boolean,
): Promise<FoldCost> {
  const name = await database.create();
  const databaseUrl = database.server.url(name);
  const pool = createPool({ databaseUrl, applicationName: "bench", max: 1 });
  try {
    await makeHistory(databaseUrl, history);
    const verdict = withAudit ? await audit(databaseUrl) : undefined;
    const [first] = await foldLive(database, name, pool, 1);
    await database.checkpoint();
    const before = await pagesOf(pool);
    const results = await foldLive(database, name, pool, FOLDS);
    const after = await pagesOf(pool);
    const { rows } = await pool.query<{ n: number }>("select count(*)::integer as n from post_quarters");
    const refresh = await measureRefresh(pool, history);
    return {
      history,
      quarters: rows[0]!.n,
      milliseconds: median(results.map((result) => result.durationMs)),
      all: results.map((result) => result.durationMs),
      firstMilliseconds: first!.durationMs,
      posts: median(results.map((result) => result.posts)),
      microsPerPost: median(results.map((result) => (result.durationMs * 1000) / result.posts)),
      pagesHit: (after.hit - before.hit) / FOLDS,
      pagesRead: (after.read - before.read) / FOLDS,
      refresh,
      ...(verdict && { audit: verdict }),
    };
  } finally {
    await pool.end();
    await database.drop(name);
  }
}

/** By one connection of the fold's own, which ends. */
async function foldLive(
  database: Database,
  name: string,
  pool: pg.Pool,
  times: number,
): Promise<FoldResult[]> {
  const fold = database.fold(name);
  const progress = new Progress(`folding ${NEW_EVENTS} events, ${times} times`, times);
  const results: FoldResult[] = [];
  try {
    for (let index = 0; index < times; index++) {
      const now = Date.now();
      await writeDeltas(pool, 7 + index, now);
      const result = await fold.foldNow();
      if (result?.engagements !== NEW_EVENTS)
        throw new Error(`a fold counted ${result?.engagements} of ${NEW_EVENTS} events`);
      results.push(result);
      progress.at(index + 1);
    }
    return results;
  } finally {
    progress.end();
    await fold.stop();
  }
}

/** Deltas as ingest writes them, all of the current minute. */
async function writeDeltas(pool: pg.Pool, seed: number, now: number): Promise<void> {
  const deltas = new DeltaCounter();
  const workload = { count: NEW_EVENTS, times: "live", ids: "v7", duplicates: 0, seed, now } as const;
  for (const { event } of engagements(workload))
    deltas.add(event.postId, Math.floor(now / 60_000), ENGAGEMENT_TYPES.indexOf(event.type));
  await transaction(pool, (client) => deltas.write(client));
}

/** What the connections of this database have read so far, the one that asks included; those of a fold when they end. */
async function pagesOf(pool: pg.Pool): Promise<{ hit: number; read: number }> {
  for (;;) {
    const { rows } = await pool.query<{ n: number }>(
      `select count(*)::integer as n from pg_stat_activity
       where datname = current_database() and application_name = 'pulseboard-fold'`,
    );
    if (rows[0]!.n === 0) break;
  }
  await pool.query("select pg_stat_force_next_flush()");
  const { rows } = await pool.query<{ hit: number; read: number }>(
    `select blks_hit::float8 as hit, blks_read::float8 as read from pg_stat_database where datname = current_database()`,
  );
  return rows[0]!;
}
