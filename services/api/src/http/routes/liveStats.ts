import { type LiveStats, liveStats } from "@pulseboard/contract";
import { z } from "zod";
import type { CsvTable } from "../csv.ts";
import { withinDeadline } from "../deadline.ts";
import { defineEndpoint, type Endpoint } from "../endpoint.ts";
import { chooseFormat, format, sendCsv, sendJson } from "../format.ts";

const COLUMNS = [
  ...Object.keys(liveStats.shape).filter((name) => name !== "totals" && name !== "conditions"),
  ...Object.keys(liveStats.shape.totals.shape),
  "conditions",
];

/** One row, the totals beside the rest, the conditions by name. */
const table = ({ totals, conditions, ...stats }: LiveStats): CsvTable => ({
  columns: COLUMNS,
  rows: [{ ...stats, ...totals, conditions: conditions.map(({ condition }) => condition).join(" ") }],
});

/** Without an ETag: freshness, speed and lag are of the moment, not of a version. */
export const liveStatsRoute = (read: () => Promise<LiveStats>, cacheControl: string): Endpoint =>
  defineEndpoint({
    method: "get",
    path: "/live/stats",
    tag: "Live",
    id: "live_stats",
    summary: "What has been counted so far, how fast it grows, and how fresh it is",
    access: "read",
    query: z.object({ format }),
    answers: {
      200: {
        description: "As of this moment",
        content: { "application/json": liveStats, "text/csv": null },
        headers: ["X-Stats-As-Of", "Content-Disposition"],
      },
    },
    async handle({ query }, request, response) {
      const stats = await withinDeadline(read());
      response.set({ "X-Stats-As-Of": stats.as_of, "Cache-Control": cacheControl }).vary("Accept");
      if (chooseFormat(request, query.format) === "json") sendJson(response, JSON.stringify(stats));
      else sendCsv(response, "live_stats", table(stats));
    },
  });
