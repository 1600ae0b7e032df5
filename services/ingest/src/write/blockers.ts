import type { DatabaseClient } from "@pulseboard/runtime";
import type { Pool, PoolClient } from "pg";

/** How long a backend that is waited for may wait for its client before it is ended. */
const PATIENCE_MS = 5_000;
const LOOK_EVERY_MS = 1_000;

/**
 * Backends of our own role and program that `$1` waits for and that wait for their clients, as they stand: the same
 * text means that the client has not said a word in between. Those that stand as one of `$2` are ended.
 */
const LOOK = `
  select standing, case when standing = any($2::text[]) then pg_terminate_backend(pid) end as ended
  from (
    select pid, concat_ws(' ', pid, backend_start, state_change, bytes_processed) as standing
    from pg_stat_activity
    left join pg_stat_progress_copy using (pid)
    where pid = any(pg_blocking_pids($1)) and usename = current_user
      and application_name = current_setting('application_name') and wait_event_type = 'Client'
  ) waiting`;

/**
 * Runs `body` in the transaction of `client`. Whenever that waits too long for a peer that does nothing, the peer's
 * backend is ended: one that was frozen or cut off in the middle of a transaction keeps its offset rows, its event ids
 * and its advisory locks, and no timeout of PostgreSQL ends it. It is rolled back; nothing it had is lost, since its
 * offsets did not move. A peer that is at work, however slowly, is waited for: two that ended each other would do so
 * for ever.
 */
export async function endingBlockers<T>(pool: Pool, client: PoolClient, body: () => Promise<T>): Promise<T> {
  const { backendPid } = client as PoolClient & Pick<DatabaseClient, "backendPid">;
  /** Since when they stand, ms. */
  let since = new Map<string, number>();
  const look = async () => {
    const now = performance.now();
    const idle = [...since].filter(([, at]) => now - at >= PATIENCE_MS).map(([standing]) => standing);
    const { rows } = await pool.query<{ standing: string }>(LOOK, [backendPid, idle]);
    since = new Map(rows.map(({ standing }) => [standing, since.get(standing) ?? now]));
  };
  const timer = setInterval(() => {
    // Without a connection there is nothing to wait for either: the transaction itself fails and is tried again.
    look().catch(() => {});
  }, LOOK_EVERY_MS);
  try {
    return await body();
  } finally {
    clearInterval(timer);
  }
}
