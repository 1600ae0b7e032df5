import { canonicalZone, type PatternCell, type PatternsQuery } from "@pulseboard/contract";
import type pg from "pg";
import { createDatabaseZones, type DatabaseZones } from "./databaseZone.ts";
import { patternCells } from "./patternCells.ts";
import { createQuarterScopes, dayNumber } from "./quarterScopes.ts";
import type { Question } from "./reader.ts";
import { sqlFile } from "./sqlFile.ts";
import { daysBefore } from "./stats.ts";
import { zoneOffsets } from "./zoneOffsets.ts";

const DAYS = 365;
const run = sqlFile<PatternCell>("engagement_patterns");

/** The reference: sql/engagement_patterns.sql as it stands. */
export const readPatterns = (
  client: pg.ClientBase,
  params: PatternsQuery,
  zones: DatabaseZones,
): Promise<PatternCell[]> =>
  zones.inZone(client, params.tz, (tz) =>
    run(client, {
      tz,
      category: params.category ?? null,
      author_id: params.author_id?.toString() ?? null,
      day_of_week: params.day_of_week?.toString() ?? null,
    }),
  );

/**
 * GET /analytics/engagement-patterns, live channel `heatmap`. Answered from quarter hours kept in memory; where a newer
 * snapshot has already moved those on, by the SQL file, which gives the same (tested).
 */
export function createEngagementPatterns(
  zones: DatabaseZones = createDatabaseZones(),
): Question<PatternsQuery, PatternCell[]> {
  const withDays = createQuarterScopes();
  return {
    name: "engagement_patterns",
    canonical: (params) => ({ ...params, tz: canonicalZone(params.tz) }),
    windowStart: (stats) => daysBefore(stats.today, DAYS),
    async read(client, opening, params) {
      const stats = await opening;
      const today = dayNumber(stats.today);
      const firstDay = today - DAYS;
      const lastDay = today + 2;
      const periods = await zones.inZone(client, params.tz, (zone) =>
        zoneOffsets(client, zone, firstDay, lastDay),
      );
      const scope = { category: params.category, authorId: params.author_id };
      const cells = await withDays(client, stats, scope, (days) =>
        // Events are at most minutes ahead of today; should one be beyond the known offsets, the SQL file answers.
        Math.max(...days.keys(), firstDay) > lastDay
          ? undefined
          : patternCells(days, firstDay, periods, params.day_of_week),
      );
      return cells ?? readPatterns(client, params, zones);
    },
  };
}
