import { COUNTS, each } from "../../fold/columns.ts";
import { ENGAGED_FROM } from "../../fold/engagedPosts.ts";
import { type Check, compare } from "../compare.ts";
import { MINUTES_FROM } from "../snapshot.ts";

const SUMMED = `minute >= greatest((select summed_from from stats), ${MINUTES_FROM})`;
const ENGAGED = `quarter >= ${ENGAGED_FROM}`;

/** The sums of all posts' minutes by `keys`, under the stored mapping. */
const byMinute = (table: string, keys: string[]): Check =>
  compare(table, {
    keys: ["minute", ...keys],
    values: COUNTS,
    expected: `select minute, ${keys.join(", ")}, ${each(COUNTS, (count) => `sum(m.${count}) as ${count}`)}
               from audit_minutes m
               left join post_stats s using (post_id)
               where ${SUMMED}
               group by minute, ${keys.join(", ")}`,
    found: `select minute, ${keys.join(", ")}, ${COUNTS.join(", ")} from ${table} where ${SUMMED}`,
  });

/** What the overview of the last hour reads: sums by minute, and numbers of posts that were engaged in an hour. */
export const overviewChecks: Check[] = [
  byMinute("category_minutes", ["category"]),
  byMinute("author_minutes", ["author_id", "category"]),
  compare("engaged_posts", {
    keys: ["quarter", "author_id", "category"],
    values: ["posts"],
    expected: `select quarter + later as quarter, author_id, category, count(distinct post_id) as posts
               from audit_quarters q
               left join post_stats s using (post_id), generate_series(0, 3) later
               where quarter + later >= ${ENGAGED_FROM}
               group by quarter + later, author_id, category`,
    found: `select quarter, author_id, category, posts from engaged_posts where ${ENGAGED}`,
  }),
];
