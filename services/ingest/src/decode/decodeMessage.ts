import { isUtf8 } from "node:buffer";
import {
  isInvalid,
  MAX_EVENT_BYTES,
  MAX_FUTURE_MS,
  MIN_TIME_MS,
  uuidV7Time,
  validateEvent,
} from "@pulseboard/contract";
import { derivedEventId } from "./eventId.ts";
import type { DecodedRecord, Engagement, Message, Rejection } from "./record.ts";

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

/** Judges one message of the topic, in the order of the contract, up to what needs the catalogue. */
export function decodeMessage(
  message: Message,
  context: { topic: string; partition: number; now: number },
): DecodedRecord {
  return { message, result: judge(message, context) };
}

function judge(
  message: Message,
  { topic, partition, now }: { topic: string; partition: number; now: number },
): Engagement | Rejection {
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
  return {
    eventId: event.eventId ?? derivedEventId(topic, partition, message.offset, message.timestamp),
    type: event.type,
    postId: event.postId,
    userId: event.userId,
    engagedAt,
  };
}
