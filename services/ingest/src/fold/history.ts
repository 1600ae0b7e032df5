import type { ClientBase } from "pg";
import { COUNTS, each, orAdd } from "./columns.ts";
import { countEngagedPosts, engagedFrom } from "./engagedPosts.ts";

const columns = COUNTS.join(", ");
const sums = each(COUNTS, (count) => `bigint_sum(${count})`);

/** Post x minute: the new counts in, and what is behind `after` out. @param before, after see stats.minutes_from */
export async function countMinutes(client: ClientBase, before: number, after: number): Promise<void> {
  await client.query(
    `insert into minute_batches (minute, post_ids, ${columns})
     select minute, array_agg(post_id), ${each(COUNTS, (count) => `array_agg(${count})`)}
     from fold_deltas
     where minute >= $1
     group by minute
     order by minute`,
    [after],
  );
  if (after === before) return;
  // Everything before the lower bound went when minutes_from moved there.
  await client.query("delete from minute_batches where minute >= $1 and minute < $2", [before, after]);
}

/** New counts that are not of the open quarter hour: late ones, and some that are ahead of the windows. */
const SUM_OTHER_QUARTERS = `
  insert into fold_quarters (post_id, quarter, ${columns})
  select post_id, minute / 15, ${sums}
  from fold_deltas
  where minute / 15 <> $1 and minute / 15 >= $2
  group by post_id, minute / 15`;

/** What rows of posts held of an older quarter hour, and the new counts of others; $1 is the first that is kept. */
const CLOSED_OF_POSTS = `
  select post_id, open_quarter as quarter, ${each(COUNTS, (count) => `open_${count} as ${count}`)}
  from fold_posts
  where closes and open_quarter >= $1
  union all
  select post_id, quarter, ${columns} from fold_quarters`;

/** The same by author and category. */
const CLOSED_OF_PAIRS = `
  select author_id, category, open_quarter as quarter, ${each(COUNTS, (count) => `open_${count} as ${count}`)}
  from fold_author_categories
  where closes and open_quarter >= $1
  union all
  select f.author_id, f.category, q.quarter, ${each(COUNTS, (count) => `q.${count}`)}
  from fold_quarters q
  join fold_posts f using (post_id)`;

/** @param keys the table's primary key, in its order: with a quarter or a day */
const addClosed = (table: string, keys: string, from: string) => `
  insert into ${table} (${keys}, ${columns})
  select ${keys}, ${sums}
  from (select *, quarter / 96 as day from (${from}) of_quarters) closed
  group by ${keys}
  order by ${keys}
  ${orAdd(table, keys, COUNTS)}`;

const ADD_CLOSED = [
  addClosed("closed_quarters", "post_id, quarter", CLOSED_OF_POSTS),
  addClosed("closed_post_days", "post_id, day", CLOSED_OF_POSTS),
  addClosed("closed_author_quarters", "author_id, quarter, category", CLOSED_OF_PAIRS),
  addClosed("closed_author_days", "author_id, day", CLOSED_OF_PAIRS),
];

/** A live fold between two quarter hours closes nothing. */
const ANY_CLOSED = `
  select exists (select from fold_quarters)
      or exists (select from fold_posts where closes)
      or exists (select from fold_author_categories where closes) as closed`;

const addAll = (table: string, keys: string) => `
  insert into ${table} (${keys}, ${columns})
  select ${keys}, ${sums}
  from (
    select category, $1::integer as quarter, ${each(COUNTS, (count) => `new_${count} as ${count}`)}
    from fold_author_categories
    where is_open and $1 >= $2
    union all
    select f.category, q.quarter, ${each(COUNTS, (count) => `q.${count}`)}
    from fold_quarters q
    join fold_posts f using (post_id)
  ) counted
  group by ${keys}
  order by ${keys}
  ${orAdd(table, keys, COUNTS)}`;

const ADD_ALL = [addAll("platform_quarters", "quarter"), addAll("category_quarters", "category, quarter")];

/**
 * History by quarter hour and by day: what closes of posts and of authors with their categories, and for the platform
 * and by category everything; and how many posts were engaged in each hour.
 * @param openQuarter the one that the rows of posts and pairs have counted
 * @param quartersFrom the first quarter hour that is kept
 * @param minutesFrom see stats.minutes_from
 * @returns the UTC days whose quarters were touched
 */
export async function countQuarters(
  client: ClientBase,
  openQuarter: number,
  quartersFrom: number,
  minutesFrom: number,
): Promise<string[]> {
  const quarters = [openQuarter, quartersFrom];
  await client.query(SUM_OTHER_QUARTERS, quarters);
  // What is joined here is the fold's own: its size follows the new events, so it may be read whole.
  await client.query("set local enable_hashjoin = on");
  const any = await client.query<{ closed: boolean }>(ANY_CLOSED);
  if (any.rows[0]!.closed) {
    await countEngagedPosts(client, openQuarter, engagedFrom(minutesFrom, quartersFrom));
    for (const statement of ADD_CLOSED) await client.query(statement, [quartersFrom]);
  }
  for (const statement of ADD_ALL) await client.query(statement, quarters);
  await client.query("set local enable_hashjoin = off");
  const { rows } = await client.query<{ day: string }>(
    `select distinct date '1970-01-01' + quarter / 96 as day
     from (select quarter from fold_quarters union all (select $1::integer from fold_posts where is_open limit 1)) touched`,
    [openQuarter],
  );
  return rows.map((row) => row.day);
}
