import { isUtf8 } from "node:buffer";
import {
  engagementEvent,
  isInvalid,
  MAX_EVENT_BYTES,
  type RejectReason,
  uuidV7Time,
  validateEvent,
} from "@pulseboard/contract";
import { derivedEventId } from "../decode/eventId.ts";
import type { Kept } from "./kept.ts";
import type { Mend } from "./mend.ts";

/** What to publish, or in a few words why it is of no use to publish anything. */
export type Amended = { value: Buffer } | { skip: string };

/** Reasons that lie in the bytes themselves: nothing can be added to them, and they would be refused again. */
export const NEVER_REPLAYED: ReadonlySet<RejectReason> = new Set(["too_large", "not_json"]);

/** The last time that RFC 3339 can write. */
const LAST_TIME_MS = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

const ERASED = { skip: "its payload was erased" };
const NO_TIME = { skip: "without a time, it would get that of the replay" };
const TOO_LARGE = { skip: "too large with its event_id and engaged_timestamp" };

/**
 * The payload with the event_id and engaged_timestamp that ingest read, or would have derived, when it first passed
 * the message: both depend on the place and time of that message, and the identity must not change with the place.
 * What is missing is added behind the last field (of equal names JSON takes the last, so a null is overruled), and
 * every other byte stays.
 */
export function amend(kept: Kept): Amended {
  const { payload, reason } = kept;
  if (NEVER_REPLAYED.has(reason)) return { skip: `${reason}, its bytes would be refused again` };
  if (payload === null) return ERASED;
  const event = readObject(payload);
  if (!event) return { skip: "not a JSON object, nothing can be added to it" };
  const added = missingIdentity(kept, event);
  if (!added) return NO_TIME;
  const value = insert(payload, event, added);
  if (value.length <= MAX_EVENT_BYTES) return { value };
  const known = knownFields({ ...event, ...added });
  return known ? { value: known } : TOO_LARGE;
}

/** The mended event, completed in the same way. One that is still invalid is left alone. */
export async function amendMended(kept: Kept, mend: Mend): Promise<Amended> {
  if (kept.payload === null) return ERASED;
  const event = await mend(readObject(kept.payload), kept);
  if (!event) return { skip: "left alone by --transform, or not a JSON object" };
  const added = missingIdentity(kept, event);
  if (!added) return NO_TIME;
  const mended = { ...event, ...added };
  const invalid = validateEvent(mended);
  if (isInvalid(invalid)) return { skip: `still invalid: ${invalid.field}: expected ${invalid.expected}` };
  const value = Buffer.from(JSON.stringify(mended));
  if (value.length <= MAX_EVENT_BYTES) return { value };
  return { value: knownFields(mended)! };
}

/** The identity that the event itself lacks. @returns undefined when no time is known */
function missingIdentity(
  kept: Kept,
  event: Record<string, unknown>,
): { event_id?: string; engaged_timestamp?: string } | undefined {
  const added: { event_id?: string; engaged_timestamp?: string } = {};
  if (event.event_id == null)
    added.event_id = derivedEventId(kept.topic, kept.partition, kept.offset, kept.timestamp ?? -1);
  if (event.engaged_timestamp == null) {
    const time = timeOf(event.event_id, kept.timestamp);
    if (time === undefined || time > LAST_TIME_MS) return undefined;
    added.engaged_timestamp = new Date(time).toISOString();
  }
  return added;
}

function readObject(payload: Buffer): Record<string, unknown> | undefined {
  if (!isUtf8(payload)) return undefined;
  try {
    const value: unknown = JSON.parse(payload.toString("utf8"));
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
    return isObject ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined; // not JSON: the caller says so
  }
}

/** As ingest decides it: the time in a UUIDv7, else the message's. */
function timeOf(eventId: unknown, timestamp: number | null): number | undefined {
  const id = engagementEvent.shape.event_id.safeParse(eventId).data;
  return (id == null ? undefined : uuidV7Time(id)) ?? timestamp ?? undefined;
}

function insert(payload: Buffer, event: Record<string, unknown>, added: object): Buffer {
  if (Object.keys(added).length === 0) return payload;
  const end = payload.lastIndexOf("}");
  const comma = Object.keys(event).length === 0 ? "" : ",";
  const fields = JSON.stringify(added).slice(1, -1);
  return Buffer.concat([payload.subarray(0, end), Buffer.from(comma + fields), payload.subarray(end)]);
}

/** A valid event without the fields that nobody reads. */
function knownFields(event: Record<string, unknown>): Buffer | undefined {
  if (isInvalid(validateEvent(event))) return undefined;
  const { event_id, type, post_id, user_id, engaged_timestamp } = event;
  return Buffer.from(JSON.stringify({ event_id, type, post_id, user_id, engaged_timestamp }));
}
