import type { ClientBase } from "pg";
import { COUNTS, each, MINUTES_KEPT, orAdd } from "./columns.ts";
import type { Clock } from "./state.ts";

const columns = COUNTS.join(", ");
const sums = each(COUNTS, (count) => `sum(${count})`);

/** Post x minute: the new counts in, and what is two days behind out. */
export async function countMinutes(client: ClientBase, before: Clock, after: Clock): Promise<void> {
  await client.query(
    `insert into minute_batches (minute, post_ids, ${columns})
     select minute, array_agg(post_id), ${each(COUNTS, (count) => `array_agg(${count})`)}
     from fold_deltas
     where minute >= $1
     group by minute
     order by minute`,
    [after.windowMinute - MINUTES_KEPT],
  );
  if (after.windowMinute === before.windowMinute) return;
  // Everything before the lower bound went when window_minute moved there.
  await client.query("delete from minute_batches where minute >= $1 and minute < $2", [
    before.windowMinute - MINUTES_KEPT,
    after.windowMinute - MINUTES_KEPT,
  ]);
}

/** What the posts' own rows held of an older quarter hour; $1 is the first that is kept. */
const CLOSE_QUARTERS = `
  insert into closed_quarters (post_id, quarter, ${columns})
  select post_id, open_quarter, ${each(COUNTS, (count) => `open_${count}`)}
  from fold_posts
  where closes and open_quarter >= $1
  order by post_id
  ${orAdd("closed_quarters", "post_id, quarter", COUNTS)}`;

/** New counts that are not of the open quarter hour: late ones, and some that are ahead of the windows. */
const SUM_OTHER_QUARTERS = `
  insert into fold_quarters (post_id, quarter, ${columns})
  select post_id, minute / 15, ${sums}
  from fold_deltas
  where minute / 15 <> $1 and minute / 15 >= $2
  group by post_id, minute / 15`;

const COUNT_OTHER_QUARTERS = `
  insert into closed_quarters (post_id, quarter, ${columns})
  select post_id, quarter, ${columns}
  from fold_quarters
  order by post_id, quarter
  ${orAdd("closed_quarters", "post_id, quarter", COUNTS)}`;

const sumQuarters = (table: string, keys: string) => `
  insert into ${table} (${keys}, ${columns})
  select ${keys}, ${sums}
  from (
    select author_id, category, $1::integer as quarter, ${each(COUNTS, (count) => `new_${count} as ${count}`)}
    from fold_posts
    where is_open and $1 >= $2
    union all
    select f.author_id, f.category, q.quarter, ${each(COUNTS, (count) => `q.${count}`)}
    from fold_quarters q
    join fold_posts f using (post_id)
  ) counted
  group by ${keys}
  order by ${keys}
  ${orAdd(table, keys, COUNTS)}`;

/**
 * Post x quarter hour, and its sums for the platform and by category and author.
 * @param openQuarter the one that the posts' own rows have counted
 * @param quartersFrom the first quarter hour that is kept
 * @returns the UTC days whose quarters were touched
 */
export async function countQuarters(
  client: ClientBase,
  openQuarter: number,
  quartersFrom: number,
): Promise<string[]> {
  const quarters = [openQuarter, quartersFrom];
  await client.query(CLOSE_QUARTERS, [quartersFrom]);
  const { rowCount: others } = await client.query(SUM_OTHER_QUARTERS, quarters);
  if (others) await client.query(COUNT_OTHER_QUARTERS);
  // What is joined here is the fold's own: its size follows the new events, so it may be read whole.
  await client.query("set local enable_hashjoin = on");
  await client.query(sumQuarters("platform_quarters", "quarter"), quarters);
  await client.query(sumQuarters("category_quarters", "category, quarter"), quarters);
  await client.query(sumQuarters("author_quarters", "author_id, category, quarter"), quarters);
  await client.query("set local enable_hashjoin = off");
  const { rows } = await client.query<{ day: string }>(
    `select distinct date '1970-01-01' + quarter / 96 as day
     from (select quarter from fold_quarters union all (select $1::integer from fold_posts where is_open limit 1)) touched`,
    [openQuarter],
  );
  return rows.map((row) => row.day);
}
