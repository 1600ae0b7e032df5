import type { Period, PostEngagement, SamplePost, SamplePostsQuery } from "@pulseboard/contract";
import type { Question } from "./reader.ts";
import { sqlFile } from "./sqlFile.ts";
import { daysBefore } from "./stats.ts";

const runEngagement = sqlFile<PostEngagement>("post_engagement");
const runTop = sqlFile<SamplePost>("top_posts");

/** GET /engagement/{post_id}, live channel `post`; null for a post that no fold has seen. */
export const postEngagement: Question<{ post_id: number; period: Period }, PostEngagement | null> = {
  name: "post_engagement",
  windowStart: (stats, { period }) =>
    period === "all" ? "all" : daysBefore(stats.today, Number.parseInt(period, 10)),
  planning: "once",
  read: async (client, _stats, params) => (await runEngagement(client, params))[0] ?? null,
};

/** GET /sample/posts */
export const samplePosts: Question<SamplePostsQuery, SamplePost[]> = {
  name: "sample_posts",
  windowStart: () => "all",
  read: (client, _stats, params) => runTop(client, params),
};
