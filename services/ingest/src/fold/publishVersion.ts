import type { ClientBase } from "pg";
import { COUNTS, each } from "./columns.ts";
import type { Counted } from "./countPosts.ts";
import type { Clock } from "./state.ts";
import type { Taken } from "./takeDeltas.ts";

/** The channel on which every new version is announced, once per fold. */
export const CHANNEL = "pulseboard_stats";

/** A fold is remembered for an hour. */
const REMEMBERED_MS = 3_600_000;

const PUBLISH = `
  update stats
  set version = greatest(version + 1, floor(extract(epoch from clock_timestamp()) * 1000)::bigint),
      as_of = greatest(as_of, $1::timestamptz),
      window_minute = $2,
      today = $3,
      folded_at = clock_timestamp(),
      ${each(COUNTS, (count) => `${count} = stats.${count} + ${`$${COUNTS.indexOf(count as (typeof COUNTS)[number]) + 4}`}`)},
      rejected = $8,
      duplicates = $9,
      open_quarter = $10,
      authors = (select rows from catalogue_counts where kind = 'authors'),
      posts = (select rows from catalogue_counts where kind = 'posts'),
      users = (select rows from catalogue_counts where kind = 'users')
  returning version`;

/** Makes the fold the new state: its version, its row in folds, and the one notice of it. */
export async function publishVersion(
  client: ClientBase,
  fold: { taken: Taken; clock: Clock; counted: Counted; days: string[]; startedAt: number },
): Promise<number> {
  const { taken, clock, counted } = fold;
  const { rows } = await client.query<{ version: number }>(PUBLISH, [
    taken.watermark,
    clock.windowMinute,
    clock.today,
    ...COUNTS.map((count) => counted[count]),
    taken.rejected,
    taken.duplicates,
    counted.openQuarter,
  ]);
  const version = rows[0]!.version;
  await client.query(
    `with pruned as (delete from folds where version < $1::bigint - ${REMEMBERED_MS})
     insert into folds (version, folded_at, duration_ms, engagements, days)
     select $1, folded_at, $2, $3, $4 from stats`,
    [
      version,
      Math.round(performance.now() - fold.startedAt),
      counted.views + counted.likes + counted.comments + counted.shares,
      [...new Set(fold.days)].sort(),
    ],
  );
  await client.query("select pg_notify($1, $2)", [CHANNEL, String(version)]);
  return version;
}

/** Without anything new to count, as_of moves alone: no version, no notice. */
export async function advanceAsOf(client: ClientBase, watermark: string | null): Promise<void> {
  if (watermark === null) return;
  await client.query("update stats set as_of = $1 where as_of < $1", [watermark]);
}
