import {
  AUTHOR_ENGAGED_POSTS,
  AUTHOR_MINUTES,
  type AuthorSums,
  BUCKET,
  unpackedSums,
} from "../../fold/authorSums.ts";
import { COUNTS, each } from "../../fold/columns.ts";
import { ENGAGED_FROM } from "../../fold/engagedPosts.ts";
import { type Check, compare } from "../compare.ts";
import { MINUTES_FROM } from "../snapshot.ts";

const SUMMED = `minute >= greatest((select summed_from from stats), ${MINUTES_FROM})`;
const ENGAGED = `quarter >= ${ENGAGED_FROM}`;

/** The rows of such sums as readers find them: what is not in its author's bucket is lost. */
const readable = (sums: AuthorSums): string => `
  ${unpackedSums(sums, `(select * from ${sums.table} where bucket = all (select ${BUCKET} from unnest(author_ids) author_id))`)}`;

/** @param found minutes, `keys` and counts: the sums of all posts' minutes, under the stored mapping */
const byMinute = (table: string, keys: string[], found = `table ${table}`): Check =>
  compare(table, {
    keys: ["minute", ...keys],
    values: COUNTS,
    expected: `select minute, ${keys.join(", ")}, ${each(COUNTS, (count) => `sum(m.${count}) as ${count}`)}
               from audit_minutes m
               left join post_stats s using (post_id)
               where ${SUMMED}
               group by minute, ${keys.join(", ")}`,
    found: `select * from (${found}) f where ${SUMMED}`,
  });

/** @param found last quarters of hours, `keys` and numbers of posts */
const byHour = (table: string, keys: string[], found = `table ${table}`): Check =>
  compare(table, {
    keys: ["quarter", ...keys],
    values: ["posts"],
    expected: `select quarter + later as quarter, ${keys.join(", ")}, count(distinct post_id) as posts
               from audit_quarters q
               left join post_stats s using (post_id), generate_series(0, 3) later
               where quarter + later >= ${ENGAGED_FROM}
               group by quarter + later, ${keys.join(", ")}`,
    found: `select * from (${found}) f where ${ENGAGED}`,
  });

/** What the overview of the last hour reads: sums by minute, and numbers of posts that were engaged in an hour. */
export const overviewChecks: Check[] = [
  byMinute("category_minutes", ["category"]),
  byMinute("author_minutes", ["author_id", "category"], readable(AUTHOR_MINUTES)),
  byHour("category_engaged_posts", ["category"]),
  byHour("author_engaged_posts", ["author_id", "category"], readable(AUTHOR_ENGAGED_POSTS)),
];
