import type { ClientBase } from "pg";
import { COUNTS, each } from "./columns.ts";

export interface Taken {
  deltas: number;
  views: number;
  likes: number;
  comments: number;
  shares: number;
  /** The least watermark of all partitions; null while one has none, or when there are no partitions. */
  watermark: string | null;
  rejected: number;
  duplicates: number;
}

/**
 * Takes every delta, with the watermarks and the accounting that belong to them: one statement, one snapshot, so
 * as_of never promises an event that is not counted.
 */
const TAKE_DELTAS = `
  with taken as (
    delete from engagement_deltas
    returning post_id, minute, views, likes, comments, shares
  ), kept as (
    insert into fold_deltas (post_id, minute, views, likes, comments, shares)
    select post_id, minute, ${each(COUNTS, (count) => `sum(${count})`)}
    from taken
    group by post_id, minute
    returning views, likes, comments, shares
  ), logs as (
    select rejected, duplicates from ingest_offsets
    union all
    select rejected, duplicates from ingest_closed_logs
  )
  select (select count(*) from taken) as deltas,
         k.views, k.likes, k.comments, k.shares,
         (select case when count(*) = count(watermark) then min(watermark)::text end
          from ingest_offsets where topic = $1) as watermark,
         (select coalesce(sum(rejected), 0)::bigint from logs) as rejected,
         (select coalesce(sum(duplicates), 0)::bigint from logs) as duplicates
  from (select ${each(COUNTS, (count) => `coalesce(sum(${count}), 0)::bigint as ${count}`)} from kept) k`;

/** @param topic whose watermarks say how far the counts reach */
export async function takeDeltas(client: ClientBase, topic: string): Promise<Taken> {
  const { rows } = await client.query<Taken>(TAKE_DELTAS, [topic]);
  return rows[0]!;
}
