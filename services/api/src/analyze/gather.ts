import type { OpportunityAuthor, PatternCell, SampleAuthor, TopCategory } from "@pulseboard/contract";
import { transaction } from "@pulseboard/runtime";
import type pg from "pg";
import { createDatabaseZones } from "../readModels/databaseZone.ts";
import { sqlFile } from "../readModels/sqlFile.ts";

/** An hour of the week, with the posts that were engaged in it: pairs of a post and an hour. */
export type PatternByPost = PatternCell & { active_posts: number; avg_engagement_per_active_post: number };

export interface VolumeRow {
  category: string;
  performance_segment: string;
  authors: number;
  total_posts: number;
  total_engagements: number;
  avg_posts_per_author: number;
  avg_engagement_per_post: number;
  category_median: number;
  opportunity_score: number;
}

interface Totals {
  version: number;
  as_of: Date;
  events_per_second: number;
  authors: number;
  posts: number;
  users: number;
  engagements: number;
  views: number;
  likes: number;
  comments: number;
  shares: number;
  rejected: number;
  duplicates: number;
}

/** Every answer is of one version. */
export interface Analysis {
  tz: string;
  totals: Totals;
  patterns: PatternByPost[];
  top_authors: SampleAuthor[];
  opportunity_authors: OpportunityAuthor[];
  volume_vs_engagement: VolumeRow[];
  top_categories: TopCategory[];
}

const liveStats = sqlFile<Totals>("live_stats");
const patterns = sqlFile<PatternByPost>("engagement_patterns_by_post");
const topAuthors = sqlFile<SampleAuthor>("top_authors");
const opportunityAuthors = sqlFile<OpportunityAuthor>("opportunity_authors");
const volume = sqlFile<VolumeRow>("volume_vs_engagement");
const topCategories = sqlFile<TopCategory>("top_categories");

/** Asks every question of the report, in one snapshot. `onQuestion` is told which one is read. @throws UnknownZone */
export const gather = (
  pool: pg.Pool,
  { tz, limit }: { tz: string; limit: number },
  onQuestion: (name: string) => void = () => {},
): Promise<Analysis> =>
  transaction(
    pool,
    async (client) => {
      onQuestion("totals");
      const [totals] = await liveStats(client, {});
      if (!totals) throw new Error("the stats row is missing");
      onQuestion("patterns");
      const found = await createDatabaseZones().inZone(client, tz, (zone) =>
        patterns(client, { tz: zone, category: null, author_id: null, day_of_week: null }),
      );
      onQuestion("authors");
      return {
        tz,
        totals,
        patterns: found,
        top_authors: await topAuthors(client, { limit }),
        opportunity_authors: await opportunityAuthors(client, { limit }),
        volume_vs_engagement: await volume(client, {}),
        top_categories: await topCategories(client, { limit, metric: "engagement" }),
      };
    },
    "begin isolation level repeatable read read only",
  );
