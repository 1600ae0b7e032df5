import type { Pool, PoolClient } from "pg";

/** How long a batch waits for its offset rows before it ends the backend that holds them. */
const PATIENCE_MS = 5_000;

/**
 * While `client` waits for a lock, ends the backends of our own role that hold it: an owner that was frozen or cut off
 * in the middle of a COPY holds its rows, and no timeout of PostgreSQL ends it. Its batch is rolled back; nothing it
 * had is lost, since its offsets did not move.
 * @returns stops watching
 */
export function endBlockers(pool: Pool, client: PoolClient): () => void {
  const { processID } = client as PoolClient & { processID: number };
  const timer = setInterval(() => {
    pool
      .query(
        `select pg_terminate_backend(pid) from pg_stat_activity
         where pid = any(pg_blocking_pids($1)) and usename = current_user and application_name = current_setting('application_name')`,
        [processID],
      )
      // Without a connection there is nothing to wait for either: the batch itself fails and is tried again.
      .catch(() => {});
  }, PATIENCE_MS);
  return () => clearInterval(timer);
}
