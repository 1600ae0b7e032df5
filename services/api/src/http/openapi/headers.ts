import type { Json } from "./schemas.ts";

/** The headers that answers are documented with, by name. */
export const HEADERS: Record<string, Json> = {
  ETag: {
    required: true,
    description: "Names the stats version, the start of the answer's window and the representation",
    schema: { type: "string" },
    example: '"1795387500123.2026-11-15.json-0a1b2c3d4e5f"',
  },
  "X-Stats-As-Of": {
    required: true,
    description: "Events up to this time are counted, in every partition",
    schema: { type: "string", format: "date-time" },
  },
  "Content-Disposition": {
    description: "The name under which CSV is saved",
    schema: { type: "string" },
  },
  "Retry-After": { required: true, description: "Seconds", schema: { type: "integer", minimum: 1 } },
  "WWW-Authenticate": {
    required: true,
    description: "What is needed (RFC 6750)",
    schema: { type: "string" },
  },
};
