import {
  type AuthorTrends,
  authorIdParam,
  authorTrends as authorTrendsAnswer,
  dailyEngagement,
  engagementQuery,
  type Overview,
  type OverviewQuery,
  opportunityAuthor,
  opportunityAuthorsQuery,
  overview as overviewAnswer,
  overviewQuery,
  type PatternCell,
  type PatternsQuery,
  patternCell,
  patternsQuery,
  postEngagement as postEngagementAnswer,
  postIdParam,
  sampleAuthor,
  sampleAuthorsQuery,
  samplePost,
  samplePostsQuery,
  topCategoriesQuery,
  topCategory,
  trendingQuery,
  trendingRow,
} from "@pulseboard/contract";
import { z } from "zod";
import type { TopAuthors } from "../../readModels/authorList/topAuthors.ts";
import { authorTrends } from "../../readModels/authors.ts";
import { topCategories } from "../../readModels/categories.ts";
import { postEngagement, samplePosts } from "../../readModels/posts.ts";
import type { Question } from "../../readModels/reader.ts";
import { trending } from "../../readModels/trending.ts";
import type { AnalyticsEndpoints } from "../analytics.ts";
import type { CsvTable } from "../csv.ts";
import type { Endpoint } from "../endpoint.ts";
import { overviewTable } from "../overviewTable.ts";

const DAILY = Object.keys(dailyEngagement.shape);
const prefixed = (name: string) => `daily_${name}`;
const TRENDS_COLUMNS = [
  ...Object.keys(authorTrendsAnswer.shape).filter((name) => name !== "daily"),
  ...DAILY.map(prefixed),
];

/** An author's days, each beside what is said of the author. */
const trendsTable = ({ daily, ...author }: AuthorTrends): CsvTable => ({
  columns: TRENDS_COLUMNS,
  rows: daily.map((day) => ({
    ...author,
    ...Object.fromEntries(Object.entries(day).map(([name, value]) => [prefixed(name), value])),
  })),
});

/** Questions that are told in a time zone, and share what is known of zones and quarter hours. */
export interface ZonedQuestions {
  patterns: Question<PatternsQuery, PatternCell[]>;
  overview: Question<OverviewQuery, Overview>;
}

/** Every question that the rollups answer. */
export const analyticsRoutes = (
  answer: AnalyticsEndpoints,
  { patterns, overview }: ZonedQuestions,
  topAuthors: TopAuthors,
): Endpoint[] => [
  answer({
    path: "/engagement/{post_id}",
    summary: "How a post was engaged with, lately or ever",
    params: postIdParam,
    query: engagementQuery,
    question: postEngagement,
    answer: postEngagementAnswer,
    unknown: { parameter: "post_id", thing: "post" },
  }),
  answer({
    path: "/author/{author_id}/trends",
    summary: "How an author is doing: in all, with the newest posts, day by day",
    params: authorIdParam,
    question: authorTrends,
    answer: authorTrendsAnswer,
    csv: trendsTable,
    unknown: { parameter: "author_id", thing: "author" },
  }),
  answer({
    path: "/categories/top",
    summary: "The categories with most engagements, or most posts",
    query: topCategoriesQuery,
    question: topCategories,
    answer: z.array(topCategory),
  }),
  answer({
    path: "/sample/posts",
    summary: "The most engaged posts of all time",
    query: samplePostsQuery,
    question: samplePosts,
    answer: z.array(samplePost),
  }),
  answer({
    path: "/sample/authors",
    summary: "The most engaged authors, of those with a post in the last 90 days",
    query: sampleAuthorsQuery,
    question: topAuthors.sample,
    answer: z.array(sampleAuthor),
  }),
  answer({
    path: "/analytics/overview",
    summary: "The last hour and today, beside the same a week ago",
    description:
      "By category, author or both; the minutes of the last hour, and the hours of the zone's day.",
    query: overviewQuery,
    question: overview,
    answer: overviewAnswer,
    csv: overviewTable,
  }),
  answer({
    path: "/analytics/engagement-patterns",
    summary: "At which hours of which days people engage, seen from a time zone",
    description: "The last 365 days; only cells with engagements, by day, then hour.",
    query: patternsQuery,
    question: patterns,
    answer: z.array(patternCell),
  }),
  answer({
    path: "/analytics/opportunity-authors",
    summary: "Who would gain most from coaching",
    description:
      "Authors of 10 or more posts in the last 90 days, whose posts do less than their category's median.",
    query: opportunityAuthorsQuery,
    question: topAuthors.opportunities,
    answer: z.array(opportunityAuthor),
  }),
  answer({
    path: "/analytics/trending",
    summary: "The leaderboard of posts, authors or categories in a window that ends now",
    description: "Whole minutes, the current one included.",
    query: trendingQuery,
    question: trending,
    answer: z.array(trendingRow),
  }),
];
