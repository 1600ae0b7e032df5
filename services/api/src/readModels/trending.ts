import type { Board, TrendingQuery, TrendingRow, Window } from "@pulseboard/contract";
import type { Question } from "./reader.ts";
import { sqlFile } from "./sqlFile.ts";
import { minuteName } from "./stats.ts";

const run: Record<Board, ReturnType<typeof sqlFile<TrendingRow>>> = {
  posts: sqlFile("trending_posts"),
  authors: sqlFile("trending_authors"),
  categories: sqlFile("trending_categories"),
};

const MINUTES: Record<Window, number> = { "5m": 5, "1h": 60, "24h": 1440 };

/** GET /analytics/trending, live channel `leaderboard`. */
export const trending: Question<TrendingQuery, TrendingRow[]> = {
  name: "trending",
  windowStart: (stats, { window }) => minuteName(stats.windowMinute - MINUTES[window] + 1),
  read: (client, _stats, { by, window, limit }) => run[by](client, { window, limit }),
};
