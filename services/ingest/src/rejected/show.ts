import { isUtf8 } from "node:buffer";
import { ConfigError } from "@pulseboard/runtime";
import type { Pool } from "pg";
import { formatCoordinates } from "./coordinates.ts";
import type { Filter } from "./filter.ts";
import { newest, type RejectedEvent } from "./list.ts";
import { number, print, reading } from "./output.ts";
import { asciiJson, printable } from "./printable.ts";

/** Bytes of a payload that are shown on a terminal. */
const SHOWN_BYTES = 4_000;

interface Bytes {
  message_timestamp: Date | null;
  message_key: Buffer | null;
  payload: Buffer | null;
  payload_bytes: number | null;
  payload_removed_at: Date | null;
  /** What replays publish, once one has been prepared. */
  replay_payload: Buffer | null;
}

export interface ShowOptions {
  filter: Filter;
  limit: number;
  json: boolean;
  raw: boolean;
}

/** Prints events with their bytes, one in memory at a time. */
export async function show(pool: Pool, { filter, limit, json, raw }: ShowOptions): Promise<void> {
  const events = await reading(() => newest(pool, filter, raw ? 2 : limit));
  if (events.length === 0) throw new ConfigError("no rejected events match");
  if (raw) return writeRaw(pool, events);
  for (const event of events) {
    const bytes = await bytesOf(pool, event, json ? undefined : SHOWN_BYTES);
    await print(json ? `${asciiJson(jsonOf(event, bytes))}\n` : textOf(event, bytes));
  }
}

async function writeRaw(pool: Pool, events: RejectedEvent[]): Promise<void> {
  if (events.length > 1)
    throw new ConfigError("--raw: expected coordinates or filters that only one event meets");
  if (process.stdout.isTTY)
    throw new ConfigError("--raw: a payload can hold anything; send it to a file or another program");
  const { payload } = await bytesOf(pool, events[0]!);
  if (payload) await print(payload);
}

async function bytesOf(pool: Pool, event: RejectedEvent, most?: number): Promise<Bytes> {
  const { rows } = await pool.query<Bytes>(
    `select message_timestamp, message_key, payload_removed_at, length(payload) as payload_bytes,
       case when $5::integer is null then payload else substring(payload from 1 for $5) end as payload,
       case when $5::integer is null then replay_payload else substring(replay_payload from 1 for $5) end as replay_payload
     from rejected_events where topic = $1 and partition = $2 and log_number = $3 and "offset" = $4`,
    [event.topic, event.partition, event.log, event.offset, most ?? null],
  );
  if (!rows[0]) throw new ConfigError(`${formatCoordinates(event)}: removed meanwhile`);
  return rows[0];
}

function textOf(event: RejectedEvent, bytes: Bytes): string {
  const { message_timestamp, message_key, payload, replay_payload } = bytes;
  const size = bytes.payload_bytes ?? 0;
  const without = bytes.payload_removed_at
    ? `key and payload removed ${bytes.payload_removed_at.toISOString()}`
    : "none";
  const more =
    size > SHOWN_BYTES ? `\n  ... ${number(size - SHOWN_BYTES)} more bytes; --raw writes them all` : "";
  return [
    `${formatCoordinates(event)}  ${event.reason}: ${event.detail}`,
    `  rejected  ${event.rejected_at.toISOString()}, ${event.replayed_at ? `replayed ${event.replayed_at.toISOString()}` : "not replayed"}`,
    `  message   ${message_timestamp?.toISOString() ?? "without a time"}`,
    `  key       ${message_key ? printable(message_key.subarray(0, SHOWN_BYTES)) : "none"}`,
    `  payload   ${payload ? `${number(size)} bytes` : without}`,
    ...(payload ? [`  ${printable(payload)}${more}`] : []),
    ...(replay_payload ? [`  replays publish\n  ${printable(replay_payload)}`] : []),
    "\n",
  ].join("\n");
}

/** Text where the bytes are UTF-8, else base64, each under its name. */
const textOrBase64 = (name: string, bytes: Buffer | null) =>
  bytes && !isUtf8(bytes)
    ? { [name]: null, [`${name}_base64`]: bytes.toString("base64") }
    : { [name]: bytes?.toString("utf8") ?? null };

const jsonOf = (
  { log, ...event }: RejectedEvent,
  { message_key, payload, replay_payload, ...bytes }: Bytes,
) => ({
  topic: event.topic,
  partition: event.partition,
  log_number: log,
  offset: event.offset,
  message_timestamp: bytes.message_timestamp,
  reason: event.reason,
  detail: event.detail,
  rejected_at: event.rejected_at,
  replayed_at: event.replayed_at,
  payload_removed_at: bytes.payload_removed_at,
  ...textOrBase64("key", message_key),
  ...textOrBase64("payload", payload),
  ...textOrBase64("replay_payload", replay_payload),
});
