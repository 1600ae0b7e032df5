import { z } from "zod";
import { REJECT_REASONS } from "../event.ts";
import { count, time } from "./answer.ts";
import { limit, word } from "./parameters.ts";

/** Of a key and of a payload, as many bytes are shown. */
export const MAX_SHOWN_BYTES = 4_096;

// ---- GET /rejected ----
export const rejectedQuery = z.object({
  reason: word(REJECT_REASONS).optional().describe("Only those of this reason"),
  limit: limit(100),
});
export type RejectedQuery = z.infer<typeof rejectedQuery>;
const bytes = z.base64().nullable();
export const rejectedEvent = z
  .object({
    topic: z.string(),
    partition: count,
    log_number: z.int().min(1),
    offset: count,
    message_timestamp: time.nullable().describe("null when the message had none"),
    reason: z.enum(REJECT_REASONS),
    detail: z.string(),
    rejected_at: time,
    replayed_at: time.nullable(),
    payload_removed_at: time.nullable().describe("When retention or an erasure removed key and payload"),
    message_key: bytes.describe(`Its first ${MAX_SHOWN_BYTES} bytes, as base64`),
    message_key_bytes: count.nullable().describe("All of them"),
    payload: bytes.describe(`Its first ${MAX_SHOWN_BYTES} bytes, as base64`),
    payload_bytes: count.nullable().describe("All of them"),
  })
  .meta({ id: "RejectedEvent" });
export type RejectedEvent = z.infer<typeof rejectedEvent>;
