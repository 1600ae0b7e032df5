import type { Pool, PoolClient } from "pg";

/** How long a transaction waits for a lock before it ends the backend that holds it. */
const PATIENCE = "5 s";
const LOOK_EVERY_MS = 1_000;

/**
 * Runs `body` in the transaction of `client`. Whenever that waits too long for a lock, the backends of our own role and
 * program that hold it are ended: a peer that was frozen or cut off in the middle of a transaction keeps its offset
 * rows, its event ids and its advisory locks, and no timeout of PostgreSQL ends it. It is rolled back; nothing it had is
 * lost, since its offsets did not move.
 */
export async function endingBlockers<T>(pool: Pool, client: PoolClient, body: () => Promise<T>): Promise<T> {
  const { processID } = client as PoolClient & { processID: number };
  const timer = setInterval(() => {
    pool
      .query(
        `select pg_terminate_backend(pid) from pg_stat_activity
         where pid = any(pg_blocking_pids($1)) and usename = current_user and application_name = current_setting('application_name')
           and exists (select from pg_locks
                       where pid = $1 and not granted and waitstart < clock_timestamp() - interval '${PATIENCE}')`,
        [processID],
      )
      // Without a connection there is nothing to wait for either: the transaction itself fails and is tried again.
      .catch(() => {});
  }, LOOK_EVERY_MS);
  try {
    return await body();
  } finally {
    clearInterval(timer);
  }
}
