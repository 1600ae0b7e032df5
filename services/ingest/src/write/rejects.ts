import type { PoolClient } from "pg";
import { namesAny } from "../decode/namedUsers.ts";
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

/** A statement carries so many bytes of keys and values, or one record: as text, and more than once, they take memory. */
const STATEMENT_BYTES = 8 << 20;
const bytesOf = ({ message: { key, value } }: RejectedRecord): number =>
  (key?.length ?? 0) + (value?.length ?? 0);

/**
 * Keeps rejected events with their bytes, coordinates and reason, in the caller's transaction. They are rejected at the
 * later of two clocks, the database's and this host's: from one that is behind, retention would remove the bytes early.
 * @param erasedUsers bytes that name one of them are not kept
 */
export async function writeRejects(
  client: PoolClient,
  topic: string,
  rejects: RejectedRecord[],
  erasedUsers: ReadonlySet<number>,
): Promise<void> {
  let part: RejectedRecord[] = [];
  let bytes = 0;
  for (const reject of rejects) {
    if (part.length > 0 && bytes + bytesOf(reject) > STATEMENT_BYTES) {
      await insertRejects(client, topic, part, erasedUsers);
      part = [];
      bytes = 0;
    }
    part.push(reject);
    bytes += bytesOf(reject);
  }
  if (part.length > 0) await insertRejects(client, topic, part, erasedUsers);
}

async function insertRejects(
  client: PoolClient,
  topic: string,
  rejects: RejectedRecord[],
  erasedUsers: ReadonlySet<number>,
): Promise<void> {
  const hostNow = Date.now();
  const kept = rejects.map(
    ({ message }) => !namesAny(erasedUsers, message.key) && !namesAny(erasedUsers, message.value),
  );
  await client.query(
    `insert into rejected_events (topic, partition, log_number, "offset", message_timestamp, reason, detail, message_key, payload, payload_removed_at, rejected_at)
     select $1, partition, log_number, "offset", to_timestamp(ms / 1000.0), reason, detail, message_key, payload,
            case when not kept then clock_timestamp() end, greatest(clock_timestamp(), to_timestamp($11 / 1000.0))
     from unnest($2::integer[], $3::integer[], $4::bigint[], $5::bigint[], $6::text[], $7::text[], $8::bytea[], $9::bytea[], $10::boolean[])
       as r (partition, log_number, "offset", ms, reason, detail, message_key, payload, kept)
     order by partition, "offset"`,
    [
      topic,
      rejects.map((r) => r.partition),
      rejects.map((r) => r.log),
      rejects.map((r) => r.message.offset),
      rejects.map((r) => printableTime(r.message.timestamp)),
      rejects.map((r) => r.rejection.reason),
      rejects.map((r) => r.rejection.detail),
      rejects.map((r, index) => (kept[index] ? r.message.key : null)),
      rejects.map((r, index) => (kept[index] ? r.message.value : null)),
      kept,
      hostNow,
    ],
  );
}
