import type { LiveStats } from "@pulseboard/contract";
import type { RequestHandler } from "express";
import { type AnalyticsAnswers, withinDeadline } from "../analytics.ts";

/** GET /live/stats. Without an ETag: freshness, speed and lag are of the moment, not of a version. */
export const liveStatsRoute =
  (answers: AnalyticsAnswers, read: () => Promise<LiveStats>): RequestHandler =>
  async (_request, response) => {
    const stats = await withinDeadline(read());
    response.set({ "X-Stats-As-Of": stats.as_of, "Cache-Control": answers.cacheControl }).json(stats);
  };
