import type { PoolClient } from "pg";
import type { Message, Rejection } from "../decode/record.ts";

export interface RejectedRecord {
  partition: number;
  log: number;
  message: Message;
  rejection: Rejection;
}

const YEAR_9999_MS = Date.UTC(9999, 11, 31);

/** A client may send any int64 as a timestamp; one that is no time is kept as none. */
const printableTime = (ms: number): number | null => (ms >= 0 && ms <= YEAR_9999_MS ? ms : null);

/** Keeps rejected events with their bytes, coordinates and reason, in the caller's transaction. */
export async function writeRejects(
  client: PoolClient,
  topic: string,
  rejects: RejectedRecord[],
): Promise<void> {
  if (rejects.length === 0) return;
  await client.query(
    `insert into rejected_events (topic, partition, log_number, "offset", message_timestamp, reason, detail, message_key, payload)
     select $1, partition, log_number, "offset", to_timestamp(ms / 1000.0), reason, detail, message_key, payload
     from unnest($2::integer[], $3::integer[], $4::bigint[], $5::bigint[], $6::text[], $7::text[], $8::bytea[], $9::bytea[])
       as r (partition, log_number, "offset", ms, reason, detail, message_key, payload)
     order by partition, "offset"`,
    [
      topic,
      rejects.map((r) => r.partition),
      rejects.map((r) => r.log),
      rejects.map((r) => r.message.offset),
      rejects.map((r) => printableTime(r.message.timestamp)),
      rejects.map((r) => r.rejection.reason),
      rejects.map((r) => r.rejection.detail),
      rejects.map((r) => r.message.key),
      rejects.map((r) => r.message.value),
    ],
  );
}
