import { z } from "zod";
import { average, count, countsByType } from "./answer.ts";
import { id, limit } from "./parameters.ts";

/** How much an author writes, and how well it does among the authors of the same category. */
export const SEGMENTS = [
  "High Volume, Low Engagement",
  "High Volume, High Engagement",
  "Low Volume, High Quality",
  "Average",
] as const;
export const segment = z.enum(SEGMENTS);
export type Segment = z.infer<typeof segment>;

// ---- GET /author/{author_id}/trends ----
export const authorIdParam = z.object({
  author_id: id.meta({ description: "An author of the catalogue", examples: [1] }),
});
export const dailyEngagement = z
  .object({ date: z.iso.date(), ...countsByType, total_engagements: count })
  .meta({ id: "DailyEngagement" });
export const authorTrends = z
  .object({
    author_id: z.number().int(),
    author_name: z.string(),
    category: z.string().describe("The author's own"),
    total_posts: count,
    total_engagements: count,
    avg_engagement_per_post: average,
    trend_7d: average.describe("Average engagements of the author's posts published in the last 7 days"),
    trend_30d: average.describe("The same of the last 30 days"),
    daily: z.array(dailyEngagement).describe("By day of engagement, since 30 days ago"),
  })
  .meta({ id: "AuthorTrends" });
export type AuthorTrends = z.infer<typeof authorTrends>;

// ---- GET /sample/authors ----
export const sampleAuthorsQuery = z.object({ limit: limit(50) });
export type SampleAuthorsQuery = z.infer<typeof sampleAuthorsQuery>;
export const sampleAuthor = z
  .object({
    author_id: z.number().int(),
    name: z.string(),
    category: z.string(),
    total_posts: count,
    total_engagements: count,
    avg_engagement_per_post: average,
    performance_segment: segment,
  })
  .meta({ id: "SampleAuthor" });
export type SampleAuthor = z.infer<typeof sampleAuthor>;

// ---- GET /analytics/opportunity-authors ----
export const opportunityAuthorsQuery = z.object({ limit: limit(50) });
export type OpportunityAuthorsQuery = z.infer<typeof opportunityAuthorsQuery>;
export const opportunityAuthor = z
  .object({
    author_id: z.number().int(),
    author_name: z.string(),
    category: z.string(),
    total_posts: count,
    avg_engagement_per_post: average,
    category_median: average,
    opportunity_score: z.number().int().positive().describe("(category median - own average) x posts"),
    performance_segment: segment,
  })
  .meta({ id: "OpportunityAuthor" });
export type OpportunityAuthor = z.infer<typeof opportunityAuthor>;
