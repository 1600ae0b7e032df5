import type { ClientBase } from "pg";
import { COUNTS, each } from "./columns.ts";

export interface Taken {
  /** Counts taken, of a post and a minute each. */
  deltas: number;
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
    delete from delta_batches
    returning post_ids, minutes, ${COUNTS.join(", ")}
  ), kept as (
    insert into fold_deltas (post_id, minute, ${COUNTS.join(", ")})
    select d.*
    from taken t, unnest(t.post_ids, t.minutes, ${each(COUNTS, (count) => `t.${count}`)}) d
  ), logs as (
    select rejected, duplicates from ingest_offsets
    union all
    select rejected, duplicates from ingest_closed_logs
  )
  select (select coalesce(sum(cardinality(post_ids)), 0) from taken) as deltas,
         (select case when count(*) = count(watermark) then min(watermark)::text end
          from ingest_offsets where topic = $1) as watermark,
         (select coalesce(sum(rejected), 0)::bigint from logs) as rejected,
         (select coalesce(sum(duplicates), 0)::bigint from logs) as duplicates`;

/** @param topic whose watermarks say how far the counts reach */
export async function takeDeltas(client: ClientBase, topic: string): Promise<Taken> {
  const { rows } = await client.query<Taken>(TAKE_DELTAS, [topic]);
  return rows[0]!;
}
