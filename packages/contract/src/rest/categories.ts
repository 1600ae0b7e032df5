import { z } from "zod";
import { average, count, rank } from "./answer.ts";
import { limit, word } from "./parameters.ts";

// ---- GET /categories/top ----
export const topCategoriesQuery = z.object({
  metric: word(["engagement", "posts"]).default("engagement").describe("What they are ranked by"),
  limit: limit(50),
});
export type TopCategoriesQuery = z.infer<typeof topCategoriesQuery>;
export const topCategory = z
  .object({
    category: z.string(),
    total_engagements: count,
    total_posts: count,
    avg_engagement_per_post: average,
    top_author: z.string().describe("Who has the most engagements on posts of the category"),
    rank,
  })
  .meta({ id: "TopCategory" });
export type TopCategory = z.infer<typeof topCategory>;
