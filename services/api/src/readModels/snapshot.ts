import type pg from "pg";
import { READ_STATS, type Stats, type StatsRow, statsOf } from "./stats.ts";

/**
 * Whether a statement is planned for the values it is given (a limit, say), or once for all (an id). The latter outlives
 * what the tables were when it was planned, empty ones too: it finds rows by an index wherever there is one.
 */
export type Planning = "values" | "once";

/** What this process keeps in memory is not of the snapshot: what was asked is to be read in a newer one. */
export class OutdatedSnapshot extends Error {
  override name = "OutdatedSnapshot";
  override message = "what is kept in memory is of another version than the snapshot";
  /** What to wait for before that. */
  readonly until: Promise<unknown> | undefined;

  constructor(until?: Promise<unknown>) {
    super();
    this.until = until;
  }
}

const BEGIN = "begin isolation level repeatable read read only";
const OPEN: Record<Planning, string> = {
  values: `${BEGIN}; ${READ_STATS}`,
  once: `${BEGIN}; set local plan_cache_mode = force_generic_plan; set local enable_seqscan = off; set local jit = off; ${READ_STATS}`,
};

/**
 * Runs `body` in one state of the database, whose stats row is read first. A body that asks before it awaits the stats
 * sends its statement along with that: whoever wants an answer waits for each round trip.
 */
export async function inSnapshot<T>(
  pool: pg.Pool,
  body: (client: pg.PoolClient, stats: Promise<Stats>) => Promise<T>,
  planning: Planning = "values",
): Promise<T> {
  const client = await pool.connect();
  try {
    // Without parameters pg sends the text as it is, and gives a result for each statement in it.
    const opened = client.query(OPEN[planning]) as unknown as Promise<pg.QueryResult<StatsRow>[]>;
    const stats = opened.then((results) => statsOf(results.at(-1)?.rows[0]));
    const [, result] = await Promise.all([stats, body(client, stats)]);
    return result;
  } finally {
    void close(client);
  }
}

/** Nothing was written, so nobody waits for its end. A connection that cannot even end it is thrown away. */
async function close(client: pg.PoolClient): Promise<void> {
  const broken = await client.query("commit").then(
    () => undefined,
    (error: Error) => error,
  );
  client.release(broken);
}
