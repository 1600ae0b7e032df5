import { setTimeout as sleep } from "node:timers/promises";
import type { Database } from "../support/database.ts";

/** What PostgreSQL has to be started with for the hints. */
export const HINT_SETTINGS = {
  shared_preload_libraries: "pg_stat_statements,auto_explain",
  "pg_stat_statements.track": "all",
  "auto_explain.log_min_duration": "250ms",
  "auto_explain.log_analyze": "on",
  "auto_explain.log_timing": "off",
  "auto_explain.log_buffers": "on",
};

const SAMPLE_MS = 10;

export interface Hints {
  statements: { ms: number; calls: number; rows: number; walMb: number; statement: string }[];
  /** By application, then by what its busy backends waited for, in percent of its samples; CPU: for nothing. */
  waits: Record<string, Record<string, number>>;
}

/** Watches one run: statements by total time, and what the backends wait for. */
export async function watchPostgres(database: Database, name: string): Promise<() => Promise<Hints>> {
  const client = await database.connect(name);
  await client.query("create extension if not exists pg_stat_statements");
  await client.query("select pg_stat_statements_reset()");
  const counts: Record<string, Record<string, number>> = {};
  let watching = true;

  const sampled = (async () => {
    while (watching) {
      const { rows } = await client.query<{ application: string; wait: string }>(
        `select coalesce(nullif(application_name, ''), backend_type) as application,
                coalesce(wait_event_type || ':' || wait_event, 'CPU') as wait
         from pg_stat_activity
         where pid <> pg_backend_pid() and datname = current_database() and state in ('active', 'idle in transaction')`,
      );
      for (const { application, wait } of rows) {
        counts[application] ??= {};
        counts[application][wait] = (counts[application][wait] ?? 0) + 1;
      }
      await sleep(SAMPLE_MS);
    }
  })();

  return async () => {
    watching = false;
    await sampled;
    const { rows } = await client.query<Hints["statements"][number]>(
      `select round(sum(total_exec_time)::numeric, 0)::float8 as ms, sum(calls)::float8 as calls,
              sum(rows)::float8 as rows, round(sum(wal_bytes) / 1e6, 1)::float8 as "walMb",
              left(regexp_replace(query, '\\s+', ' ', 'g'), 90) as statement
       from pg_stat_statements s join pg_database d on d.oid = s.dbid
       where d.datname = current_database() and query not like '%pg_stat_%'
       group by 5 order by 1 desc limit 20`,
    );
    await client.end();
    return { statements: rows, waits: percentages(counts) };
  };
}

function percentages(counts: Hints["waits"]): Hints["waits"] {
  return Object.fromEntries(
    Object.entries(counts).map(([application, waits]) => {
      const total = Object.values(waits).reduce((sum, count) => sum + count, 0);
      const sorted = Object.entries(waits).sort(([, a], [, b]) => b - a);
      return [
        application,
        Object.fromEntries(sorted.map(([wait, n]) => [wait, Math.round((100 * n) / total)])),
      ];
    }),
  );
}
