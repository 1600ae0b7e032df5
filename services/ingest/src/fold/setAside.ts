import type { ClientBase } from "pg";
import { COUNTS, each, orAdd } from "./columns.ts";

/** A post that no fold can count, or move to where the catalogue has it now. */
export interface Poison {
  postId: number;
  sqlstate: string;
  message: string;
  /** Whether its counts are kept apart; else they count under the mapping it has. */
  holdsCounts: boolean;
}

/** SQLSTATE "no data": the catalogue has no such post. */
const NOT_IN_CATALOGUE = "02000";
const LONGEST_MESSAGE = 300;
const columns = COUNTS.join(", ");

/** Moves the new counts of posts that stand aside out of this fold. */
export async function keepApart(client: ClientBase): Promise<void> {
  await client.query(
    `with apart as (
       delete from fold_deltas
       where post_id = any (array(select post_id from set_aside_posts where holds_counts))
       returning post_id, minute, ${columns}
     )
     insert into set_aside_counts (post_id, minute, ${columns})
     select post_id, minute, ${each(COUNTS, (count) => `bigint_sum(${count})`)}
     from apart
     group by post_id, minute
     order by post_id, minute
     ${orAdd("set_aside_counts", "post_id, minute", COUNTS)}`,
  );
}

/** Posts that stand aside and that the catalogue has changed are tried by this fold, with all their counts. */
export async function takeBack(client: ClientBase): Promise<void> {
  await client.query(
    `with back as (
       delete from set_aside_posts
       where post_id = any (array(select post_id from fold_changes))
       returning post_id
     ), counts as (
       delete from set_aside_counts
       where post_id = any (array(select post_id from back))
       returning post_id, minute, ${columns}
     )
     insert into fold_deltas (post_id, minute, ${columns})
     select post_id, minute, ${columns} from counts`,
  );
}

/** Sets posts with new counts aside that neither a rollup nor the catalogue has. */
export async function setUnknownAside(client: ClientBase): Promise<void> {
  await client.query(
    `insert into set_aside_posts (post_id, sqlstate, message, holds_counts)
     select distinct post_id, $1, 'the catalogue has no such post', true
     from fold_deltas d
     where not exists (select from post_stats s where s.post_id = d.post_id offset 0)
       and not exists (select from posts p where p.post_id = d.post_id offset 0)
     on conflict do nothing`,
    [NOT_IN_CATALOGUE],
  );
  await keepApart(client);
}

/** Sets posts aside before a fold; the changes of the catalogue that were looked at are done with. */
export async function setAside(
  client: ClientBase,
  poison: readonly Poison[],
  lastChange: number,
): Promise<void> {
  await client.query(
    `with done as (
       delete from catalogue_changes where post_id = any ($1::integer[]) and queue_number <= $5
     )
     insert into set_aside_posts (post_id, sqlstate, message, holds_counts)
     select * from unnest($1::integer[], $2::text[], $3::text[], $4::boolean[])
     on conflict (post_id) do update
     set sqlstate = excluded.sqlstate, message = excluded.message, tried_at = excluded.tried_at,
         holds_counts = set_aside_posts.holds_counts or excluded.holds_counts`,
    [
      poison.map(({ postId }) => postId),
      poison.map(({ sqlstate }) => sqlstate),
      poison.map(({ message }) => message.slice(0, LONGEST_MESSAGE)),
      poison.map(({ holdsCounts }) => holdsCounts),
      lastChange,
    ],
  );
}

/**
 * Queues the post that has waited longest for another trial, when it was not tried for a while.
 * @returns undefined when there is none
 */
export async function nextTrial(client: ClientBase, notForMs: number): Promise<number | undefined> {
  const { rows } = await client.query<{ post_id: number }>(
    `update set_aside_posts
     set tried_at = clock_timestamp()
     where post_id = (select post_id
                      from set_aside_posts a
                      where exists (select from posts p where p.post_id = a.post_id offset 0)
                        and abs(extract(epoch from clock_timestamp() - tried_at)) * 1000 >= $1
                      order by tried_at
                      limit 1)
     returning post_id`,
    [notForMs],
  );
  return rows[0]?.post_id;
}
