import type pg from "pg";
import { createPool, transaction } from "../../packages/runtime/src/postgres.ts";
import { DeltaCounter } from "../../services/ingest/src/write/deltas.ts";
import { Months, monthOf, monthTable } from "../../services/ingest/src/write/months.ts";
import type { Database } from "../support/database.ts";
import { Progress } from "../support/progress.ts";

const CHUNK = 1_000_000;
const DAY_MS = 86_400_000;
/** Posts that a quarter hour's rows fall on: raw rows are what this is about, so that the rollups stay small. */
const POSTS_A_QUARTER = 50;

/**
 * Fills this month's partition with `rows` engagements in the order of their times, its unique index in place, and
 * counts them: by the deltas that ingest would have written and a real fold, as a closed log of a former topic.
 */
export async function fillMonth(database: Database, name: string, rows: number, now: number): Promise<void> {
  const pool = createPool({ databaseUrl: database.server.url(name), applicationName: "bench", max: 1 });
  const month = monthOf(now);
  const from = Date.UTC(Math.floor(month / 12), month % 12);
  // Two days ago, so that no window holds them, unless the month is younger.
  const until = Math.max(now - 2 * DAY_MS, Math.min(now, from + 3_600_000));
  const table = monthTable(month);
  const progress = new Progress(`filling ${table} with ${rows} rows`, rows);
  try {
    await new Months(pool).ensure([month]);
    for (let first = 0; first < rows; first += CHUNK) {
      const last = Math.min(rows, first + CHUNK);
      await pool.query(
        `insert into ${table} (event_id, post_id, type, user_id, engaged_timestamp)
         select uuidv7(at - clock_timestamp()), 1 + (floor(extract(epoch from at) / 900)::integer + i % $5) % 30000,
                (array['view', 'view', 'view', 'like', 'share'])[1 + i % 5]::engagement_type, 1 + i % 200000, at
         from (select i, to_timestamp(($3 + ($4::float8 - $3) * i / $6) / 1000) as at
               from generate_series($1::integer, $2::integer - 1) i) made`,
        [first, last, from, until, POSTS_A_QUARTER, rows],
      );
      progress.at(last);
    }
    await writeDeltas(pool, table);
    await pool.query(
      `insert into ingest_closed_logs (topic, partition, log_number, next_offset, first_offset, stored, rejected, duplicates, skipped, gaps)
       values ('former', 0, 1, $1, 0, $1, 0, 0, 0, 0)`,
      [rows],
    );
    const fold = database.fold(name);
    await fold.foldNow();
    await fold.stop();
    await pool.query("vacuum analyze");
  } finally {
    progress.end();
    await pool.end();
  }
}

/** As ingest would have: by the minute while the fold keeps minutes, else by the quarter hour. */
async function writeDeltas(pool: pg.Pool, table: string): Promise<void> {
  const { rows } = await pool.query<{ post: number; minute: number; type: number; count: number }>(
    `select post_id as post, case when minute < oldest then minute - minute % 15 else minute end as minute,
            type, count(*)::integer as count
     from (select post_id, floor(extract(epoch from engaged_timestamp) / 60)::integer as minute,
                  array_position(enum_range(null::engagement_type), type) - 1 as type
           from ${table}) engaged,
          (select minutes_from as oldest from stats) kept
     group by 1, 2, 3`,
  );
  const deltas = new DeltaCounter();
  for (const { post, minute, type, count } of rows)
    for (let times = 0; times < count; times++) deltas.add(post, minute, type);
  await transaction(pool, (client) => deltas.write(client));
}
