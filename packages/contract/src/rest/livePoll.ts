import { z } from "zod";
import { patternCell, patternsQuery, trendingQuery, trendingRow } from "./analytics.ts";
import { count, time } from "./answer.ts";
import { liveStats } from "./liveStats.ts";
import { overview, overviewQuery } from "./overview.ts";
import { word } from "./parameters.ts";
import { engagementQuery, postEngagement, postIdParam } from "./posts.ts";

// ---- GET /live/{channel}: the live message of a channel, by long polling ----
const AFTER = "expected a version, an integer of at most 15 digits";
export const after = z
  .string(AFTER)
  .regex(/^\d{1,15}$/, AFTER)
  .transform(Number)
  .pipe(z.number().int().min(0).max(999_999_999_999_999))
  .optional()
  .describe(
    "The version that the client has: the answer waits for a newer one. Left out: the newest at once",
  );

const compact = word(["true", "false"])
  .optional()
  .describe("true: as compact live messages are, always whole");

/** By channel, the parameters beside `after`. */
export const pollQueries = {
  totals: z.object({}),
  leaderboard: trendingQuery.extend({ compact }),
  post: z.object({
    post_id: postIdParam.shape.post_id.meta({ description: "The post", examples: [1] }),
    ...engagementQuery.shape,
  }),
  overview: overviewQuery.extend({ compact }),
  heatmap: patternsQuery.extend({ compact }),
};

const message = (data: z.ZodType) =>
  z.object({
    version: count,
    as_of: time,
    params: z
      .record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
      .describe("As given, and the defaults"),
    data,
  });

const cells = z
  .array(z.array(count).length(5))
  .length(168)
  .describe("Total, views, likes, comments and shares of each hour of the week, Sunday 00 first");

/** By channel, the message. */
export const pollAnswers = {
  totals: message(liveStats).meta({ id: "TotalsMessage" }),
  leaderboard: message(z.array(trendingRow)).meta({ id: "LeaderboardMessage" }),
  post: message(postEngagement).meta({ id: "PostMessage" }),
  overview: message(overview).meta({ id: "OverviewMessage" }),
  heatmap: message(z.union([z.array(patternCell), z.object({ cells })])).meta({ id: "HeatmapMessage" }),
};
