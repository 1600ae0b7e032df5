import { createClient } from "@pulseboard/runtime";
import type pg from "pg";

const APPLICATION = "pulseboard-lifecycle";
/** Any constant; whoever holds this lock is the one process that moves horizons, drops months and builds indexes. */
const LOCK = 7_265_305;

/**
 * By an index wherever there is one, whatever the statistics say: on PostgreSQL before 18 that makes costs look large,
 * which must not compile plans. What a frozen process holds is given up by the server, so that another one can go on.
 */
const SETTINGS =
  "set enable_seqscan = off; set jit = off; set idle_in_transaction_session_timeout = '10s'; set idle_session_timeout = '60s'";

/**
 * Runs `body` on a connection of its own, which ends with it.
 * @returns undefined when another process is at it
 */
export async function alone<T>(
  databaseUrl: string,
  body: (client: pg.Client) => Promise<T>,
): Promise<T | undefined> {
  const client = createClient({ databaseUrl, applicationName: APPLICATION });
  await client.connect();
  try {
    await client.query(SETTINGS);
    // Never waited for: the snapshot of a session that waits would hold up an index that is built concurrently.
    const { rows } = await client.query<{ locked: boolean }>("select pg_try_advisory_lock($1) as locked", [
      LOCK,
    ]);
    return rows[0]!.locked ? await body(client) : undefined;
  } finally {
    await client.end().catch(() => {}); // a connection that broke is gone already
  }
}

/** Runs `body` in a transaction of the connection. */
export async function inTransaction<T>(client: pg.ClientBase, body: () => Promise<T>): Promise<T> {
  await client.query("begin");
  try {
    const result = await body();
    await client.query("commit");
    return result;
  } catch (error) {
    await client.query("rollback").catch(() => {}); // what failed says more, and the connection ends with it
    throw error;
  }
}
