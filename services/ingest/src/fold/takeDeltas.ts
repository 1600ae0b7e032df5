import type { ClientBase } from "pg";
import { COUNTS, each } from "./columns.ts";

export interface Taken {
  /** Counts taken, of a post and a minute each. */
  deltas: number;
  /** Whether batches were left for the next fold. */
  left: boolean;
  /** Whether any posts stand aside. */
  setAside: boolean;
  /** The last deltas taken, newest first, at most RECENT: post, minute and engagements of each. */
  recentPosts: number[];
  recentMinutes: number[];
  recentEngagements: number[];
  /** Of all partitions, ms; null while one has none, when there are no partitions, or while batches are left. */
  watermarks: number[] | null;
  rejected: number;
  duplicates: number;
}

/** Batches looked at in one fold: small ones pile up while folds fail. */
const MAX_BATCHES = 5_000;

/** Engagements whose minutes stats.recent_minutes holds. */
export const RECENT = 100;
/** The end of a batch's column. */
const lastOf = (column: string) => `${column}[greatest(1, cardinality(minutes) - ${RECENT - 1}):]`;

/**
 * Takes the oldest deltas up to a bound, so that a fold's work does not grow while folds fail, with the watermarks and
 * the accounting that belong to them: one statement, one snapshot, so as_of never promises an event that is not counted.
 * Deltas of the same post and minute, which many batches hold, are added up here, so that every later step reads fewer.
 */
const TAKE_DELTAS = `
  with oldest as materialized (
    select row_id, batch_id, sum(counts) over (order by batch_id) - counts as ahead
    from (select ctid as row_id, batch_id, counts from delta_batches order by batch_id limit ${MAX_BATCHES}) batches
  ), taken as (
    delete from delta_batches
    where ctid = any (array(select row_id from oldest where ahead < $2))
    returning batch_id, post_ids, minutes, ${COUNTS.join(", ")}
  ), kept as (
    insert into fold_deltas (post_id, minute, ${COUNTS.join(", ")})
    select post_id, minute, ${each(COUNTS, (count) => `bigint_sum(${count})`)}
    from (select unnest(post_ids) as post_id, unnest(minutes) as minute, ${each(COUNTS, (count) => `unnest(${count}) as ${count}`)}
          from taken) of_batches
    group by post_id, minute
  ), newest as (
    select post_id, minute, engagements
    from (select *, sum(cardinality(minutes)) over (order by batch_id desc) - cardinality(minutes) as later from taken) b,
         unnest(${["post_ids", "minutes", ...COUNTS].map(lastOf).join(", ")}) with ordinality as d (post_id, minute, ${COUNTS.join(", ")}, place),
         lateral (select ${COUNTS.map((count) => `least(d.${count}, ${RECENT})`).join(" + ")} as engagements) e
    where later < ${RECENT}
    order by batch_id desc, place desc
    limit ${RECENT}
  ), logs as (
    select rejected, duplicates from ingest_offsets
    union all
    select rejected, duplicates from ingest_closed_logs
  ), rest as materialized (
    select exists (select from delta_batches
                   where batch_id > (select max(batch_id) from oldest where ahead < $2)) as "left"
  )
  select (select coalesce(sum(cardinality(post_ids)), 0) from taken) as deltas,
         array(select post_id from newest) as "recentPosts",
         array(select minute from newest) as "recentMinutes",
         array(select engagements::integer from newest) as "recentEngagements",
         rest."left",
         exists (select from set_aside_posts) as "setAside",
         case when not rest."left" then
           (select case when count(*) = count(watermark)
                   then array_agg(floor(extract(epoch from watermark) * 1000)::float8) end
            from ingest_offsets where topic = $1)
         end as watermarks,
         (select coalesce(sum(rejected), 0)::bigint from logs) as rejected,
         (select coalesce(sum(duplicates), 0)::bigint from logs) as duplicates
  from rest`;

/**
 * @param topic whose watermarks say how far the counts reach
 * @param maxCounts taken, but for the last batch, which is taken whole
 */
export async function takeDeltas(client: ClientBase, topic: string, maxCounts: number): Promise<Taken> {
  const { rows } = await client.query<Taken>(TAKE_DELTAS, [topic, maxCounts]);
  return rows[0]!;
}
