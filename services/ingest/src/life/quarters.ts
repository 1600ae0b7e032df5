import type { ClientBase } from "pg";
import { COUNTS, each, orAdd } from "../fold/columns.ts";

/** Posts or authors whose old quarters are deleted in one transaction. */
const KEYS_AT_ONCE = 500;

const sums = each(COUNTS, (count) => `bigint_sum(${count})`);

const DELETE_OF_POSTS = `
  with pruned as (
    delete from closed_quarters where post_id between $1 and $2 and quarter < $3
  ), pruned_days as (
    delete from closed_post_days where post_id between $1 and $2 and day < $3 / 96
  ), collapsed as (
    delete from archived_engagements where post_id between $1 and $2 and quarter > 0 and quarter < $3
    returning post_id, ${COUNTS.join(", ")}
  )
  insert into archived_engagements (post_id, quarter, ${COUNTS.join(", ")})
  select post_id, 0, ${sums} from collapsed group by post_id order by post_id
  ${orAdd("archived_engagements", "post_id, quarter", COUNTS)}`;

const DELETE_OF_AUTHORS = `
  with pruned_days as (
    delete from closed_author_days where author_id between $1 and $2 and day < $3 / 96
  )
  delete from closed_author_quarters where author_id between $1 and $2 and quarter < $3`;

/** Runs a deletion over all of the catalogue's ids, some at a time: the primary keys begin with them. */
async function walk(
  client: ClientBase,
  table: string,
  key: string,
  sql: string,
  before: number,
): Promise<void> {
  for (let from = 1; ; ) {
    const { rows } = await client.query<{ last: number | null }>(
      `select max(id) as last from (select ${key} as id from ${table} where ${key} >= $1 order by ${key} limit ${KEYS_AT_ONCE}) ids`,
      [from],
    );
    const last = rows[0]!.last;
    if (last === null) return;
    await client.query(sql, [from, last, before]);
    from = last + 1;
  }
}

/**
 * Deletes what the rollups by quarter hour and by day hold before storage_rules.quarters_from, and sums the same up in the
 * archive. No fold looks there any more, so nothing waits for this and nothing is added behind it.
 * @returns whether there was anything to do
 */
export async function pruneQuarters(client: ClientBase): Promise<boolean> {
  const { rows } = await client.query<{ before: number }>(
    "select quarters_from as before from storage_rules where quarters_pruned_to < quarters_from",
  );
  if (!rows[0]) return false;
  const { before } = rows[0];
  for (const table of ["platform_quarters", "category_quarters"])
    await client.query(`delete from ${table} where quarter < $1`, [before]);
  await walk(client, "posts", "post_id", DELETE_OF_POSTS, before);
  await walk(client, "authors", "author_id", DELETE_OF_AUTHORS, before);
  await client.query("update storage_rules set quarters_pruned_to = $1", [before]);
  return true;
}
