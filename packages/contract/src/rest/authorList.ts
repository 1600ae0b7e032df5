import { z } from "zod";
import { average, count, countsByType, rank, time } from "./answer.ts";
import { SEGMENTS, segment } from "./authors.ts";
import { category, cursor, direction, limit, offset, searchText, word } from "./parameters.ts";

// ---- GET /authors ----
export const AUTHOR_SORTS = ["name", "engagements", "posts", "average", "opportunity"] as const;
export type AuthorSort = (typeof AUTHOR_SORTS)[number];

export const authorListQuery = z.object({
  q: searchText.optional().describe("Found in names, without regard to case and accents"),
  category: category.optional().describe("The author's own"),
  segment: word(SEGMENTS).optional().describe("Only authors of this segment"),
  sort: word(AUTHOR_SORTS).default("opportunity").describe("What they are sorted by"),
  order: direction,
  limit: limit(100),
  cursor,
  offset,
});
export type AuthorListQuery = z.infer<typeof authorListQuery>;

export const authorListRow = z
  .object({
    author_id: z.number().int(),
    external_id: z.string().nullable(),
    name: z.string(),
    category: z.string(),
    url: z.string().nullable(),
    total_posts: count.describe("Published in the last 90 days"),
    total_engagements: count.describe("All engagements of these posts"),
    avg_engagement_per_post: average,
    category_median: average.describe("Of the averages of the category's authors"),
    performance_segment: segment,
    opportunity_score: count,
    last_30_days: z.array(count).length(31).describe("Engagements by UTC day, today last"),
  })
  .meta({ id: "AuthorListRow" });
export type AuthorListRow = z.infer<typeof authorListRow>;

export const authorList = z
  .object({
    total: count,
    segments: z
      .array(z.object({ segment, authors: count }))
      .describe("Of the authors that q and category leave, before `segment` applies"),
    authors: z.array(authorListRow),
    next_cursor: z.string().nullable(),
  })
  .meta({ id: "AuthorList" });
export type AuthorList = z.infer<typeof authorList>;

// ---- GET /authors/{author_id} ----
export const authorPost = z
  .object({
    post_id: z.number().int(),
    title: z.string().nullable(),
    publish_timestamp: time,
    ...countsByType,
    total_engagements: count,
    category_rank: rank.describe("Among the category's posts of the last 90 days"),
  })
  .meta({ id: "AuthorPost" });
export type AuthorPost = z.infer<typeof authorPost>;

export const authorDetail = authorListRow
  .extend({
    category_p75: average,
    category_rank: rank.nullable().describe("By average, among authors with a post in the last 90 days"),
    category_authors: count,
    joined_date: z.iso.date().nullable(),
    last_1h: count,
    posts: z.array(authorPost).describe("Of the last 90 days, best first, at most 100"),
    category_posts: z
      .object({
        count,
        p25: average.nullable(),
        median: average.nullable(),
        p75: average.nullable(),
        histogram: z
          .array(z.object({ from: z.number(), to: z.number(), posts: count }))
          .describe("40 logarithmic bins"),
      })
      .describe("The other authors' posts of the category, of the last 90 days"),
    category_averages: z.array(average).describe("Of the category's authors, ascending"),
  })
  .meta({ id: "AuthorDetail" });
export type AuthorDetail = z.infer<typeof authorDetail>;
