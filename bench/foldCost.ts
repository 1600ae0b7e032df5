import type pg from "pg";
import { ENGAGEMENT_TYPES } from "../packages/contract/src/event.ts";
import { createPool, transaction } from "../packages/runtime/src/postgres.ts";
import type { FoldResult } from "../services/ingest/src/fold/index.ts";
import { DeltaCounter } from "../services/ingest/src/write/deltas.ts";
import type { Database } from "./environment.ts";
import { Progress } from "./progress.ts";
import { median } from "./report.ts";
import { type Engagement, engagements } from "./workload.ts";

const NEW_EVENTS = 10_000;
const FOLDS = 5;
const HISTORY_CHUNK = 250_000;
const HISTORIES = [100_000, 2_000_000];

export interface FoldCost {
  history: number;
  quarters: number;
  milliseconds: number;
  posts: number;
  microsPerPost: number;
}

const minutesOf = (event: Engagement) => Math.floor(event.engagedAt / 60_000);

/** Deltas as ingest writes them, in one transaction. */
async function writeDeltas(
  pool: pg.Pool,
  events: Iterable<Engagement>,
  minute: (event: Engagement) => number,
): Promise<void> {
  const deltas = new DeltaCounter();
  for (const event of events) deltas.add(event.postId, minute(event), ENGAGEMENT_TYPES.indexOf(event.type));
  await transaction(pool, (client) => deltas.write(client));
}

/**
 * A fold of new events of the current minute, with little and with much history below it: what it costs must not
 * depend on the history. The deltas are ingest's and the fold is the real one; raw engagements are left out, since
 * no fold reads them.
 */
export async function measureFoldCost(database: Database): Promise<FoldCost[]> {
  const name = await database.create();
  const pool = createPool({ databaseUrl: database.server.url(name), applicationName: "bench", max: 1 });
  const fold = database.fold(name);
  const costs: FoldCost[] = [];
  try {
    let written = 0;
    for (const history of HISTORIES) {
      const progress = new Progress(`history of ${history} events for the fold`, history);
      while (written < history) {
        const chunk = Math.min(HISTORY_CHUNK, history - written);
        const events = engagements(chunk, "spread", 100 + written, Date.now());
        // Older than the minutes that are kept, as ingest would: by the quarter hour.
        await writeDeltas(pool, events, (event) => Math.floor(minutesOf(event) / 15) * 15);
        await fold.foldNow();
        written += chunk;
        progress.at(written);
      }
      progress.end();
      await pool.query("vacuum analyze");
      await foldLive(pool, fold, 1); // the windows catch up with the pause
      await database.checkpoint();
      const results = await foldLive(pool, fold, FOLDS);
      const { rows } = await pool.query<{ n: number }>("select count(*)::integer as n from post_quarters");
      const milliseconds = median(results.map((result) => result.durationMs));
      const posts = median(results.map((result) => result.posts));
      costs.push({
        history,
        quarters: rows[0]!.n,
        milliseconds,
        posts,
        microsPerPost: median(results.map((result) => (result.durationMs * 1000) / result.posts)),
      });
    }
    return costs;
  } finally {
    await fold.stop();
    await pool.end();
    await database.drop(name);
  }
}

async function foldLive(
  pool: pg.Pool,
  fold: { foldNow(): Promise<FoldResult | undefined> },
  times: number,
): Promise<FoldResult[]> {
  const results: FoldResult[] = [];
  for (let index = 0; index < times; index++) {
    const now = Date.now();
    await writeDeltas(pool, engagements(NEW_EVENTS, "live", 7 + index, now), () => Math.floor(now / 60_000));
    const result = await fold.foldNow();
    if (result?.engagements !== NEW_EVENTS)
      throw new Error(`a fold counted ${result?.engagements} of ${NEW_EVENTS} events`);
    results.push(result);
  }
  return results;
}
