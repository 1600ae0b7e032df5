import type { ClientBase } from "pg";
import { closeMovedPairs } from "./authorCategories.ts";
import { atRowsOf, COUNTS, each, lookUp, orAdd } from "./columns.ts";
import { engagedFrom, moveEngagedPosts } from "./engagedPosts.ts";
import { moveMinutes } from "./minuteSums.ts";
import type { State } from "./state.ts";

/** Posts weighed in one fold; weighing reads a post's whole index of quarters. */
const POSTS_WEIGHED = 500;

const MAPPED = `fold_changes c,
             ${lookUp("author_id, category, publish_timestamp", "post_stats", "post_id = c.post_id")} s,
             ${lookUp("author_id, category, publish_timestamp", "posts", "post_id = c.post_id")} p`;
const DIFFERS = `(s.author_id, s.category, s.publish_timestamp)
                 is distinct from (p.author_id, p.category, p.publish_timestamp)`;

/**
 * Chooses the posts that change their mapping in this fold, oldest change first: until their quarters fill the
 * bound, one post at least.
 */
async function chooseMoves(client: ClientBase, maxBuckets: number, quartersFrom: number): Promise<boolean> {
  const { rows } = await client.query<{ moves: number }>(
    `with changed as (
       select post_id, s.author_id, s.category, s.publish_timestamp,
              p.author_id as new_author_id, p.category as new_category, p.publish_timestamp as new_publish_timestamp,
              (s.author_id, s.category) is distinct from (p.author_id, p.category) as moves_history,
              row_number() over (order by c.place) as turn
       from ${MAPPED}
       where ${DIFFERS}
     ), weighed as (
       select *, case when moves_history
                      then (select count(*) from post_quarters q where q.post_id = changed.post_id and q.quarter >= $2) else 0 end as buckets
       from changed
       where turn <= ${POSTS_WEIGHED}
     ), queued as (
       select *, coalesce(sum(buckets) over (order by turn rows between unbounded preceding and 1 preceding), 0) as ahead
       from weighed
     ), chosen as materialized (
       select * from queued where ahead < $1
     ), sides as (
       insert into fold_sides (post_id, sign, moves_history, author_id, category, publish_timestamp)
       select post_id, -1, moves_history, author_id, category, publish_timestamp from chosen
       union all
       select post_id, 1, moves_history, new_author_id, new_category, new_publish_timestamp from chosen
     )
     select count(*) as moves from chosen`,
    [maxBuckets, quartersFrom],
  );
  return rows[0]!.moves > 0;
}

/** Moves the history of the chosen posts between the sums at `keys`, and drops sums that hold nothing any more. */
async function moveSums(
  client: ClientBase,
  sums: { table: string; keys: readonly string[]; period: "quarter" | "day" },
  quartersFrom: number,
): Promise<void> {
  const { table, keys, period } = sums;
  const from = period === "day" ? "$1::integer / 96" : "$1";
  const history = (columns: string) =>
    `fold_sides side, ${lookUp(columns, `post_${period}s`, `post_id = side.post_id and ${period} >= ${from}`)} h`;
  await client.query(
    `insert into ${table} (${keys.join(", ")}, ${period}, ${COUNTS.join(", ")})
     select ${each(keys, (key) => `side.${key}`)}, h.${period}, ${each(COUNTS, (count) => `bigint_sum(side.sign * h.${count})`)}
     from ${history([period, ...COUNTS].join(", "))}
     where side.moves_history
     group by ${each(keys, (key) => `side.${key}`)}, h.${period}
     having ${COUNTS.map((count) => `bigint_sum(side.sign * h.${count}) <> 0`).join(" or ")}
     order by ${each(keys, (key) => `side.${key}`)}, h.${period}
     ${orAdd(table, [...keys, period].join(", "), COUNTS)}`,
    [quartersFrom],
  );
  await client.query(
    `delete from ${table}
     where ${atRowsOf(`
       select t.row_id
       from (select distinct ${each(keys, (key) => `side.${key}`)}, h.${period}
             from ${history(period)}
             where side.moves_history and side.sign = -1) moved,
            ${lookUp("ctid as row_id", table, [...[...keys, period].map((key) => `${key} = moved.${key}`), ...COUNTS.map((count) => `${count} = 0`)].join(" and "))} t`)}`,
    [quartersFrom],
  );
}

/** All that is summed by what a change of the catalogue may change. quartersFrom begins a day. */
const MOVED_SUMS = [
  { table: "category_quarters", keys: ["category"], period: "quarter" },
  { table: "closed_author_quarters", keys: ["author_id", "category"], period: "quarter" },
  { table: "closed_author_days", keys: ["author_id"], period: "day" },
] as const;

/**
 * Moves the history of posts whose author, category or publish time changed to where the catalogue has them now.
 * Those beyond the bound are queued again.
 * Quarters before the first that is kept may be there yet, and are not looked at.
 * @param before where quarters, minutes and their sums begin
 * @returns the UTC days whose sums changed
 */
export async function moveHistory(client: ClientBase, maxBuckets: number, before: State): Promise<string[]> {
  const { quartersFrom } = before;
  if (!(await chooseMoves(client, maxBuckets, quartersFrom))) return [];
  await closeMovedPairs(client, quartersFrom);
  for (const sums of MOVED_SUMS) await moveSums(client, sums, quartersFrom);
  await moveMinutes(client, before);
  await moveEngagedPosts(client, engagedFrom(before.minutesFrom, quartersFrom));
  const { rows } = await client.query<{ day: string }>(
    `select distinct date '1970-01-01' + q.quarter / 96 as day
     from fold_sides side, ${lookUp("quarter", "post_quarters", "post_id = side.post_id and quarter >= $1")} q
     where side.moves_history and side.sign = 1`,
    [quartersFrom],
  );
  return rows.map((row) => row.day);
}

/** The posts themselves follow, once their old and new mappings have been counted. */
export async function remapPosts(client: ClientBase): Promise<{ left: number }> {
  await client.query(
    `update post_stats s
     set author_id = side.author_id, category = side.category, publish_timestamp = side.publish_timestamp
     from fold_sides side,
          ${lookUp("ctid as row_id", "post_stats", `post_id = side.post_id and (author_id, category, publish_timestamp) is distinct from (side.author_id, side.category, side.publish_timestamp)`)} f
     where side.sign = 1 and s.ctid = f.row_id`,
  );
  const { rowCount } = await client.query(
    `insert into catalogue_changes (post_id)
     select post_id
     from ${MAPPED}
     where ${DIFFERS}
     order by c.place`,
  );
  return { left: rowCount ?? 0 };
}
