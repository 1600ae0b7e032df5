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
import type { KafkaMessage } from "kafkajs";
import { DecodedRecords, type EventColumns } from "./decodedRecords.ts";
import { derivedEventId } from "./eventId.ts";
import { type Message, type Rejection, wireTimestamp } from "./record.ts";
import { scanEvent } from "./scanEvent.ts";
import { readUuid } from "./uuid.ts";

/** Text that may hold anything, made safe for a log, a terminal and a text column. */
export function safeDetail(text: string): string {
  const escaped = text.replace(
    /[^\x20-\x7e]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  return escaped.length > 200 ? `${escaped.slice(0, 197)}...` : escaped;
}

const reject = (reason: Rejection["reason"], detail: string): Rejection => ({
  reason,
  detail: safeDetail(detail),
});

/** The place and time that decoding depends on. */
export interface DecodeContext {
  topic: string;
  partition: number;
  /** This process's clock, ms. */
  now: number;
}

/**
 * Judges the messages of the topic from offset `start` on, in the order of the contract, up to what needs the
 * catalogue.
 */
export function decodeMessages(
  messages: readonly KafkaMessage[],
  start: number,
  context: DecodeContext,
): DecodedRecords {
  return DecodedRecords.of(messages, start, (message, columns, index) =>
    message.value !== null && scanEvent(message.value, context.now, columns, index)
      ? undefined
      : readEvent(messageOf(message), context, columns, index),
  );
}

export const messageOf = ({ key, value, timestamp, offset }: KafkaMessage): Message => ({
  key,
  value,
  timestamp: wireTimestamp(timestamp),
  offset: Number(offset),
});

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
      `${Math.round((engagedAt - now) / 1000)} s ahead of this clock; at most ${MAX_FUTURE_MS / 1000} s are taken`,
    );
  const eventId = event.eventId ?? derivedEventId(topic, partition, message.offset, message.timestamp);
  readUuid(Buffer.from(eventId, "latin1"), 0, columns.ids, 16 * index);
  columns.types[index] = ENGAGEMENT_TYPES.indexOf(event.type);
  columns.posts[index] = event.postId;
  columns.users[index] = event.userId ?? 0;
  columns.times[index] = engagedAt;
  return undefined;
}
