import { isUtf8 } from "node:buffer";
import {
  ENGAGEMENT_TYPES,
  isInvalid,
  MAX_EVENT_BYTES,
  MAX_FUTURE_MS,
  MIN_TIME_MS,
  uuidV7Time,
  validateEvent,
} from "@pulseboard/contract";
import type { EventColumns } from "./columns.ts";
import { writeDerivedId } from "./eventId.ts";
import { type Message, type Rejection, reject } from "./record.ts";
import { readUuid } from "./uuid.ts";

/** The place and time that decoding depends on. */
export interface DecodeContext {
  topic: string;
  partition: number;
  /** The later of the database's clock and this process's, ms. */
  now: number;
}

/** Fills the event's columns from the message's value, or says why it can never count. */
export function readEvent(
  message: Message,
  { topic, partition, now }: DecodeContext,
  columns: EventColumns,
  index: number,
): Rejection | undefined {
  const { value } = message;
  if (value === null || value.length === 0) return reject("not_json", "empty message");
  if (value.length > MAX_EVENT_BYTES)
    return reject("too_large", `${value.length} bytes; at most ${MAX_EVENT_BYTES} are taken`);
  if (!isUtf8(value)) return reject("not_json", "not valid UTF-8");
  let parsed: unknown;
  try {
    parsed = JSON.parse(value.toString("utf8"));
  } catch {
    // The parser's own message quotes the input; the input is kept beside this row.
    return reject("not_json", "not valid JSON");
  }
  const event = validateEvent(parsed);
  if (isInvalid(event))
    return reject(
      "invalid_field",
      event.field ? `${event.field}: expected ${event.expected}` : `expected ${event.expected}`,
    );

  let { engagedAt } = event;
  if (engagedAt === undefined) {
    engagedAt = event.eventId === undefined ? undefined : uuidV7Time(event.eventId);
    engagedAt ??= message.timestamp;
    if (engagedAt < MIN_TIME_MS)
      return reject(
        "invalid_field",
        "engaged_timestamp: expected, since neither event_id nor the message gives a time of 2000 or later",
      );
  }
  if (engagedAt > now + MAX_FUTURE_MS)
    return reject(
      "future_timestamp",
      `${Math.round((engagedAt - now) / 1000)} s ahead of the clock; at most ${MAX_FUTURE_MS / 1000} s are taken`,
    );
  if (event.eventId === undefined) writeDerivedId(topic, partition, message, columns.ids, 16 * index);
  else readUuid(Buffer.from(event.eventId, "latin1"), 0, columns.ids, 16 * index);
  columns.types[index] = ENGAGEMENT_TYPES.indexOf(event.type);
  columns.posts[index] = event.postId;
  columns.users[index] = event.userId ?? 0;
  columns.times[index] = engagedAt;
  return undefined;
}
