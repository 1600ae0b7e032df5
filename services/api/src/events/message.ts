import { randomBytes } from "node:crypto";
import { type AssignedEvent, uuidV7Time, type ValidEvent } from "@pulseboard/contract";
import type { PlacedEvent } from "./body.ts";

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

/** An event with an id and a time, of which its identity is made: the id within the UTC month of the time. */
export type IdentifiedEvent = ValidEvent & { eventId: string };

/**
 * Gives an event what its identity lacks: without a time, now, unless its id is a UUIDv7, which holds one; without an id,
 * a UUIDv7 of its time.
 * @returns the event itself when it lacks nothing
 */
export function identified(event: ValidEvent, now: number): IdentifiedEvent {
  const { eventId } = event;
  const hasTime =
    event.engagedAt !== undefined || (eventId !== undefined && uuidV7Time(eventId) !== undefined);
  if (eventId !== undefined && hasTime) return event as IdentifiedEvent;
  const engagedAt = event.engagedAt ?? now;
  return { ...event, eventId: eventId ?? uuidV7(engagedAt), engagedAt };
}

/** The events of a request as they are published, and what they were given, by their places in the body. */
export function identifyAll(
  events: readonly PlacedEvent[],
  now: number,
): { events: IdentifiedEvent[]; assigned: AssignedEvent[] } {
  const assigned: AssignedEvent[] = [];
  const complete = events.map(({ index, event }) => {
    const known = identified(event, now);
    if (known !== event)
      assigned.push({ index, event_id: known.eventId, engaged_timestamp: rfc3339(known.engagedAt!) });
    return known;
  });
  return { events: complete, assigned };
}

/** The message of an event: known fields only. */
export function eventMessage({ eventId, type, postId, userId, engagedAt }: IdentifiedEvent): EventMessage {
  const event: Record<string, unknown> = { event_id: eventId, type, post_id: postId };
  if (userId !== undefined) event.user_id = userId;
  if (engagedAt !== undefined) event.engaged_timestamp = rfc3339(engagedAt);
  return { key: String(postId), value: JSON.stringify(event) };
}

const LAST_MS = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

/** RFC 3339 ends with the year 9999, which a zone can push a time beyond; ingest judges either as in the future. */
const rfc3339 = (time: number): string => new Date(Math.min(time, LAST_MS)).toISOString();
