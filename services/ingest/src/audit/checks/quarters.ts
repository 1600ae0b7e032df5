import { COUNTS, each } from "../../fold/columns.ts";
import { type Check, compare, none } from "../compare.ts";

const columns = COUNTS.join(", ");
const sums = each(COUNTS, (count) => `sum(${count}) as ${count}`);

/** History that is kept; older rows may be there yet, and nothing reads them. */
const KEPT = "quarter >= (select quarters_from from storage_rules)";
const PRUNED = "quarter < (select quarters_pruned_to from storage_rules)";
const TABLES = [
  { table: "closed_quarters", quarter: "quarter" },
  { table: "platform_quarters", quarter: "quarter" },
  { table: "category_quarters", quarter: "quarter" },
  { table: "closed_author_quarters", quarter: "quarter" },
  { table: "closed_post_days", quarter: "day * 96" },
  { table: "closed_author_days", quarter: "day * 96" },
];

/** The sums of all posts' quarters by `keys`, under the stored mapping. */
const summed = (table: string, keys: string[]): Check =>
  compare(table, {
    keys,
    values: COUNTS,
    expected: `select ${keys.join(", ")}, ${each(COUNTS, (count) => `sum(q.${count}) as ${count}`)}
               from audit_quarters q
               left join post_stats s using (post_id)
               where ${KEPT}
               group by ${keys.join(", ")}`,
    found: `select ${keys.join(", ")}, ${sums} from ${table} where ${KEPT} group by ${keys.join(", ")}`,
  });

/** The same by UTC day: post_days or author_days. */
const byDay = (table: string, key: string): Check =>
  compare(table, {
    keys: [key, "day"],
    values: COUNTS,
    expected: `select ${key}, quarter / 96 as day, ${each(COUNTS, (count) => `sum(q.${count}) as ${count}`)}
               from audit_quarters q
               left join post_stats s using (post_id)
               where ${KEPT}
               group by 1, 2`,
    found: `select ${key}, day, ${sums} from ${table} where day * 96 >= (select quarters_from from storage_rules) group by 1, 2`,
  });

/** History: every quarter hour and day that is kept, of every post, platform, category and author. */
export const quarterChecks: Check[] = [
  compare("post_quarters", {
    keys: ["post_id", "quarter"],
    values: COUNTS,
    expected: `select post_id, quarter, ${columns} from audit_quarters where ${KEPT}`,
    found: `select post_id, quarter, ${sums} from post_quarters where ${KEPT} group by post_id, quarter`,
  }),
  compare("platform_quarters", {
    keys: ["quarter"],
    values: COUNTS,
    expected: `select quarter, ${sums} from audit_quarters where ${KEPT} group by quarter`,
    found: `select quarter, ${columns} from platform_quarters where ${KEPT}`,
  }),
  summed("category_quarters", ["category", "quarter"]),
  summed("author_quarters", ["author_id", "category", "quarter"]),
  byDay("post_days", "post_id"),
  byDay("author_days", "author_id"),
  none("quarters, pruned", {
    compared: "select count(*) from platform_quarters",
    violations: TABLES.map(
      ({ table, quarter }) =>
        `select '${table}' as table, quarter, count(*) as rows
         from (select ${quarter} as quarter from ${table}) of_table where ${PRUNED} group by quarter`,
    ).join(" union all "),
  }),
];
