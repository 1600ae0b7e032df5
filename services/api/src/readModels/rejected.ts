import {
  MAX_SHOWN_BYTES,
  REJECT_REASONS,
  type RejectedEvent,
  type RejectedQuery,
} from "@pulseboard/contract";
import type pg from "pg";

type Row = Omit<RejectedEvent, "message_timestamp" | "rejected_at" | "replayed_at" | "payload_removed_at"> & {
  message_timestamp: Date | null;
  rejected_at: Date;
  replayed_at: Date | null;
  payload_removed_at: Date | null;
};

const ORDER = `rejected_at desc, topic, partition, log_number desc, "offset" desc`;

/** encode() breaks its lines. */
const shown = (column: string) =>
  `translate(encode(substring(${column} from 1 for ${MAX_SHOWN_BYTES}), 'base64'), E'\\n', '') as ${column},
   octet_length(${column}) as ${column}_bytes`;

/** The newest of each reason by its index, and the newest of those: however many there are, no more is read. */
const NEWEST = `
  select topic, partition, log_number, "offset", message_timestamp, reason, detail,
         rejected_at, replayed_at, payload_removed_at, ${shown("message_key")}, ${shown("payload")}
  from (
    select newest.*
    from unnest($1::text[]) asked (reason)
    cross join lateral (
      select * from rejected_events e where e.reason = asked.reason order by ${ORDER} limit $2
    ) newest
    order by ${ORDER}
    limit $2
  ) found
  order by ${ORDER}`;

const text = (time: Date | null) => time?.toISOString() ?? null;

/** GET /rejected: the newest first. */
export async function newestRejected(
  client: Pick<pg.Pool, "query">,
  { reason, limit }: RejectedQuery,
): Promise<RejectedEvent[]> {
  const { rows } = await client.query<Row>(NEWEST, [reason ? [reason] : REJECT_REASONS, limit]);
  return rows.map((row) => ({
    ...row,
    message_timestamp: text(row.message_timestamp),
    rejected_at: row.rejected_at.toISOString(),
    replayed_at: text(row.replayed_at),
    payload_removed_at: text(row.payload_removed_at),
  }));
}
