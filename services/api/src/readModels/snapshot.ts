import type pg from "pg";
import { READ_STATS, type Stats, type StatsRow, statsOf } from "./stats.ts";

/** One round trip: whoever asks for an answer waits for each of them. */
const OPEN = `begin isolation level repeatable read read only; ${READ_STATS}`;

/** Runs `body` in one state of the database, whose stats row is read first. */
export async function inSnapshot<T>(
  pool: pg.Pool,
  body: (client: pg.PoolClient, stats: Stats) => Promise<T>,
): Promise<T> {
  const client = await pool.connect();
  // While a client is out of the pool its errors are ours to hear; the query in flight rejects with the same.
  client.on("error", ignore);
  try {
    // Without parameters pg sends the text as it is, and gives a result for each statement in it.
    const [, stats] = (await client.query(OPEN)) as unknown as pg.QueryResult<StatsRow>[];
    return await body(client, statsOf(stats?.rows[0]));
  } finally {
    void close(client);
  }
}

const ignore = () => {};

/** Nothing was written, so nobody waits for its end. A connection that cannot even end it is thrown away. */
async function close(client: pg.PoolClient): Promise<void> {
  const broken = await client.query("commit").then(
    () => undefined,
    (error: Error) => error,
  );
  client.off("error", ignore);
  client.release(broken);
}
