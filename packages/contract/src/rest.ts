import { z } from "zod";
import { parseTimestamp } from "./time.ts";

const count = z.number().int().nonnegative();
const time = z.string().refine((text) => !Number.isNaN(parseTimestamp(text)), "an RFC 3339 time");
const TIME_ZONE = "expected an IANA time zone such as Europe/Vienna";
const timeZone = z
  .string(TIME_ZONE)
  .max(64, TIME_ZONE)
  .refine((zone) => {
    try {
      // Offsets such as +01:00 are not IANA names, though Intl takes them.
      return /^[A-Za-z]/.test(zone) && Boolean(new Intl.DateTimeFormat("en", { timeZone: zone }));
    } catch {
      return false;
    }
  }, TIME_ZONE);
/** A number in a query string: decimal digits only, nothing coerced from blanks, signs or exponents. */
const integer = (min: number, max: number) => {
  const expected = `expected an integer from ${min} to ${max}`;
  return z
    .string(expected)
    .regex(/^\d{1,10}$/, expected)
    .transform(Number)
    .pipe(z.number().int().min(min, expected).max(max, expected));
};
/** One of some words in a query string. */
const word = <const W extends readonly [string, ...string[]]>(words: W) =>
  z.enum(words, `expected ${words.slice(0, -1).join(", ")} or ${words.at(-1)}`);
const id = integer(1, 2 ** 31 - 1);

const countsByType = { views: count, likes: count, comments: count, shares: count };

export const WINDOWS = ["5m", "1h", "24h"] as const;
export type Window = (typeof WINDOWS)[number];
export const BOARDS = ["posts", "authors", "categories"] as const;
export type Board = (typeof BOARDS)[number];
export const PERIODS = ["7d", "30d", "90d", "all"] as const;
export type Period = (typeof PERIODS)[number];

// ---- GET /engagement/{post_id} ----
export const postIdParam = z.object({ post_id: id });
export const engagementQuery = z.object({ period: word(PERIODS).default("7d") });
export const postEngagement = z
  .object({
    post_id: z.number().int(),
    title: z.string().nullable(),
    author_name: z.string(),
    category: z.string(),
    publish_date: z.iso.date(),
    ...countsByType,
    total_engagements: count,
    engagement_rate: z
      .number()
      .nonnegative()
      .describe("100 x (likes + comments + shares) / views, 0 without views"),
  })
  .meta({ id: "PostEngagement" });
export type PostEngagement = z.infer<typeof postEngagement>;

// ---- GET /analytics/engagement-patterns, live channel `heatmap` ----
const CATEGORY = "expected one name of 1 to 200 characters, without NUL";
/** PostgreSQL's text knows no NUL, so no category has one. */
const category = z
  .string(CATEGORY)
  .min(1, CATEGORY)
  .max(200, CATEGORY)
  .refine((name) => !name.includes("\0"), CATEGORY);
export const patternsQuery = z.object({
  day_of_week: integer(0, 6).optional().describe("0 = Sunday"),
  tz: timeZone.default("UTC"),
  category: category.optional(),
  author_id: id.optional(),
});
export type PatternsQuery = z.infer<typeof patternsQuery>;
export const patternCell = z
  .object({
    hour_of_day: z.number().int().min(0).max(23),
    day_of_week: z.number().int().min(0).max(6),
    day_name: z.string(),
    total_engagements: count,
    ...countsByType,
    pct_of_total: z.number().min(0).max(100),
  })
  .meta({ id: "PatternCell" });
export type PatternCell = z.infer<typeof patternCell>;

// ---- GET /analytics/trending, live channel `leaderboard` ----
export const trendingQuery = z.object({
  window: word(WINDOWS).default("1h"),
  by: word(BOARDS).default("posts"),
  limit: integer(1, 100).default(10),
});
export type TrendingQuery = z.infer<typeof trendingQuery>;
export const trendingRow = z
  .object({
    rank: z.number().int().min(1),
    previous_rank: z
      .number()
      .int()
      .min(1)
      .nullable()
      .describe("When the current minute began; null when new"),
    id: z.union([z.number().int(), z.string()]).describe("post_id, author_id, or the category's name"),
    label: z.string(),
    category: z.string().nullable(),
    engagements: count,
    ...countsByType,
  })
  .meta({ id: "TrendingRow" });
export type TrendingRow = z.infer<typeof trendingRow>;

// ---- GET /live/stats, live channel `totals` ----
export const liveStats = z
  .object({
    version: z.number().int().nonnegative(),
    as_of: time,
    freshness_ms: z.number().int().nonnegative(),
    events_per_second: z.number().nonnegative().describe("Engagements counted, over the last 10 s"),
    consumer_lag: count.nullable().describe("Messages on the topic not yet passed; null when Kafka is away"),
    totals: z.object({
      authors: count,
      posts: count,
      users: count,
      engagements: count,
      ...countsByType,
      rejected: count,
      duplicates: count,
    }),
  })
  .meta({ id: "LiveStats" });
export type LiveStats = z.infer<typeof liveStats>;

// ---- POST /events ----
/** In a JSON array. */
export const MAX_EVENTS_PER_REQUEST = 1_000;
/** Lines that are not blank, in a body of NDJSON: what Kafka acknowledges well within the deadline of a request. */
export const MAX_NDJSON_EVENTS = 10_000;
export const MAX_EVENTS_BODY_BYTES = 4 * 1024 * 1024;
export const eventsAnswer = z
  .object({
    accepted: count,
    rejected: z.array(z.object({ index: count, field: z.string(), reason: z.string() })),
  })
  .meta({ id: "EventsAnswer" });
export type EventsAnswer = z.infer<typeof eventsAnswer>;

// ---- Errors: RFC 9457 ----
export const problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.number().int(),
    detail: z.string().optional(),
    instance: z.string().optional(),
    /** The parameter at fault, where there is one. */
    parameter: z.string().optional(),
  })
  .meta({ id: "Problem" });
export type Problem = z.infer<typeof problem>;
