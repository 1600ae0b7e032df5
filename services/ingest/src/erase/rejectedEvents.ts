import type { ClientBase } from "pg";
import { namesAny } from "../decode/namedUsers.ts";

/** Rows in memory at a time: so many, and with so many bytes before the last, which may be as large as a broker takes. */
const PAGE_ROWS = 100;
const PAGE_BYTES = 8 << 20;

interface Row {
  topic: string;
  partition: number;
  log_number: number;
  offset: number;
  message_key: Buffer | null;
  payload: Buffer | null;
  /** What a replay publishes in its place; its user may be another one. */
  replay_payload: Buffer | null;
}

const READ = `
  with sized as (
    select topic, partition, log_number, "offset", message_key, payload, replay_payload,
           coalesce(octet_length(message_key), 0) + coalesce(octet_length(payload), 0)
             + coalesce(octet_length(replay_payload), 0) as bytes
    from rejected_events
    where payload_removed_at is null and (topic, partition, log_number, "offset") > ($1, $2::integer, $3::integer, $4::bigint)
    order by topic, partition, log_number, "offset"
    limit ${PAGE_ROWS}
  ),
  summed as (
    select *, sum(bytes) over (order by topic, partition, log_number, "offset") - bytes as bytes_before from sized
  )
  select topic, partition, log_number, "offset", message_key, payload, replay_payload
  from summed where bytes_before < ${PAGE_BYTES}
  order by topic, partition, log_number, "offset"`;

const REMOVE = `
  with removed as (
    update rejected_events r
    set message_key = null, payload = null, replay_payload = null, payload_removed_at = clock_timestamp()
    from unnest($2::text[], $3::integer[], $4::integer[], $5::bigint[]) as named (topic, partition, log_number, "offset")
    where (r.topic, r.partition, r.log_number, r."offset") = (named.topic, named.partition, named.log_number, named."offset")
      and r.payload_removed_at is null
    returning 1
  )
  update erasures set rejected_events = rejected_events + (select count(*) from removed) where user_id = $1`;

/** Removes key and payload of the rejected events that name the user; the rows and their reasons stay. */
export async function eraseRejectedEvents(client: ClientBase, userId: number): Promise<void> {
  const users = new Set([userId]);
  let last: Pick<Row, "topic" | "partition" | "log_number" | "offset"> = {
    topic: "",
    partition: 0,
    log_number: 0,
    offset: 0,
  };
  for (;;) {
    const { rows } = await client.query<Row>(READ, [
      last.topic,
      last.partition,
      last.log_number,
      last.offset,
    ]);
    if (rows.length === 0) return;
    const named = rows.filter(({ message_key, payload, replay_payload }) =>
      [message_key, payload, replay_payload].some((bytes) => namesAny(users, bytes)),
    );
    if (named.length > 0)
      await client.query(REMOVE, [
        userId,
        named.map((row) => row.topic),
        named.map((row) => row.partition),
        named.map((row) => row.log_number),
        named.map((row) => row.offset),
      ]);
    last = rows.at(-1)!;
  }
}
