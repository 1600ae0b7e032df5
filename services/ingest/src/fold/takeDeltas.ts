import type { ClientBase } from "pg";
import { COUNTS, each } from "./columns.ts";
import { type DeltaColumns, DeltaReader, FoldDeltas } from "./deltas.ts";

export interface Taken {
  deltas: FoldDeltas;
  /** Counts taken, of a post and a minute each, which several batches may hold. */
  count: number;
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

/**
 * Takes the oldest deltas up to a bound, so that a fold's work does not grow while folds fail, with the watermarks and
 * the accounting that belong to them: one statement, one snapshot, so as_of never promises an event that is not counted.
 * A row for each batch, the oldest first, and one without a batch where there is none.
 */
const TAKE_DELTAS = `
  with oldest as materialized (
    select row_id, batch_id, sum(counts) over (order by batch_id) - counts as ahead
    from (select ctid as row_id, batch_id, counts from delta_batches order by batch_id limit ${MAX_BATCHES}) batches
  ), taken as (
    delete from delta_batches
    where ctid = any (array(select row_id from oldest where ahead < $2))
    returning batch_id, post_ids, minutes, ${COUNTS.join(", ")}
  ), logs as (
    select rejected, duplicates from ingest_offsets
    union all
    select rejected, duplicates from ingest_closed_logs
  ), rest as materialized (
    select exists (select from delta_batches
                   where batch_id > (select max(batch_id) from oldest where ahead < $2)) as "left"
  ), account as materialized (
    select rest."left",
           exists (select from set_aside_posts) as "setAside",
           case when not rest."left" then
             (select case when count(*) = count(watermark)
                     then array_agg(floor(extract(epoch from watermark) * 1000)::float8) end
              from ingest_offsets where topic = $1)
           end as watermarks,
           (select coalesce(sum(rejected), 0)::bigint from logs) as rejected,
           (select coalesce(sum(duplicates), 0)::bigint from logs) as duplicates
    from rest
  )
  select a.*, t.post_ids::text as "postIds", t.minutes::text, ${each(COUNTS, (count) => `t.${count}::text`)}
  from account a left join taken t on true
  order by t.batch_id`;

type Account = Pick<Taken, "left" | "setAside" | "watermarks" | "rejected" | "duplicates">;
type Batch = Account & (DeltaColumns | { postIds: null });

/**
 * @param topic whose watermarks say how far the counts reach
 * @param maxCounts taken, but for the last batch, which is taken whole
 */
export async function takeDeltas(client: ClientBase, topic: string, maxCounts: number): Promise<Taken> {
  const { rows } = await client.query<Batch>(TAKE_DELTAS, [topic, maxCounts]);
  const { left, setAside, watermarks, rejected, duplicates } = rows[0]!;
  const taken: Taken = {
    ...{ left, setAside, watermarks, rejected, duplicates },
    deltas: new FoldDeltas(),
    count: 0,
    recentPosts: [],
    recentMinutes: [],
    recentEngagements: [],
  };
  const reader = new DeltaReader();
  for (const batch of rows.reverse()) {
    if (batch.postIds === null) continue;
    reader.read(batch);
    reader.addTo(taken.deltas);
    taken.count += reader.size;
    keepRecent(taken, reader);
  }
  return taken;
}

function keepRecent(taken: Taken, { postIds, minutes, counts, size }: DeltaReader): void {
  for (let index = size - 1; index >= 0 && taken.recentPosts.length < RECENT; index--) {
    taken.recentPosts.push(postIds[index]!);
    taken.recentMinutes.push(minutes[index]!);
    taken.recentEngagements.push(counts.reduce((sum, column) => sum + Math.min(column[index]!, RECENT), 0));
  }
}
