import { z } from "zod";
import { count, countsByType, time } from "./answer.ts";
import { condition } from "./conditions.ts";

// ---- GET /live/stats, live channel `totals` ----
export const liveStats = z
  .object({
    version: z.number().int().nonnegative(),
    as_of: time,
    freshness_ms: z.number().int().nonnegative(),
    events_per_second: z.number().nonnegative().describe("Engagements counted, over the last 10 s"),
    consumer_lag: count.nullable().describe("Messages on the topic not yet passed; null when Kafka is away"),
    sample_history_pct: z
      .number()
      .int()
      .min(0)
      .max(100)
      .nullable()
      .describe(
        "How much of the sample history has been published; null when there is none, or all of it is",
      ),
    totals: z.object({
      authors: count,
      posts: count,
      users: count,
      engagements: count,
      ...countsByType,
      rejected: count,
      duplicates: count,
    }),
    conditions: z.array(condition).describe("What is wrong now; empty when nothing is"),
  })
  .meta({ id: "LiveStats" });
export type LiveStats = z.infer<typeof liveStats>;
