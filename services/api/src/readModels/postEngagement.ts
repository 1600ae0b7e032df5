import type { Period, PostEngagement } from "@pulseboard/contract";
import type { Question } from "./reader.ts";
import { sqlFile } from "./sqlFile.ts";
import { daysBefore } from "./stats.ts";

const run = sqlFile<PostEngagement>("post_engagement");

/** GET /engagement/{post_id}; null for a post that the catalogue does not have. */
export const postEngagement: Question<{ post_id: number; period: Period }, PostEngagement | null> = {
  name: "post_engagement",
  windowStart: (stats, { period }) =>
    period === "all" ? "all" : daysBefore(stats.today, Number.parseInt(period, 10)),
  read: async (client, _stats, params) => (await run(client, params))[0] ?? null,
};
