import type { ClientBase } from "pg";
import { bigintArrayOf, integerArrayOf } from "../counts/arrays.ts";
import { CountTable, TYPES } from "../counts/countTable.ts";
import { COUNTS, each, orAdd } from "./columns.ts";
import type { Counted } from "./countPosts.ts";
import type { FoldDeltas } from "./deltas.ts";
import { countEngagedPosts, engagedFrom } from "./engagedPosts.ts";
import { OF_OPEN } from "./postSums.ts";

const columns = COUNTS.join(", ");
const sums = each(COUNTS, (count) => `bigint_sum(${count})`);
const DAY = 96;

/** $1 are posts and $2 to $5 their counts, those of a minute together: $6 are the minutes, $7 and $8 their first and last. */
const APPEND_MINUTES = `
  insert into minute_batches (minute, post_ids, ${columns})
  select minute, ($1::integer[])[first:last], ${COUNTS.map((_, type) => `($${type + 2}::bigint[])[first:last]`).join(", ")}
  from unnest($6::integer[], $7::integer[], $8::integer[]) as m (minute, first, last)
  order by minute`;

async function appendMinutes(client: ClientBase, deltas: FoldDeltas, from: number): Promise<void> {
  const sizes = new Map<number, number>();
  deltas.forEach((_, minute) => {
    if (minute >= from) sizes.set(minute, (sizes.get(minute) ?? 0) + 1);
  });
  if (sizes.size === 0) return;
  const first: number[] = [];
  const last: number[] = [];
  const next = new Map<number, number>();
  let size = 0;
  for (const [minute, posts] of sizes) {
    next.set(minute, size);
    first.push(size + 1);
    size += posts;
    last.push(size);
  }
  const posts = new Int32Array(size);
  const counts = COUNTS.map(() => new Float64Array(size));
  deltas.forEach((postId, minute, at) => {
    const place = next.get(minute);
    if (place === undefined) return;
    next.set(minute, place + 1);
    posts[place] = postId;
    for (let type = 0; type < TYPES; type++) counts[type]![place] = deltas.table.counts[at + type]!;
  });
  await client.query(APPEND_MINUTES, [
    integerArrayOf(posts),
    ...counts.map(bigintArrayOf),
    [...sizes.keys()],
    first,
    last,
  ]);
}

/** Post x minute: the new counts in, and what is behind `after` out. @param before, after see stats.minutes_from */
export async function countMinutes(
  client: ClientBase,
  deltas: FoldDeltas,
  before: number,
  after: number,
): Promise<void> {
  await appendMinutes(client, deltas, after);
  if (after === before) return;
  // Everything before the lower bound went when minutes_from moved there.
  await client.query("delete from minute_batches where minute >= $1 and minute < $2", [before, after]);
}

/** Rows of two integers and counts, as parameters from $1 on, and of a category from $7 on. */
const ROW = "$1::integer[], $2::integer[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[]";
const rowsOf = (first: string, second: string): string =>
  `unnest(${ROW}) as r (${first}, ${second}, ${columns})`;
const rowsWithCategory = (first: string, second: string): string =>
  `unnest(${ROW}, $7::text[]) as r (${first}, ${second}, ${columns}, category)`;

/** @param first, second the table's primary key @param rows that have them */
const addRows = (table: string, first: string, second: string, rows = rowsOf(first, second)): string => `
  insert into ${table} (${first}, ${second}, ${columns})
  select ${first}, ${second}, ${columns} from ${rows}
  order by 1, 2
  ${orAdd(table, `${first}, ${second}`, COUNTS)}`;

const ADD_POST_QUARTERS = addRows("closed_quarters", "post_id", "quarter");
const ADD_POST_DAYS = addRows("closed_post_days", "post_id", "day");
const ADD_CATEGORY_QUARTERS = addRows(
  "category_quarters",
  "category",
  "quarter",
  rowsWithCategory("ignored", "quarter"),
);
const ADD_PLATFORM_QUARTERS = `
  insert into platform_quarters (quarter, ${columns})
  select quarter, ${columns} from ${rowsOf("ignored", "quarter")}
  order by quarter
  ${orAdd("platform_quarters", "quarter", COUNTS)}`;

/** What rows of pairs held of an older quarter hour, and the new counts of others; $8 is the first quarter that is kept. */
const CLOSED_OF_PAIRS = `
  select author_id, category, open_quarter as quarter, ${each(COUNTS, (count) => `open_${count} as ${count}`)}
  from fold_author_categories
  where closes and open_quarter >= $8
  union all
  select author_id, category, quarter, ${columns} from ${rowsWithCategory("author_id", "quarter")}`;

/** @param keys the table's primary key, in its order: with a quarter or a day */
const addClosed = (table: string, keys: string): string => `
  insert into ${table} (${keys}, ${columns})
  select ${keys}, ${sums}
  from (select *, quarter / ${DAY} as day from (${CLOSED_OF_PAIRS}) of_quarters) closed
  group by ${keys}
  order by ${keys}
  ${orAdd(table, keys, COUNTS)}`;

const ADD_PAIR_QUARTERS = addClosed("closed_author_quarters", "author_id, quarter, category");
const ADD_AUTHOR_DAYS = addClosed("closed_author_days", "author_id, day");

/** New counts that are not of the open quarter hour, by post: late ones, and some that are ahead of the windows. */
function otherQuarters(deltas: FoldDeltas, openQuarter: number, quartersFrom: number): CountTable {
  const others = new CountTable();
  deltas.forEach((postId, minute, at) => {
    const quarter = Math.floor(minute / 15);
    if (quarter !== openQuarter && quarter >= quartersFrom)
      others.addCounts(postId, quarter, deltas.table.counts, at);
  });
  return others;
}

/** The same rows under other keys; those of which `keysOf` gives none are left out. */
function regroup(
  from: CountTable,
  keysOf: (first: number, second: number) => [number, number] | undefined,
  to = new CountTable(),
): CountTable {
  for (let row = 0; row < from.size; row++) {
    const keys = keysOf(from.keys[2 * row]!, from.keys[2 * row + 1]!);
    if (keys) to.addCounts(...keys, from.counts, TYPES * row);
  }
  return to;
}

const dayOf = (quarter: number) => Math.floor(quarter / DAY);

async function addClosedHistory(
  client: ClientBase,
  counted: Counted,
  others: CountTable,
  quartersFrom: number,
): Promise<void> {
  const ofPosts = regroup(others, (postId, quarter) => [postId, quarter]);
  regroup(
    counted.closed,
    (postId, quarter) => (quarter >= quartersFrom ? [postId, quarter] : undefined),
    ofPosts,
  );
  if (ofPosts.size > 0) {
    await client.query(ADD_POST_QUARTERS, ofPosts.columns());
    await client.query(
      ADD_POST_DAYS,
      regroup(ofPosts, (postId, quarter) => [postId, dayOf(quarter)]).columns(),
    );
  }
  const { authors, categories } = counted.pairs;
  const ofPairs = regroup(others, (postId, quarter) => [counted.pairOf(postId), quarter]);
  const [, ...values] = ofPairs.columns();
  const pairs = Array.from({ length: ofPairs.size }, (_, row) => ofPairs.keys[2 * row]!);
  const rows = [
    pairs.map((pair) => authors[pair]),
    ...values,
    pairs.map((pair) => categories[pair]),
    quartersFrom,
  ];
  await client.query(ADD_PAIR_QUARTERS, rows);
  await client.query(ADD_AUTHOR_DAYS, rows);
}

async function addAllHistory(
  client: ClientBase,
  { pairs, pairOf, openQuarter }: Counted,
  others: CountTable,
  quartersFrom: number,
): Promise<void> {
  const names = [...new Set(pairs.categories)];
  const places = new Map(names.map((name, place) => [name, place]));
  const categoryOf = (pair: number) => places.get(pairs.categories[pair]!)!;
  const ofCategories = regroup(others, (postId, quarter) => [categoryOf(pairOf(postId)), quarter]);
  if (openQuarter >= quartersFrom)
    for (const pair of pairs.authors.keys())
      for (let type = 0; type < TYPES; type++) {
        const count = pairs.sum(pair, OF_OPEN + type);
        if (count !== 0) ofCategories.add(categoryOf(pair), openQuarter, type, count);
      }
  if (ofCategories.size === 0) return;
  await client.query(ADD_PLATFORM_QUARTERS, regroup(ofCategories, (_, quarter) => [0, quarter]).columns());
  const rows = Array.from({ length: ofCategories.size }, (_, row) => names[ofCategories.keys[2 * row]!]);
  await client.query(ADD_CATEGORY_QUARTERS, [...ofCategories.columns(), rows]);
}

/**
 * History by quarter hour and by day: what closes of posts and of authors with their categories, and for the platform
 * and by category everything; and how many posts were engaged in each hour.
 * @param pairsClose whether what a row of author_categories holds of an older quarter hour closes
 * @param quartersFrom the first quarter hour that is kept
 * @param minutesFrom see stats.minutes_from
 * @returns the UTC days whose quarters were touched
 */
export async function countQuarters(
  client: ClientBase,
  deltas: FoldDeltas,
  counted: Counted,
  {
    pairsClose,
    quartersFrom,
    minutesFrom,
  }: { pairsClose: boolean; quartersFrom: number; minutesFrom: number },
): Promise<string[]> {
  const { openQuarter, opened } = counted;
  const others = otherQuarters(deltas, openQuarter, quartersFrom);
  // A live fold between two quarter hours closes nothing.
  if (others.size > 0 || opened.length > 0 || pairsClose) {
    // What is joined here is the fold's own: its size follows the new events, so it may be read whole.
    await client.query("set local enable_hashjoin = on");
    await countEngagedPosts(client, counted, others, engagedFrom(minutesFrom, quartersFrom));
    await addClosedHistory(client, counted, others, quartersFrom);
    await client.query("set local enable_hashjoin = off");
  }
  await addAllHistory(client, counted, others, quartersFrom);

  const days = new Set<number>();
  for (let row = 0; row < others.size; row++) days.add(dayOf(others.keys[2 * row + 1]!));
  if (counted.isOpen) days.add(dayOf(openQuarter));
  return [...days].map((day) => new Date(day * 86_400_000).toISOString().slice(0, 10));
}
