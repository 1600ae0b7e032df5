import type { ClientBase } from "pg";
import { integerArrayOf } from "../counts/arrays.ts";
import { AS_OF, type AsOf, asOfValues } from "./asOf.ts";
import { COUNTS, each, lookUp } from "./columns.ts";
import type { Counted } from "./countPosts.ts";
import type { MovedClock } from "./moveClock.ts";
import { RECENT, type Taken } from "./takeDeltas.ts";

/** The channel on which every new version is announced, once per fold. */
export const CHANNEL = "pulseboard_stats";

/** The oldest folds, as many as one fold forgets at most: those of over an hour ago, or of a clock that was ahead. */
const FORGET = `
  delete from folds
  where version = any (array(select version from folds order by version limit 20))
    and folded_at not between clock_timestamp() - interval '1 hour' and clock_timestamp()`;

/**
 * A version is at least one more than the last, and as a rule ms since the epoch: folds of so long ago are forgotten. The
 * last one stays, however long ago: whoever has seen it needs what changed since.
 */
const POSTS_KEPT = 180_000;
const KEEP_POSTS = `
  with forgotten as (
    delete from folded_posts
    where version = any (array(select version from folded_posts where version < least($1::bigint - ${POSTS_KEPT}, (select max(version) from folded_posts)) order by version limit 20))
  )
  insert into folded_posts (version, post_ids)
  values ($1::bigint, $2::integer[])`;

/** The minutes of the last engagements taken, newest first: of posts that are mapped by now and do not stand aside. */
const NEW_MINUTES = `
  array(select minute
        from (select r.minute, r.engagements
              from unnest($16::integer[], $17::integer[], $18::integer[]) with ordinality r (post_id, minute, engagements, place),
                   ${lookUp("post_id", "post_stats", "post_id = r.post_id")} s
              where not exists (select from set_aside_posts where post_id = r.post_id and holds_counts offset 0)
              order by r.place) recent, generate_series(1, engagements)
        limit ${RECENT})`;

const PUBLISH = `
  update stats
  set version = greatest(version + 1, floor(extract(epoch from clock_timestamp()) * 1000)::bigint),
      as_of = ${AS_OF("$15")},
      window_minute = $4,
      today = $5,
      minutes_from = $6,
      summed_from = $14,
      recent_minutes = (${NEW_MINUTES} || recent_minutes)[1:${RECENT}],
      folded_at = clock_timestamp(),
      ${each(COUNTS, (count) => `${count} = stats.${count} + $${COUNTS.indexOf(count as (typeof COUNTS)[number]) + 7}`)},
      rejected = $11,
      duplicates = $12,
      open_quarter = $13,
      authors = (select rows from catalogue_counts where kind = 'authors'),
      posts = (select rows from catalogue_counts where kind = 'posts'),
      users = (select rows from catalogue_counts where kind = 'users')
  returning version`;

/** Makes the fold the new state: its version, its row in folds, and the one notice of it. */
export async function publishVersion(
  client: ClientBase,
  fold: {
    taken: Taken;
    asOf: AsOf;
    clock: MovedClock;
    counted: Counted;
    /** See stats.summed_from. */
    summedFrom: number;
    days: string[];
    startedAt: number;
  },
): Promise<number> {
  const { taken, asOf, clock, counted } = fold;
  const { rows } = await client.query<{ version: number }>(PUBLISH, [
    ...asOfValues(asOf),
    clock.windowMinute,
    clock.today,
    clock.minutesFrom,
    ...COUNTS.map((count) => counted[count]),
    taken.rejected,
    taken.duplicates,
    counted.openQuarter,
    fold.summedFrom,
    asOf.setBack,
    taken.recentPosts,
    taken.recentMinutes,
    taken.recentEngagements,
  ]);
  const version = rows[0]!.version;
  await client.query(
    `with forgotten as (${FORGET})
     insert into folds (version, folded_at, duration_ms, engagements, days)
     select $1, folded_at, $2, $3, $4 from stats`,
    [
      version,
      Math.round(performance.now() - fold.startedAt),
      counted.views + counted.likes + counted.comments + counted.shares,
      [...new Set(fold.days)].sort(),
    ],
  );
  await client.query(KEEP_POSTS, [version, integerArrayOf(counted.posts)]);
  await client.query("select pg_notify($1, $2)", [CHANNEL, String(version)]);
  return version;
}

/** Without anything new to count, as_of moves alone: no version, no notice. */
export async function moveAsOf(client: ClientBase, asOf: AsOf): Promise<void> {
  await client.query(`update stats set as_of = ${AS_OF("$4")} where as_of <> ${AS_OF("$4")}`, [
    ...asOfValues(asOf),
    asOf.setBack,
  ]);
}
