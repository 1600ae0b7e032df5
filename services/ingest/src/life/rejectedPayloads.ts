import type { ClientBase } from "pg";
import { atRowsOf } from "../fold/columns.ts";

const ROWS_AT_ONCE = 1_000;

/** Rows that a replay is publishing are left for the next time: it may take long, or stand still. */
const REMOVE = `
  with due as materialized (
    select ctid as row_id
    from rejected_events
    where payload_removed_at is null and rejected_at < $1
    order by rejected_at
    limit ${ROWS_AT_ONCE}
    for update skip locked)
  update rejected_events
  set message_key = null, payload = null, replay_payload = null, payload_removed_at = clock_timestamp()
  where ${atRowsOf("select row_id from due")}`;

/** Removes key and payload of events that were rejected before the time. @returns how many rows */
export async function removeRejectedPayloads(client: ClientBase, before: Date): Promise<number> {
  for (let removed = 0; ; ) {
    const { rowCount } = await client.query(REMOVE, [before]);
    removed += rowCount ?? 0;
    if (rowCount !== ROWS_AT_ONCE) return removed;
  }
}
