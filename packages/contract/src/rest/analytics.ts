import { z } from "zod";
import { count, countsByType, rank } from "./answer.ts";
import { BOARDS, category, id, integer, limit, timeZone, WINDOWS, word } from "./parameters.ts";

// ---- GET /analytics/engagement-patterns, live channel `heatmap` ----
export const patternsQuery = z.object({
  day_of_week: integer(0, 6).optional().describe("0 = Sunday"),
  tz: timeZone.default("UTC").describe("The IANA time zone that hours and days are told in"),
  category: category.optional().describe("Only posts of this category"),
  author_id: id.optional().describe("Only posts of this author"),
});
export type PatternsQuery = z.infer<typeof patternsQuery>;
export const patternCell = z
  .object({
    hour_of_day: z.number().int().min(0).max(23),
    day_of_week: z.number().int().min(0).max(6).describe("0 = Sunday"),
    day_name: z.string(),
    total_engagements: count,
    ...countsByType,
    pct_of_total: z.number().min(0).max(100).describe("Of all cells, before the day filter"),
  })
  .meta({ id: "PatternCell" });
export type PatternCell = z.infer<typeof patternCell>;

// ---- GET /analytics/trending, live channel `leaderboard` ----
export const trendingQuery = z.object({
  window: word(WINDOWS).default("1h").describe("Whole minutes, the current one included"),
  by: word(BOARDS).default("posts").describe("What is ranked"),
  limit: limit(100),
});
export type TrendingQuery = z.infer<typeof trendingQuery>;
export const trendingRow = z
  .object({
    rank,
    previous_rank: rank.nullable().describe("When the current minute began; null when new"),
    id: z.union([z.number().int(), z.string()]).describe("post_id, author_id, or the category's name"),
    label: z.string(),
    category: z.string().nullable(),
    engagements: count,
    ...countsByType,
  })
  .meta({ id: "TrendingRow" });
export type TrendingRow = z.infer<typeof trendingRow>;
