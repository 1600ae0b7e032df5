import { z } from "zod";
import { parseTimestamp } from "./time.ts";

export const ENGAGEMENT_TYPES = ["view", "like", "comment", "share"] as const;
export type EngagementType = (typeof ENGAGEMENT_TYPES)[number];

/** Largest value of a message on the topic, in bytes. */
export const MAX_EVENT_BYTES = 65_536;
/** How far ahead of ingest's clock an engagement may be, in ms. */
export const MAX_FUTURE_MS = 5 * 60_000;
/** 2000-01-01T00:00:00Z; earlier times are invalid. */
export const MIN_TIME_MS = Date.UTC(2000, 0, 1);
export const MAX_ID = 2 ** 31 - 1;

/** Why an event can never count, in the order in which they are tested. */
export const REJECT_REASONS = [
  "too_large",
  "not_json",
  "invalid_field",
  "future_timestamp",
  "expired",
  "unknown_post",
] as const;
export type RejectReason = (typeof REJECT_REASONS)[number];

const id = z.number().int().min(1).max(MAX_ID);

/** The event as published: a JSON object; unknown fields are ignored, null is the same as absent. */
export const engagementEvent = z
  .object({
    event_id: z
      .guid()
      .nullish()
      .describe("Identity for deduplication within the UTC month; UUIDv7 recommended"),
    type: z.enum(ENGAGEMENT_TYPES),
    post_id: id.describe("A post of the catalogue"),
    user_id: id.nullish(),
    engaged_timestamp: z
      .string()
      .refine((text) => parseTimestamp(text) >= MIN_TIME_MS, "an RFC 3339 time with zone, 2000 or later")
      .meta({ format: "date-time", pattern: "^[2-9]" })
      .nullish()
      .describe(
        "RFC 3339 with zone, 2000 or later; default: the time in a UUIDv7 event_id, else the message's timestamp",
      ),
  })
  .meta({ id: "EngagementEvent" });
export type EngagementEvent = z.infer<typeof engagementEvent>;

/** An event that has passed every check that needs nothing but the event. */
export interface ValidEvent {
  /** Lower case, or undefined when the event had none. */
  eventId: string | undefined;
  type: EngagementType;
  postId: number;
  userId: number | undefined;
  /** ms since the epoch, or undefined when the event had no engaged_timestamp. */
  engagedAt: number | undefined;
}

/** The first field that is wrong, and what was expected of it. */
export interface InvalidField {
  field: string;
  expected: string;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const EXPECTED_ID = `an integer from 1 to ${MAX_ID}`;
const isId = (value: unknown): value is number =>
  typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= MAX_ID;

/**
 * Judges one parsed JSON value by the rules of {@link engagementEvent}, by hand because ingest calls it for every
 * message: no schema interpreter, no intermediate objects. A property test holds the two equal.
 */
export function validateEvent(value: unknown): ValidEvent | InvalidField {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    return { field: "", expected: "a JSON object" };
  const event = value as Record<string, unknown>;
  const eventId = event.event_id;
  if (eventId != null && !(typeof eventId === "string" && UUID.test(eventId)))
    return { field: "event_id", expected: "a UUID" };
  const type = event.type;
  if (type !== "view" && type !== "like" && type !== "comment" && type !== "share")
    return { field: "type", expected: "view, like, comment or share" };
  const postId = event.post_id;
  if (!isId(postId)) return { field: "post_id", expected: EXPECTED_ID };
  const userId = event.user_id;
  if (userId != null && !isId(userId)) return { field: "user_id", expected: EXPECTED_ID };
  const engaged = event.engaged_timestamp;
  let engagedAt: number | undefined;
  if (engaged != null) {
    engagedAt = typeof engaged === "string" ? parseTimestamp(engaged) : Number.NaN;
    if (!(engagedAt >= MIN_TIME_MS))
      return { field: "engaged_timestamp", expected: "an RFC 3339 time with zone, 2000 or later" };
  }
  return {
    eventId: eventId == null ? undefined : (eventId as string).toLowerCase(),
    type,
    postId,
    userId: userId ?? undefined,
    engagedAt,
  };
}

export const isInvalid = (result: ValidEvent | InvalidField): result is InvalidField => "expected" in result;
