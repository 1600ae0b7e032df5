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

const merge = (sums: AuthorSums): string => {
  const { table, period } = sums;
  const keys = `${period}, bucket`;
  return `
    with several as materialized (
      select ${keys} from ${table} where ${period} >= $1 group by ${keys} having count(*) > 1
    ), taken as (
      delete from ${table}
      where ${atRowsOf(`select t.row_id from several s, ${lookUp("ctid as row_id", table, `${period} = s.${period} and bucket = s.bucket`)} t`)}
      returning *
    ), summed as (${unpackedSums(sums, "taken")})
    ${appendSums(sums, "summed")}`;
};

/** Merges the rows of each bucket into one, of periods from `from` on: once a minute is often enough. */
export async function mergeSums(client: ClientBase, sums: AuthorSums, from: number): Promise<void> {
  await client.query(merge(sums), [from]);
}
