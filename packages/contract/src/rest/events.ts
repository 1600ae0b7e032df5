import { z } from "zod";
import { count, time } from "./answer.ts";

// ---- POST /events ----
/** In a JSON array. */
export const MAX_EVENTS_PER_REQUEST = 1_000;
/** Lines that are not blank, in a body of NDJSON: what Kafka acknowledges well within the deadline of a request. */
export const MAX_NDJSON_EVENTS = 10_000;
export const MAX_EVENTS_BODY_BYTES = 4 * 1024 * 1024;
/** What an event that came without an id or a time was published with: a retry that repeats both counts once. */
const assignedEvent = z
  .object({ index: count, event_id: z.guid(), engaged_timestamp: time })
  .meta({ id: "AssignedEvent" });
export type AssignedEvent = z.infer<typeof assignedEvent>;
export const eventsAnswer = z
  .object({
    accepted: count,
    rejected: z.array(
      z.object({ index: count, field: z.string(), reason: z.string() }).meta({ id: "InvalidEvent" }),
    ),
    assigned: z
      .array(assignedEvent)
      .describe("Events that came without event_id or without a time, and what they were given"),
  })
  .meta({ id: "EventsAnswer" });
export type EventsAnswer = z.infer<typeof eventsAnswer>;
