import type { Pool } from "pg";
import { MINUTE_MS } from "./messages.ts";
import type { Model } from "./model.ts";
import { typeIndex } from "./snapshot.ts";

/** Sums by table and key, zeros left out. */
export type Rollups = Record<string, number[]>;

const DAY_MS = 86_400_000;
const WINDOWS = { "5m": 5, "1h": 60, "24h": 1440 };
const SPANS = [7, 30, 90];

const COUNTS = "views, likes, comments, shares";
const WINDOW_COUNTS = Object.keys(WINDOWS)
  .map((name) => `views_${name}, likes_${name}, comments_${name}, shares_${name}`)
  .join(", ");
const SPAN_COUNTS = SPANS.map((days) => `posts_${days}d, engagements_${days}d`).join(", ");

const part = (table: string, key: string, counts: string, where: string) =>
  `select concat_ws(' ', '${table}', ${key}) as key, array[${counts}]::bigint[] as counts from ${table} where ${where}`;
const OWN_POSTS = "post_id >= $1 and post_id < $2";
const OWN_AUTHORS = "author_id >= $1 and author_id < $2";
const OWN_CATEGORIES = "category like $3";
const READ = [
  part("post_stats", "post_id, author_id, category", `${COUNTS}, ${WINDOW_COUNTS}`, OWN_POSTS),
  part("post_minutes", "post_id, minute", COUNTS, OWN_POSTS),
  part("post_quarters", "post_id, quarter", COUNTS, OWN_POSTS),
  part("post_days", "post_id, day", COUNTS, OWN_POSTS),
  part("author_stats", "author_id", `posts, engagements, ${SPAN_COUNTS}, ${WINDOW_COUNTS}`, OWN_AUTHORS),
  part("author_categories", "author_id, category", "posts, engagements", OWN_AUTHORS),
  part("author_quarters", "author_id, category, quarter", COUNTS, OWN_AUTHORS),
  part("author_days", "author_id, day", COUNTS, OWN_AUTHORS),
  part("category_stats", "category", `posts, engagements, ${WINDOW_COUNTS}`, OWN_CATEGORIES),
  part("category_quarters", "category, quarter", COUNTS, OWN_CATEGORIES),
].join(" union all ");

/**
 * The rollups of one history.
 * @param ids [first, end) of its posts and of its authors
 * @param categories what its categories begin with
 */
export async function readRollups(pool: Pool, ids: [number, number], categories: string): Promise<Rollups> {
  const { rows } = await pool.query<{ key: string; counts: number[] }>({
    name: "model-rollups",
    text: `select key, array_to_json(counts) as counts from (${READ}) r`,
    values: [...ids, `${categories}%`],
  });
  // A quarter hour or a day may stand in several rows.
  const sums = new Sums();
  for (const { key, counts } of rows) sums.add(key, counts);
  return sums.result();
}

/** Totals of the platform, and what they sum up in tables that the fold does not write: of all histories. */
export async function readTotals(pool: Pool): Promise<{ found: number[]; expected: number[] }> {
  const { rows } = await pool.query<{ found: number[]; expected: number[] }>(
    `with logs as (select rejected, duplicates from ingest_offsets
                   union all select rejected, duplicates from ingest_closed_logs)
     select (select json_build_array(views + likes + comments + shares, rejected, duplicates) from stats) as found,
            json_build_array((select count(*) from engagements),
                             (select sum(rejected) from logs), (select sum(duplicates) from logs)) as expected`,
  );
  return rows[0]!;
}

/**
 * What the rollups hold once everything is folded.
 * @param clock where the fold's windows and days stand, ms
 * @param minutesFrom stats.minutes_from
 */
export function expectedRollups({ catalogue, events }: Model, clock: number, minutesFrom: number): Rollups {
  const sums = new Sums();
  const windowMinute = Math.floor(clock / MINUTE_MS);
  const today = Math.floor(clock / DAY_MS) * DAY_MS;
  const inSpans = (published: number, posts: number, engagements: number) =>
    SPANS.flatMap((days) => (published >= today - days * DAY_MS ? [posts, engagements] : [0, 0]));
  const noWindows = Array(12).fill(0);

  for (const { author, category, published } of catalogue.values()) {
    sums.add(`author_stats ${author}`, [1, 0, ...inSpans(published, 1, 0), ...noWindows]);
    sums.add(`author_categories ${author} ${category}`, [1, 0]);
    sums.add(`category_stats ${category}`, [1, 0, ...noWindows]);
  }
  for (const { post, type, at } of events.values()) {
    const { author, category, published } = catalogue.get(post)!;
    const minute = Math.floor(at / MINUTE_MS);
    const quarter = Math.floor(minute / 15);
    const day = Math.floor(at / DAY_MS);
    const one = [0, 0, 0, 0];
    one[typeIndex(type)] = 1;
    const windows = Object.values(WINDOWS).flatMap((minutes) =>
      minute > windowMinute - minutes && minute <= windowMinute ? one : [0, 0, 0, 0],
    );
    sums.add(`post_stats ${post} ${author} ${category}`, [...one, ...windows]);
    if (minute >= minutesFrom) sums.add(`post_minutes ${post} ${minute}`, one);
    sums.add(`post_quarters ${post} ${quarter}`, one);
    sums.add(`post_days ${post} ${day}`, one);
    sums.add(`author_stats ${author}`, [0, 1, ...inSpans(published, 0, 1), ...windows]);
    sums.add(`author_categories ${author} ${category}`, [0, 1]);
    sums.add(`author_quarters ${author} ${category} ${quarter}`, one);
    sums.add(`author_days ${author} ${day}`, one);
    sums.add(`category_stats ${category}`, [0, 1, ...windows]);
    sums.add(`category_quarters ${category} ${quarter}`, one);
  }
  return sums.result();
}

class Sums {
  private readonly sums = new Map<string, number[]>();

  add(key: string, counts: number[]): void {
    const sum = this.sums.get(key);
    this.sums.set(key, sum ? sum.map((count, index) => count + counts[index]!) : counts);
  }

  result(): Rollups {
    const rows = [...this.sums].filter(([, counts]) => counts.some((count) => count !== 0));
    return Object.fromEntries(rows.sort(([a], [b]) => (a < b ? -1 : 1)));
  }
}
