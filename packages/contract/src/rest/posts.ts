import { z } from "zod";
import { count, countsByType } from "./answer.ts";
import { id, limit, PERIODS, word } from "./parameters.ts";

// ---- GET /engagement/{post_id}, live channel `post` ----
export const postIdParam = z.object({
  post_id: id.meta({ description: "A post of the catalogue", examples: [1] }),
});
export const engagementQuery = z.object({
  period: word(PERIODS).default("7d").describe("Engagements since 00:00 UTC so many days ago"),
});
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

// ---- GET /sample/posts ----
export const samplePostsQuery = z.object({ limit: limit(100) });
export type SamplePostsQuery = z.infer<typeof samplePostsQuery>;
export const samplePost = z
  .object({
    post_id: z.number().int(),
    title: z.string().nullable(),
    author: z.string(),
    category: z.string(),
    publish_date: z.iso.date(),
    ...countsByType,
    total_engagements: count,
  })
  .meta({ id: "SamplePost" });
export type SamplePost = z.infer<typeof samplePost>;
