import type { Condition, LiveStats } from "@pulseboard/contract";
import type pg from "pg";
import type { LogEnds } from "./logEnds.ts";
import { sqlFile } from "./sqlFile.ts";

type Row = Omit<LiveStats, "as_of" | "consumer_lag" | "totals" | "conditions"> & {
  as_of: Date;
} & LiveStats["totals"];

const run = sqlFile<Row>("live_stats");

/** Messages on the topic that ingest has not passed. A partition it has not begun counts from its first message. */
function consumerLag(ends: LogEnds, nextOffsets: ReadonlyMap<number, number>): number {
  let lag = 0;
  // The log's end may be a second old and ingest ahead of it.
  for (const { partition, low, high } of ends) lag += Math.max(0, high - (nextOffsets.get(partition) ?? low));
  return lag;
}

/** GET /live/stats, live channel `totals`. Not cached: freshness, speed and lag are of the moment. */
export async function readLiveStats(
  client: pg.ClientBase,
  topic: string,
  logEnds: LogEnds | null,
  conditions: Condition[],
): Promise<LiveStats> {
  const row = (await run(client, {}))[0];
  if (!row) throw new Error("the stats row is missing");
  const offsets = await client.query<{ partition: number; next_offset: number }>(
    "select partition, next_offset from ingest_offsets where topic = $1",
    [topic],
  );
  const { version, as_of, freshness_ms, events_per_second, sample_history_pct, ...totals } = row;
  const next = new Map(offsets.rows.map((offset) => [offset.partition, offset.next_offset]));
  return {
    version,
    as_of: as_of.toISOString(),
    freshness_ms,
    events_per_second,
    consumer_lag: logEnds && consumerLag(logEnds, next),
    sample_history_pct,
    totals,
    conditions,
  };
}
