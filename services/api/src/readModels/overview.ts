import { canonicalZone, type Overview, type OverviewQuery } from "@pulseboard/contract";
import { createDatabaseZones, type DatabaseZones } from "./databaseZone.ts";
import type { Question } from "./reader.ts";
import { sqlFile } from "./sqlFile.ts";
import { minuteName } from "./stats.ts";

const run = sqlFile<Overview>("overview");
const MINUTES = 60;

/** GET /analytics/overview, live channel `overview`. */
export function createOverview(
  zones: DatabaseZones = createDatabaseZones(),
): Question<OverviewQuery, Overview> {
  return {
    name: "overview",
    canonical: (params) => ({ ...params, tz: canonicalZone(params.tz) }),
    windowStart: (stats) => minuteName(stats.windowMinute - MINUTES + 1),
    planning: "once",
    async read(client, _stats, { tz, category, author_id }) {
      const rows = await zones.inZone(client, tz, (zone) =>
        run(client, {
          tz: zone,
          category: category ?? null,
          author_id: author_id?.toString() ?? null,
        }),
      );
      return rows[0]!;
    },
  };
}
