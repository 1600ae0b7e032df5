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

/** Quarters that posts leave behind by being engaged in a newer one; $1 is the first that is kept. */
const CLOSE_QUARTERS = `
  insert into closed_quarters (post_id, quarter, ${columns})
  select post_id, open_quarter, ${each(COUNTS, (count) => `open_${count}`)}
  from fold_posts
  where quarter > open_quarter and open_quarter >= $1
  order by post_id`;

/** New counts of quarters that are not the post's open one. */
const COUNT_CLOSED_QUARTERS = `
  insert into closed_quarters (post_id, quarter, ${columns})
  select post_id, q.quarter, ${each(COUNTS, (count) => `q.${count}`)}
  from fold_quarters q
  join fold_posts f using (post_id)
  where q.quarter < greatest(f.quarter, f.open_quarter) and q.quarter >= $1
  order by post_id, q.quarter
  ${orAdd("closed_quarters", "post_id, quarter", COUNTS)}`;

const sumQuarters = (table: string, keys: string) => `
  insert into ${table} (${keys}, ${columns})
  select ${keys}, ${sums}
  from (select q.*, f.author_id, f.category from fold_quarters q join fold_posts f using (post_id)) counted
  where quarter >= $1
  group by ${keys}
  order by ${keys}
  ${orAdd(table, keys, COUNTS)}`;

/**
 * Post x quarter hour, and its sums for the platform and by category and author.
 * @param quartersFrom the first quarter that is kept
 * @returns the UTC days whose quarters were touched
 */
export async function countQuarters(client: ClientBase, quartersFrom: number): Promise<string[]> {
  const from = [quartersFrom];
  await client.query(CLOSE_QUARTERS, from);
  // What is joined here is the fold's own: its size follows the new events, so it may be read whole.
  await client.query("set local enable_hashjoin = on");
  await client.query(COUNT_CLOSED_QUARTERS, from);
  await client.query(sumQuarters("platform_quarters", "quarter"), from);
  await client.query(sumQuarters("category_quarters", "category, quarter"), from);
  await client.query(sumQuarters("author_quarters", "author_id, category, quarter"), from);
  await client.query("set local enable_hashjoin = off");
  const { rows } = await client.query<{ day: string }>(
    "select distinct date '1970-01-01' + quarter / 96 as day from fold_quarters where quarter >= $1",
    from,
  );
  return rows.map((row) => row.day);
}
