import type { ClientBase } from "pg";
import { integerArrayOf } from "../counts/arrays.ts";
import { COUNTS, each, lookUp, orAdd } from "./columns.ts";
import { type DeltaColumns, DeltaReader, type FoldDeltas } from "./deltas.ts";

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

/** Takes the new counts of posts that stand aside out of this fold. @returns the others */
export async function keepApart(client: ClientBase, deltas: FoldDeltas): Promise<FoldDeltas> {
  const { rows } = await client.query<{ post_id: number }>(
    "select post_id from set_aside_posts where holds_counts and post_id = any ($1::integer[])",
    [integerArrayOf(deltas.posts())],
  );
  if (rows.length === 0) return deltas;
  const aside = new Set(rows.map(({ post_id }) => post_id));
  await client.query(
    `insert into set_aside_counts (post_id, minute, ${columns})
     select * from unnest($1::integer[], $2::integer[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[]) as c (post_id, minute, ${columns})
     order by post_id, minute
     ${orAdd("set_aside_counts", "post_id, minute", COUNTS)}`,
    deltas.of((postId) => aside.has(postId)).table.columns(),
  );
  return deltas.of((postId) => !aside.has(postId));
}

/**
 * Posts that stand aside and that the catalogue has changed are tried by this fold, with all their counts: in the order of
 * their changes until these fill the bound, one post at least. The others are queued again.
 */
export async function takeBack(client: ClientBase, deltas: FoldDeltas, maxCounts: number): Promise<void> {
  const { rows } = await client.query<DeltaColumns | { postIds: null }>(
    `with held as materialized (
       select c.post_id, c.place, (select count(*) from set_aside_counts where post_id = c.post_id) as counts
       from fold_changes c, ${lookUp("post_id", "set_aside_posts", "post_id = c.post_id")} a
     ), turns as materialized (
       select post_id, sum(counts) over (order by place, post_id) - counts as ahead from held
     ), later as (
       delete from fold_changes
       where post_id = any (array(select post_id from turns where ahead >= $1))
       returning post_id, place
     ), queued as (
       insert into catalogue_changes (post_id) select post_id from later order by place
     ), back as (
       delete from set_aside_posts
       where post_id = any (array(select post_id from turns where ahead < $1))
       returning post_id
     ), counts as (
       delete from set_aside_counts
       where post_id = any (array(select post_id from back))
       returning post_id, minute, ${columns}
     )
     select array_agg(post_id)::text as "postIds", array_agg(minute)::text as minutes,
            ${each(COUNTS, (count) => `array_agg(${count})::text as ${count}`)}
     from counts`,
    [maxCounts],
  );
  const [counts] = rows;
  if (counts!.postIds === null) return;
  const reader = new DeltaReader();
  reader.read(counts!);
  reader.addTo(deltas);
}

/** Sets posts with new counts aside that neither a rollup nor the catalogue has. @returns the counts of the others */
export async function setUnknownAside(client: ClientBase, deltas: FoldDeltas): Promise<FoldDeltas> {
  await client.query(
    `insert into set_aside_posts (post_id, sqlstate, message, holds_counts)
     select post_id, $1, 'the catalogue has no such post', true
     from unnest($2::integer[]) d (post_id)
     where not exists (select from post_stats s where s.post_id = d.post_id offset 0)
       and not exists (select from posts p where p.post_id = d.post_id offset 0)
     on conflict do nothing`,
    [NOT_IN_CATALOGUE, integerArrayOf(deltas.posts())],
  );
  return keepApart(client, deltas);
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
