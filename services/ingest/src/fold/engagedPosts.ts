import type { ClientBase } from "pg";
import { integerArrayOf } from "../counts/arrays.ts";
import type { CountTable } from "../counts/countTable.ts";
import { AUTHOR_ENGAGED_POSTS, appendSums, mergeSums } from "./authorSums.ts";
import { atRowsOf, lookUp, orAdd } from "./columns.ts";
import { joined } from "./connection.ts";
import type { Counted } from "./countPosts.ts";

/** Days of which the numbers are kept before post_minutes begins: the same hour a week ago, also of a clock that went back. */
const QUARTERS_BEFORE_MINUTES = 9 * 96;
/** Rows that leave in one fold at most. */
const PRUNED_AT_ONCE = 50_000;
/** The numbers of an hour, which ends with a quarter hour, change most until the next one opens. */
const QUARTERS_CHANGING = 4;
/** Older ones change by late events and by posts that move: so many of them are looked at in one fold, in turns. */
const QUARTERS_LOOKED_AT = 72;

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

/** @param hours common table expressions that end with one of that name: rows of an hour's last quarter, an author, a category and posts */
export const addEngagedPosts = (hours: string): string => `
  with ${hours}, of_authors as (${appendSums(AUTHOR_ENGAGED_POSTS, "hours")})
  insert into category_engaged_posts (quarter, category, posts)
  select quarter, category, bigint_sum(posts) from hours group by quarter, category order by quarter, category
  ${orAdd("category_engaged_posts", "quarter, category", ["posts"])}`;

/**
 * Quarter hours in which posts have new counts, and the hours that these posts enter thereby: of the four that hold such a
 * quarter hour those that hold no other in which the post is engaged; where the post has an earlier new one, that one
 * enters the hours that hold both. $1 is the first that is kept. $2 and $3 are posts and their new quarter hours, $4 what their
 * rows held open before this fold, $5 and $6 their authors and categories. What a post had before else stands in
 * closed_quarters.
 */
const COUNT = addEngagedPosts(`
  new as materialized (
    select *
    from unnest($2::integer[], $3::integer[], $4::integer[], $5::integer[], $6::text[])
         as n (post_id, quarter, open_quarter, author_id, category)
  ), entered as (
    select n.author_id, n.category,
           greatest(n.quarter, n.new_before + 4, known.before + 4,
                    case when n.open_quarter <= n.quarter then n.open_quarter + 4 end, $1) as first_hour,
           least(n.quarter + 3, known.after - 1, case when n.open_quarter > n.quarter then n.open_quarter - 1 end) as last_hour
    from (select *, lag(quarter) over (partition by post_id order by quarter) as new_before from new) n,
    ${lookUp(
      "max(quarter) filter (where quarter <= n.quarter) as before, min(quarter) filter (where quarter > n.quarter) as after",
      "closed_quarters",
      "post_id = n.post_id and quarter > n.quarter - 4 and quarter < n.quarter + 4",
    )} known
  ), hours as materialized (
    select quarter, author_id, category, count(*) as posts
    from (select generate_series(first_hour, last_hour) as quarter, author_id, category from entered) of_posts
    group by quarter, author_id, category
  )`);

/**
 * How many posts were engaged in each hour; to be called before what the fold counts is added to the history.
 * @param others new counts by post and quarter hour, but for those of the open one
 * @param from the first quarter hour that is kept
 */
export async function countEngagedPosts(
  client: ClientBase,
  counted: Counted,
  others: CountTable,
  from: number,
): Promise<void> {
  const posts: number[] = [];
  const quarters: number[] = [];
  const add = (postId: number, quarter: number) => {
    if (quarter <= from - 4) return;
    posts.push(postId);
    quarters.push(quarter);
  };
  for (const postId of counted.opened) add(postId, counted.openQuarter);
  for (let row = 0; row < others.size; row++) add(others.keys[2 * row]!, others.keys[2 * row + 1]!);
  if (posts.length === 0) return;
  const pairs = posts.map((postId) => counted.pairOf(postId));
  await client.query(COUNT, [
    from,
    integerArrayOf(Int32Array.from(posts)),
    integerArrayOf(Int32Array.from(quarters)),
    posts.map((postId) => (counted.openBefore(postId) < 0 ? null : counted.openBefore(postId))),
    integerArrayOf(Int32Array.from(pairs, (pair) => counted.pairs.authors[pair]!)),
    pairs.map((pair) => counted.pairs.categories[pair]),
  ]);
}

/**
 * Merges what folds have appended, of late and to some of the older hours, and drops what is older than `from`, some at a
 * time. @param minute any number that grows by one from call to call: whose turn it is
 */
export async function tidyEngagedPosts(
  client: ClientBase,
  openQuarter: number,
  from: number,
  minute: number,
): Promise<void> {
  const changing = openQuarter - QUARTERS_CHANGING;
  await mergeSums(client, AUTHOR_ENGAGED_POSTS, { from: changing });
  const turns = Math.max(1, Math.ceil((changing - from) / QUARTERS_LOOKED_AT));
  const start = from + (minute % turns) * QUARTERS_LOOKED_AT;
  const until = Math.min(changing, start + QUARTERS_LOOKED_AT);
  await mergeSums(client, AUTHOR_ENGAGED_POSTS, { from: start, until });
  for (const table of ["author_engaged_posts", "category_engaged_posts"])
    await client.query(
      `delete from ${table}
       where ${atRowsOf(`select ctid from ${table} where quarter < $1 order by quarter limit ${PRUNED_AT_ONCE}`)}`,
      [from],
    );
}

const MOVE = addEngagedPosts(`
  engaged as materialized (
    select distinct side.post_id, q.quarter + later as quarter
    from (select distinct post_id from fold_sides where moves_history) side,
         ${lookUp("quarter", "post_quarters", "post_id = side.post_id and quarter > $1 - 4")} q,
         generate_series(0, 3) later
    where q.quarter + later >= $1
  ), hours as materialized (
    select e.quarter, side.author_id, side.category, sum(side.sign) as posts
    from engaged e
    join fold_sides side on side.post_id = e.post_id and side.moves_history
    group by e.quarter, side.author_id, side.category
    having sum(side.sign) <> 0
  )`);

/** Moves posts that change their author or category from the numbers of the old ones to those of the new ones. */
export async function moveEngagedPosts(client: ClientBase, from: number): Promise<void> {
  await joined(client, MOVE, [from]);
}
