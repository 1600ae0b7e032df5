import type { ClientBase } from "pg";
import { bigintArrayOf } from "../counts/arrays.ts";
import { DAY_SPANS, orAdd, WINDOW_COUNTS } from "./columns.ts";
import type { Pairs } from "./pairs.ts";
import { OF_WINDOWS } from "./postSums.ts";

const AUTHOR_COLUMNS = ["engagements", ...WINDOW_COUNTS, ...DAY_SPANS.map((days) => `engagements_${days}d`)];
const CATEGORY_COLUMNS = ["engagements", ...WINDOW_COUNTS, "engaged_posts_1h"];

/** Adds rows of sums by one key: $1 are the keys, $2 the sums, those of each key together. */
const addSums = (table: string, key: string, type: string, columns: readonly string[]): string => `
  insert into ${table} (${key}, ${columns.join(", ")})
  select ${key}, ${columns.map((_, index) => `($2::bigint[])[${columns.length} * (place - 1) + ${index + 1}]`).join(", ")}
  from unnest($1::${type}[]) with ordinality sums (${key}, place)
  order by ${key}
  ${orAdd(table, key, columns)}`;

const COUNT_AUTHORS = addSums("author_stats", "author_id", "integer", AUTHOR_COLUMNS);
const COUNT_CATEGORIES = addSums("category_stats", "category", "text", CATEGORY_COLUMNS);

/** Sums of pairs by one of their two keys. */
function sumsBy<Key>(
  keys: readonly Key[],
  width: number,
  add: (sums: Float64Array, at: number, pair: number) => void,
): [Key[], Buffer] {
  const places = new Map<Key, number>();
  for (const key of keys) if (!places.has(key)) places.set(key, places.size);
  const sums = new Float64Array(width * places.size);
  for (const [pair, key] of keys.entries()) add(sums, width * places.get(key)!, pair);
  return [[...places.keys()], bigintArrayOf(sums)];
}

function addCounts(pairs: Pairs, pair: number, sums: Float64Array, at: number): void {
  sums[at]! += pairs.engagements(pair);
  for (let index = 0; index < WINDOW_COUNTS.length; index++)
    sums[at + 1 + index]! += pairs.sum(pair, OF_WINDOWS + index);
}

/** What the fold adds to posts, by author and by category; each has a row since its first post was mapped. */
export async function countAuthorsAndCategories(client: ClientBase, pairs: Pairs): Promise<void> {
  const behindWindows = 1 + WINDOW_COUNTS.length;
  await client.query(
    COUNT_AUTHORS,
    sumsBy(pairs.authors, AUTHOR_COLUMNS.length, (sums, at, pair) => {
      addCounts(pairs, pair, sums, at);
      for (const span of DAY_SPANS.keys()) sums[at + behindWindows + span]! += pairs.ofSpan(pair, span);
    }),
  );
  await client.query(
    COUNT_CATEGORIES,
    sumsBy(pairs.categories, CATEGORY_COLUMNS.length, (sums, at, pair) => {
      addCounts(pairs, pair, sums, at);
      sums[at + behindWindows]! += pairs.newlyEngaged(pair);
    }),
  );
}
