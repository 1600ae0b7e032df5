import type { ClientBase } from "pg";
import { CountTable } from "../counts/countTable.ts";
import { AUTHOR_MINUTES, appendSums, mergeSums } from "./authorSums.ts";
import { COUNTS, each, orAdd } from "./columns.ts";
import { joined } from "./connection.ts";
import type { Counted } from "./countPosts.ts";
import type { FoldDeltas } from "./deltas.ts";
import type { MovedClock } from "./moveClock.ts";
import type { State } from "./state.ts";

/** The minutes of the last hour, and as many again in which the clock may go back without anything being read again. */
const HOUR = 60;
const MINUTES_SUMMED = 2 * HOUR;

const columns = COUNTS.join(", ");
const sums = each(COUNTS, (count) => `bigint_sum(${count})`);
const PAIR = "minute, author_id, category";

/** @param counted rows of a minute, an author, a category and counts, which may be repeated and below zero */
const addCounted = (counted: string) => `
  with counted as materialized (
    select ${PAIR}, ${each(COUNTS, (count) => `bigint_sum(${count}) as ${count}`)}
    from (${counted}) rows_of_posts
    group by ${PAIR}
    having ${COUNTS.map((count) => `bigint_sum(${count}) <> 0`).join(" or ")}
  ), of_authors as (${appendSums(AUTHOR_MINUTES, "counted")})
  insert into category_minutes (minute, category, ${columns})
  select minute, category, ${sums} from counted group by minute, category order by minute, category
  ${orAdd("category_minutes", "minute, category", COUNTS)}`;

/** New counts by pair and minute. */
const ADD_NEW = addCounted(`
  select *
  from unnest($1::integer[], $2::integer[], $3::text[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[])
       as c (${PAIR}, ${columns})`);

async function addNew(client: ClientBase, deltas: FoldDeltas, from: number, counted: Counted): Promise<void> {
  const table = new CountTable();
  deltas.forEach((postId, minute, at) => {
    if (minute >= from) table.addCounts(minute, counted.pairOf(postId), deltas.table.counts, at);
  });
  if (table.size === 0) return;
  const [minutes, , ...counts] = table.columns();
  const pairs = Array.from({ length: table.size }, (_, row) => table.keys[2 * row + 1]!);
  const { authors, categories } = counted.pairs;
  await client.query(ADD_NEW, [
    minutes,
    pairs.map((pair) => authors[pair]),
    pairs.map((pair) => categories[pair]),
    ...counts,
  ]);
}

/** Minutes from $1 until $2 as post_minutes has them. */
const READ_AGAIN = addCounted(`
  select b.minute, s.author_id, s.category, ${each(COUNTS, (count) => `m.${count}`)}
  from minute_batches b,
       unnest(b.post_ids, ${each(COUNTS, (count) => `b.${count}`)}) as m (post_id, ${columns}),
       lateral (select author_id, category from post_stats s where s.post_id = m.post_id offset 0) s
  where b.minute >= $1 and b.minute < $2`);

/** What posts that move have, taken from the author and category that lose them and given to those that gain them. */
const MOVE = addCounted(`
  select b.minute, side.author_id, side.category, ${each(COUNTS, (count) => `side.sign * m.${count} as ${count}`)}
  from (select * from minute_batches
        where minute >= $1 and post_ids && array(select post_id from fold_sides where moves_history)) b,
       unnest(b.post_ids, ${each(COUNTS, (count) => `b.${count}`)}) as m (post_id, ${columns})
  join fold_sides side on side.post_id = m.post_id and side.moves_history`);

/**
 * The sums by minute, of authors and categories; to be called when minute_batches has the new counts. They follow the
 * windows: what is too old leaves, and when the windows went back further than they reach, the hour is read again.
 * @param merges whether this fold merges what folds have appended
 * @returns the first minute that they hold now
 */
export async function sumMinutes(
  client: ClientBase,
  deltas: FoldDeltas,
  counted: Counted,
  before: State,
  after: MovedClock,
  merges: boolean,
): Promise<number> {
  const hour = after.windowMinute - HOUR + 1;
  const from = hour < before.summedFrom ? hour : Math.max(before.summedFrom, hour - (MINUTES_SUMMED - HOUR));
  await addNew(client, deltas, Math.max(before.summedFrom, from, after.minutesFrom), counted);
  if (from < before.summedFrom)
    await client.query(READ_AGAIN, [Math.max(from, after.minutesFrom), before.summedFrom]);
  if (from > before.summedFrom)
    for (const table of ["author_minutes", "category_minutes"])
      await client.query(`delete from ${table} where minute < $1`, [from]);
  if (merges) await mergeSums(client, AUTHOR_MINUTES, { from });
  return from;
}

/** Moves the minutes of posts that change their author or category; before the new counts. */
export const moveMinutes = (
  client: ClientBase,
  { summedFrom, minutesFrom }: Pick<State, "summedFrom" | "minutesFrom">,
): Promise<void> => joined(client, MOVE, [Math.max(summedFrom, minutesFrom)]);
