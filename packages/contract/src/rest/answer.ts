import { z } from "zod";
import { parseTimestamp } from "../time.ts";

/** What answers are made of. */

export const count = z.number().int().nonnegative();
export const countsByType = { views: count, likes: count, comments: count, shares: count };
/** Rounded to 2 decimals, half away from zero. */
export const average = z.number().nonnegative();
export const time = z
  .string()
  .refine((text) => !Number.isNaN(parseTimestamp(text)), "an RFC 3339 time")
  .meta({ format: "date-time" });
export const rank = z.number().int().min(1);
