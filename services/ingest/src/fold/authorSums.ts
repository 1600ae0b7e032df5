import type { ClientBase } from "pg";
import { atRowsOf, COUNTS, each, lookUp } from "./columns.ts";

/** Sums of a period by author and category, in arrays: what a fold adds is a row a period and bucket of authors. */
export interface AuthorSums {
  table: string;
  period: "minute" | "quarter";
  counts: readonly string[];
}

export const AUTHOR_MINUTES: AuthorSums = { table: "author_minutes", period: "minute", counts: COUNTS };
export const AUTHOR_ENGAGED_POSTS: AuthorSums = {
  table: "author_engaged_posts",
  period: "quarter",
  counts: ["posts"],
};

/** Authors share a bucket by the last bits of their ids: a reader of one author meets a 256th of a period. */
export const BUCKET = "author_id & 255";

/** @param counted rows of a period, an author, a category and counts; each once */
export const appendSums = ({ table, period, counts }: AuthorSums, counted: string): string => `
  insert into ${table} (${period}, bucket, author_ids, categories, ${counts.join(", ")})
  select ${period}, ${BUCKET}, array_agg(author_id), array_agg(category), ${each(counts, (count) => `array_agg(${count})`)}
  from ${counted}
  group by 1, 2`;

/** The rows of `from`, which are such a table's, one a period, author and category; without those that sum up to nothing. */
export const unpackedSums = ({ table, period, counts }: AuthorSums, from: string = table): string => `
  select s.${period}, a.author_id, a.category, ${each(counts, (count) => `bigint_sum(a.${count}) as ${count}`)}
  from ${from} s, unnest(s.author_ids, s.categories, ${each(counts, (count) => `s.${count}`)}) as a (author_id, category, ${counts.join(", ")})
  group by s.${period}, a.author_id, a.category
  having ${counts.map((count) => `bigint_sum(a.${count}) <> 0`).join(" or ")}`;

/** Rows of such sums that one merge takes at most, which is more than a minute of five folds a second appends when nothing is late. */
const ROWS_MERGED = 100_000;
/** Buckets that one merge writes again at most; a whole array costs more than the row that was added to it. */
const BUCKETS_MERGED = 4_000;

const merge = (sums: AuthorSums): string => {
  const { table, period } = sums;
  const keys = `${period}, bucket`;
  return `
    with several as materialized (
      select ${keys}
      from (select ${keys}, count(*) as rows, sum(count(*)) over (order by count(*) desc, ${keys}) as rows_so_far
            from ${table} where ${period} >= $1 and ${period} < $2 group by ${keys} having count(*) > 1) appended
      where rows_so_far - rows < $3
      order by rows_so_far
      limit ${BUCKETS_MERGED}
    ), taken as (
      delete from ${table}
      where ${atRowsOf(`select t.row_id from several s, ${lookUp("ctid as row_id", table, `${period} = s.${period} and bucket = s.bucket`)} t`)}
      returning *
    ), summed as (${unpackedSums(sums, "taken")})
    ${appendSums(sums, "summed")}`;
};

/**
 * Merges the rows of each bucket into one, of periods [from, until): once a minute is often enough. Buckets with the most
 * rows come first; those beyond the bounds wait for the next merge.
 */
export async function mergeSums(
  client: ClientBase,
  sums: AuthorSums,
  { from, until = 2 ** 31 - 1, maxRows = ROWS_MERGED }: { from: number; until?: number; maxRows?: number },
): Promise<void> {
  await client.query(merge(sums), [from, until, maxRows]);
}
