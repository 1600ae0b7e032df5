import { randomBytes } from "node:crypto";
import type { ValidEvent } from "@pulseboard/contract";

/** An event as it goes to the topic. */
export interface EventMessage {
  key: string;
  value: string;
}

/** A UUIDv7 of that time: 48 bits of milliseconds, the rest random. */
export function uuidV7(time: number): string {
  const bytes = randomBytes(16);
  bytes.writeUIntBE(time, 0, 6);
  bytes[6] = 0x70 | (bytes[6]! & 0x0f);
  bytes[8] = 0x80 | (bytes[8]! & 0x3f);
  const hex = bytes.toString("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

/**
 * The message of an event: known fields only. Without an event_id it gets a UUIDv7 of its own time, else of now: an
 * event is deduplicated within the month of its time, which the id then names.
 */
export function eventMessage(
  { eventId, type, postId, userId, engagedAt }: ValidEvent,
  now: number,
): EventMessage {
  const event: Record<string, unknown> = {
    event_id: eventId ?? uuidV7(engagedAt ?? now),
    type,
    post_id: postId,
  };
  if (userId !== undefined) event.user_id = userId;
  if (engagedAt !== undefined) event.engaged_timestamp = rfc3339(engagedAt);
  return { key: String(postId), value: JSON.stringify(event) };
}

const LAST_MS = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

/** RFC 3339 ends with the year 9999, which a zone can push a time beyond; ingest judges either as in the future. */
const rfc3339 = (time: number): string => new Date(Math.min(time, LAST_MS)).toISOString();
