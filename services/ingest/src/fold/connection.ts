import { createClient, type DatabaseClient } from "@pulseboard/runtime";
import type { ClientBase } from "pg";

const APPLICATION = "pulseboard-fold";

/**
 * What a fold works on, emptied by every commit: every step joins these with the rollups by primary key, so that its
 * cost follows the new events and never the history.
 */
const WORK_TABLES = `
  create temp table fold_changes (   -- posts the catalogue queued, in the order of their first change
    post_id integer not null, place bigint not null
  ) on commit delete rows;

  create temp table fold_author_changes ( -- authors the catalogue queued
    author_id integer not null
  ) on commit delete rows;

  create temp table fold_sides (     -- mappings that lose (sign -1) or gain (sign 1) a post
    post_id integer not null, sign integer not null, moves_history boolean not null,
    author_id integer not null, category text not null, publish_timestamp timestamptz not null
  ) on commit delete rows;

  create temp table fold_author_categories ( -- authors and categories that change
    row_id tid not null, author_id integer not null, category text not null,
    engagements bigint not null,     -- all time, the new ones included
    engaged_posts_1h integer not null, -- how many more, or less, are engaged in the last hour
    new_views bigint not null, new_likes bigint not null, new_comments bigint not null, new_shares bigint not null,
    is_open boolean not null, closes boolean not null, open_quarter integer,
    open_views bigint not null, open_likes bigint not null, open_comments bigint not null, open_shares bigint not null
  ) on commit delete rows`;

/**
 * No plan depends on statistics, which may be missing, old or of a moment within a fold. Rows of a rollup are looked up
 * by key, by ctid or by `on conflict` (see lookUp), and by an index wherever there is one; the work tables are read
 * whole. No plan depends on parameters either: such a plan copies an array of a megabyte for each place that names it. A
 * frozen fold is ended by the server, so that another process can take over.
 */
const SETTINGS = `
  set enable_seqscan = off;
  set enable_hashjoin = off;
  set enable_mergejoin = off;
  set enable_bitmapscan = off;
  set jit = off;
  set plan_cache_mode = force_generic_plan;
  set work_mem = '64MB';
  set temp_buffers = '32MB';
  set idle_in_transaction_session_timeout = '15s'`;

/** A connection of the fold's own, with its work tables. */
export async function openConnection(databaseUrl: string): Promise<DatabaseClient> {
  const client = createClient({ databaseUrl, applicationName: APPLICATION });
  try {
    await client.connect();
    await client.query(SETTINGS);
    await client.query(WORK_TABLES);
    return client;
  } catch (error) {
    await client.end().catch(() => {});
    throw error;
  }
}

/** Runs a statement that joins only what is the fold's own, or bounded: it may be read whole. */
export async function joined(client: ClientBase, statement: string, values: number[]): Promise<void> {
  await client.query("set local enable_hashjoin = on");
  await client.query(statement, values);
  await client.query("set local enable_hashjoin = off");
}
