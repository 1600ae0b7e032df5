import type { ClientBase } from "pg";
import { atRowsOf, lookUp } from "./columns.ts";

/** Days of which the numbers are kept before post_minutes begins: the same hour a week ago, also of a clock that went back. */
const QUARTERS_BEFORE_MINUTES = 9 * 96;
/** Rows that leave in one fold at most. */
const PRUNED_AT_ONCE = 50_000;

const KEYS = "quarter, author_id, category";
const ADD = `on conflict (${KEYS}) do update set posts = engaged_posts.posts + excluded.posts`;

/**
 * The first quarter hour of which the number of posts is known that were engaged in it and the three before.
 * @param minutesFrom see stats.minutes_from
 * @param quartersFrom the first quarter hour that is kept
 */
export const engagedFrom = (minutesFrom: number, quartersFrom: number): number =>
  Math.max(Math.floor(minutesFrom / 15) - QUARTERS_BEFORE_MINUTES, quartersFrom + 3);

/** The same in SQL. */
export const ENGAGED_FROM = `
  (select greatest(minutes_from / 15 - ${QUARTERS_BEFORE_MINUTES}, quarters_from + 3) from stats, storage_rules)`;

/**
 * Quarter hours in which posts have new counts, and of the hours that hold those the ones in which the post had none:
 * $1 is the open quarter hour, $2 the first that is kept. What a post had before this fold stands in closed_quarters, and
 * of its open one in its row.
 */
const COUNT = `
  with new as materialized (
    select post_id, $1::integer as quarter from fold_posts where closes and $1 > $2 - 4
    union all
    select post_id, quarter from fold_quarters where quarter > $2 - 4
  ), hours as materialized (
    select distinct n.post_id, hour.quarter
    from new n,
         lateral (select array(select quarter from closed_quarters
                               where post_id = n.post_id and quarter > n.quarter - 4 and quarter < n.quarter + 4) as quarters
                  offset 0) known,
         generate_series(n.quarter, n.quarter + 3) hour (quarter)
    where hour.quarter >= $2
      and not exists (select from unnest(known.quarters) k (quarter)
                      where k.quarter > hour.quarter - 4 and k.quarter <= hour.quarter)
  )
  insert into engaged_posts (${KEYS}, posts)
  select h.quarter, f.author_id, f.category, count(*)
  from hours h
  join fold_posts f using (post_id)
  where f.open_quarter is null or f.open_quarter <= h.quarter - 4 or f.open_quarter > h.quarter
  group by h.quarter, f.author_id, f.category
  order by h.quarter, f.author_id, f.category
  ${ADD}`;

/** How many posts were engaged in each hour; to be called before what the fold counts is added to the history. */
export async function countEngagedPosts(
  client: ClientBase,
  openQuarter: number,
  from: number,
): Promise<void> {
  await client.query(COUNT, [openQuarter, from]);
}

/** Drops what is older than that, some at a time. */
export async function pruneEngagedPosts(client: ClientBase, from: number): Promise<void> {
  await client.query(
    `delete from engaged_posts
     where ${atRowsOf(`select ctid from engaged_posts where quarter < $1 order by quarter limit ${PRUNED_AT_ONCE}`)}`,
    [from],
  );
}

/** Moves posts that change their author or category from the numbers of the old ones to those of the new ones. */
export async function moveEngagedPosts(client: ClientBase, from: number): Promise<void> {
  await client.query(
    `with hours as materialized (
       select distinct side.post_id, q.quarter + later as quarter
       from (select distinct post_id from fold_sides where moves_history) side,
            ${lookUp("quarter", "post_quarters", "post_id = side.post_id and quarter > $1 - 4")} q,
            generate_series(0, 3) later
       where q.quarter + later >= $1
     )
     insert into engaged_posts (${KEYS}, posts)
     select h.quarter, side.author_id, side.category, sum(side.sign)
     from hours h
     join fold_sides side on side.post_id = h.post_id and side.moves_history
     group by h.quarter, side.author_id, side.category
     having sum(side.sign) <> 0
     order by h.quarter, side.author_id, side.category
     ${ADD}`,
    [from],
  );
}
