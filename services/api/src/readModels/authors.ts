import type { AuthorTrends } from "@pulseboard/contract";
import type { Question } from "./reader.ts";
import { sqlFile } from "./sqlFile.ts";
import { daysBefore } from "./stats.ts";

const TREND_DAYS = 30;

const runTrends = sqlFile<AuthorTrends>("author_trends");

/** GET /author/{author_id}/trends; null for an author that no fold has seen. */
export const authorTrends: Question<{ author_id: number }, AuthorTrends | null> = {
  name: "author_trends",
  windowStart: (stats) => daysBefore(stats.today, TREND_DAYS),
  planning: "once",
  read: async (client, _stats, params) => (await runTrends(client, params))[0] ?? null,
};
