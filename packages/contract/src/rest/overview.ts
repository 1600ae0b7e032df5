import { z } from "zod";
import { average, count, countsByType, time } from "./answer.ts";
import { category, id, timeZone } from "./parameters.ts";

// ---- GET /analytics/overview, live channel `overview` ----
export const overviewQuery = z.object({
  tz: timeZone.default("UTC").describe("The IANA time zone that `today` is told in"),
  category: category.optional().describe("Only posts of this category"),
  author_id: id.optional().describe("Only posts of this author"),
});
export type OverviewQuery = z.infer<typeof overviewQuery>;

export const hourSummary = z
  .object({
    from: time,
    to: time.describe("The hour ends before this"),
    engagements: count,
    ...countsByType,
    posts_engaged: count.describe("Posts with an engagement in the hour"),
    engagements_per_engaged_post: average,
    top_category: z.string().nullable().describe("Of the hour's engagements; null without any"),
    top_category_share: z.number().min(0).max(100).describe("Percent of the hour's engagements"),
  })
  .meta({ id: "HourSummary" });
export type HourSummary = z.infer<typeof hourSummary>;

export const overview = z
  .object({
    last_hour: hourSummary.describe("The last 60 whole minutes, the current one included"),
    last_hour_a_week_ago: hourSummary
      .nullable()
      .describe("The four quarter hours that end with the present one's start a week ago"),
    minutes: z
      .array(z.object({ minute: time, engagements: count }))
      .describe("The last 60, the current one last"),
    today: z
      .array(
        z.object({
          hour: z.number().int().min(0).max(23),
          engagements: count.nullable().describe("Null where the zone's day skips the hour"),
          a_week_ago: count
            .nullable()
            .describe(
              "Of the present hour, up to and including the same quarter hour; null without history that old",
            ),
        }),
      )
      .describe("24 hours of the zone's present day"),
  })
  .meta({ id: "Overview" });
export type Overview = z.infer<typeof overview>;
