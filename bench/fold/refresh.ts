import type pg from "pg";
import { Progress } from "../support/progress.ts";
import { median } from "../support/report.ts";

const REFRESHES = 3;

export interface RefreshCost {
  milliseconds: number;
  all: number[];
}

/** The other way of keeping such counts: a materialized view of the raw rows, by post and type, made anew. */
export async function measureRefresh(pool: pg.Pool, history: number): Promise<RefreshCost> {
  const progress = new Progress(`refreshing a materialized view over ${history} rows`, REFRESHES);
  try {
    await pool.query(
      "create materialized view post_totals as select post_id, type, count(*) as engagements from engagements group by 1, 2",
    );
    const all: number[] = [];
    while (all.length < REFRESHES) {
      const started = performance.now();
      await pool.query("refresh materialized view post_totals");
      all.push(performance.now() - started);
      progress.at(all.length);
    }
    return { milliseconds: median(all), all };
  } finally {
    progress.end();
  }
}
