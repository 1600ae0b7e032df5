import type pg from "pg";

/** Any constant; held while a seed is at work. */
const LOCK = 7_265_306;

/**
 * Takes the lock that keeps a second seed away, for as long as the connection lives.
 * @returns what releases it, or undefined when another seed holds it
 */
export async function takeSeedLock(pool: pg.Pool): Promise<(() => void) | undefined> {
  const client = await pool.connect();
  // A lost connection loses the lock. What another seed would then publish beside us are the same events.
  client.on("error", () => {});
  const { rows } = await client.query<{ taken: boolean }>("select pg_try_advisory_lock($1) as taken", [LOCK]);
  if (rows[0]?.taken) return () => client.release(true);
  client.release(true);
  return undefined;
}
