import { z } from "zod";
import { MIN_TIME_MS } from "../event.ts";
import { parseTimestamp } from "../time.ts";
import { word } from "./parameters.ts";

// ---- GET /export/engagements ----
export const EXPORT_FORMATS = ["ndjson", "csv"] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];
export const MAX_EXPORT_DAYS = 366;
const DAY_MS = 86_400_000;
const LAST_MS = Date.parse("9999-12-31T23:59:59.999Z");

/** Milliseconds since the epoch of a time, or of a date's beginning in UTC; NaN when it is neither. */
export const exportBound = (text: string): number =>
  parseTimestamp(/^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T00:00:00Z` : text);

const EXPECTED = "expected a date or an RFC 3339 time with zone, 2000 or later";
const bound = z
  .string(EXPECTED)
  .refine((text) => {
    const ms = exportBound(text);
    return ms >= MIN_TIME_MS && ms <= LAST_MS;
  }, EXPECTED)
  .meta({ pattern: "^[2-9]", anyOf: [{ format: "date" }, { format: "date-time" }] });

export const exportQuery = z
  .object({
    from: bound.describe("Engagements at or after; a date is 00:00 UTC").meta({ examples: ["2026-01-01"] }),
    to: bound
      .describe(`Engagements before; at most ${MAX_EXPORT_DAYS} days after from`)
      .meta({ examples: ["2026-02-01T00:00:00Z"] }),
    format: word(EXPORT_FORMATS).default("ndjson").describe("How rows are written"),
  })
  .refine(({ from, to }) => exportBound(to) > exportBound(from), {
    path: ["to"],
    message: "expected a time after from",
  })
  .refine(({ from, to }) => exportBound(to) - exportBound(from) <= MAX_EXPORT_DAYS * DAY_MS, {
    path: ["to"],
    message: `expected a time at most ${MAX_EXPORT_DAYS} days after from`,
  });
export type ExportQuery = z.infer<typeof exportQuery>;
