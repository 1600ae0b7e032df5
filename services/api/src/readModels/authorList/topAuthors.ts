import type {
  OpportunityAuthor,
  OpportunityAuthorsQuery,
  SampleAuthor,
  SampleAuthorsQuery,
} from "@pulseboard/contract";
import type { PostIndex } from "../postList/postIndex.ts";
import type { Question } from "../reader.ts";
import { sqlFile } from "../sqlFile.ts";
import { daysBefore, type Stats } from "../stats.ts";
import type { AuthorTables, Placed } from "./authorTable.ts";

const PERFORMANCE_DAYS = 90;

const runTop = sqlFile<SampleAuthor>("top_authors");
const runOpportunities = sqlFile<OpportunityAuthor>("opportunity_authors");

/** Questions that compare all authors. */
export interface TopAuthors {
  sample: Question<SampleAuthorsQuery, SampleAuthor[]>;
  opportunities: Question<OpportunityAuthorsQuery, OpportunityAuthor[]>;
}

const sampleOf = ({ row, how }: Placed): SampleAuthor => ({
  author_id: row.author_id,
  name: row.name,
  category: row.category,
  total_posts: how.total_posts,
  total_engagements: how.total_engagements,
  avg_engagement_per_post: how.avg_engagement_per_post,
  performance_segment: how.performance_segment,
});

const opportunityOf = ({ row, how }: Placed): OpportunityAuthor => ({
  author_id: row.author_id,
  author_name: row.name,
  category: row.category,
  total_posts: how.total_posts,
  avg_engagement_per_post: how.avg_engagement_per_post,
  category_median: how.category_median,
  opportunity_score: how.opportunity_score,
  performance_segment: how.performance_segment,
});

/**
 * GET /sample/authors and /analytics/opportunity-authors: answered from the authors in memory. Until those are loaded, which
 * takes a while with a million posts, the files of sql/ answer.
 */
export function createTopAuthors(posts: PostIndex, tables: AuthorTables): TopAuthors {
  const common = {
    windowStart: (stats: Stats) => daysBefore(stats.today, PERFORMANCE_DAYS),
    planning: "once",
  } as const;
  return {
    sample: {
      ...common,
      name: "sample_authors",
      async read(client, opening, { limit }) {
        if (!posts.current()) return runTop(client, { limit });
        const table = tables(await posts.asOf(client, opening));
        return table.first("engagements", "total_posts", limit).map(sampleOf);
      },
    },
    opportunities: {
      ...common,
      name: "opportunity_authors",
      async read(client, opening, { limit }) {
        if (!posts.current()) return runOpportunities(client, { limit });
        const table = tables(await posts.asOf(client, opening));
        return table.first("opportunity", "opportunity_score", limit).map(opportunityOf);
      },
    },
  };
}
