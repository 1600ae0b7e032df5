import type {
  AuthorTrends,
  OpportunityAuthor,
  OpportunityAuthorsQuery,
  SampleAuthor,
  SampleAuthorsQuery,
} from "@pulseboard/contract";
import type { Question } from "./reader.ts";
import { sqlFile } from "./sqlFile.ts";
import { daysBefore } from "./stats.ts";

const PERFORMANCE_DAYS = 90;
const TREND_DAYS = 30;

const runTrends = sqlFile<AuthorTrends>("author_trends");
const runTop = sqlFile<SampleAuthor>("top_authors");
const runOpportunities = sqlFile<OpportunityAuthor>("opportunity_authors");

/** GET /author/{author_id}/trends; null for an author that no fold has seen. */
export const authorTrends: Question<{ author_id: number }, AuthorTrends | null> = {
  name: "author_trends",
  windowStart: (stats) => daysBefore(stats.today, TREND_DAYS),
  planning: "once",
  read: async (client, _stats, params) => (await runTrends(client, params))[0] ?? null,
};

/** GET /sample/authors */
export const sampleAuthors: Question<SampleAuthorsQuery, SampleAuthor[]> = {
  name: "sample_authors",
  windowStart: (stats) => daysBefore(stats.today, PERFORMANCE_DAYS),
  read: (client, _stats, params) => runTop(client, params),
};

/** GET /analytics/opportunity-authors */
export const opportunityAuthors: Question<OpportunityAuthorsQuery, OpportunityAuthor[]> = {
  name: "opportunity_authors",
  windowStart: (stats) => daysBefore(stats.today, PERFORMANCE_DAYS),
  read: (client, _stats, params) => runOpportunities(client, params),
};
