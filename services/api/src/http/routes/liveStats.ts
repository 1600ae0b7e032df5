import { type LiveStats, liveStats } from "@pulseboard/contract";
import { withinDeadline } from "../deadline.ts";
import { defineEndpoint, type Endpoint } from "../endpoint.ts";

/** Without an ETag: freshness, speed and lag are of the moment, not of a version. */
export const liveStatsRoute = (read: () => Promise<LiveStats>, cacheControl: string): Endpoint =>
  defineEndpoint({
    method: "get",
    path: "/live/stats",
    tag: "Live",
    id: "live_stats",
    summary: "What has been counted so far, how fast it grows, and how fresh it is",
    access: "read",
    answers: {
      200: {
        description: "As of this moment",
        content: { "application/json": liveStats },
        headers: ["X-Stats-As-Of"],
      },
    },
    async handle(_input, _request, response) {
      const stats = await withinDeadline(read());
      response.set({ "X-Stats-As-Of": stats.as_of, "Cache-Control": cacheControl }).json(stats);
    },
  });
