import { COUNTS, each } from "../../fold/columns.ts";
import { type Check, compare } from "../compare.ts";

const columns = COUNTS.join(", ");
const sums = each(COUNTS, (count) => `sum(${count}) as ${count}`);

/** The sums of all posts' quarters by `keys`, under the stored mapping. */
const summed = (table: string, keys: string[]): Check =>
  compare(table, {
    keys,
    values: COUNTS,
    expected: `select ${keys.join(", ")}, ${each(COUNTS, (count) => `sum(q.${count}) as ${count}`)}
               from audit_quarters q
               left join post_stats s using (post_id)
               group by ${keys.join(", ")}`,
    found: `select ${keys.join(", ")}, ${columns} from ${table}`,
  });

/** History: every quarter hour of every post, platform, category and author. */
export const quarterChecks: Check[] = [
  compare("post_quarters", {
    keys: ["post_id", "quarter"],
    values: COUNTS,
    expected: `select post_id, quarter, ${columns} from audit_quarters`,
    found: `select post_id, quarter, ${columns} from post_quarters`,
  }),
  compare("platform_quarters", {
    keys: ["quarter"],
    values: COUNTS,
    expected: `select quarter, ${sums} from audit_quarters group by quarter`,
    found: `select quarter, ${columns} from platform_quarters`,
  }),
  summed("category_quarters", ["category", "quarter"]),
  summed("author_quarters", ["author_id", "category", "quarter"]),
];
