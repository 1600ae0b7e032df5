import { z } from "zod";
import { average, count, countsByType, rank, time } from "./answer.ts";
import { category, cursor, direction, id, limit, offset, searchText, word } from "./parameters.ts";

// ---- GET /posts ----
export const POST_SORTS = [
  "published",
  "title",
  "author",
  "engagements",
  "rate",
  "last_1h",
  "last_24h",
] as const;
export type PostSort = (typeof POST_SORTS)[number];
export const POST_STATES = ["listed", "rising", "withdrawn"] as const;
export type PostState = (typeof POST_STATES)[number];
export const SINCE = ["24h", "7d", "30d"] as const;

export const postListQuery = z.object({
  q: searchText.optional().describe("Found in titles and authors' names, without regard to case and accents"),
  category: category.optional().describe("Only posts of this category"),
  author_id: id.optional().describe("Only posts of this author"),
  since: word(SINCE).optional().describe("Published within"),
  state: word(POST_STATES)
    .default("listed")
    .describe(
      "rising: 30 engagements in the last hour, and twice the share of the last 24 h that all posts have",
    ),
  sort: word(POST_SORTS).default("last_24h").describe("What they are sorted by"),
  order: direction,
  limit: limit(100),
  cursor,
  offset,
});
export type PostListQuery = z.infer<typeof postListQuery>;

export const postListRow = z
  .object({
    post_id: z.number().int(),
    external_id: z.string().nullable(),
    title: z.string().nullable(),
    author_id: z.number().int(),
    author: z.string(),
    category: z.string(),
    publish_timestamp: time,
    url: z.string().nullable(),
    ...countsByType,
    total_engagements: count,
    engagement_rate: z
      .number()
      .nonnegative()
      .describe("100 x (likes + comments + shares) / views, 0 without views"),
    last_1h: count,
    last_24h: count,
    last_24h_by_hour: z.array(count).length(24).describe("UTC clock hours, the current one last"),
    rising: average
      .nullable()
      .describe("last_1h / last_24h over that of all posts together, where the post is rising; else null"),
    withdrawn: z.boolean(),
  })
  .meta({ id: "PostListRow" });
export type PostListRow = z.infer<typeof postListRow>;

export const postList = z
  .object({ total: count, posts: z.array(postListRow), next_cursor: z.string().nullable() })
  .meta({ id: "PostList" });
export type PostList = z.infer<typeof postList>;

// ---- GET /posts/{post_id} ----
export const postRank = z
  .object({
    window: z.enum(["5m", "1h", "24h", "all"]),
    scope: z.string().describe("`all`, or the post's category"),
    rank: rank.nullable().describe("Null without an engagement in the window, and for a withdrawn post"),
    previous_rank: rank.nullable().describe("When the current minute began; null where it is not kept"),
    engagements: count,
  })
  .meta({ id: "PostRank" });
export type PostRank = z.infer<typeof postRank>;

export const postDetail = postListRow
  .extend({
    content_length: z.number().int().nullable(),
    has_media: z.boolean().nullable(),
    tags: z.array(z.string()),
    is_promoted: z.boolean(),
    language: z.string().nullable(),
    ranks: z.array(postRank),
    curve: z
      .array(z.object({ age_hours: z.number().int().min(0).max(72), total_engagements: count }))
      .describe("By the hour, up to the present age and at most 72"),
    hours: z.array(z.object({ from: time, engagements: count })).describe("The last 72 UTC clock hours"),
  })
  .meta({ id: "PostDetail" });
export type PostDetail = z.infer<typeof postDetail>;
