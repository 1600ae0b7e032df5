import type { ClientBase } from "pg";
import { add, COUNTS, DAY_SPANS, daysBefore, each, WINDOW_COUNTS } from "./columns.ts";

const sums = each(WINDOW_COUNTS, (name) => `bigint_sum(${name}) as ${name}`);
const added = `bigint_sum(${COUNTS.join(" + ")})`;
const SPAN_COLUMNS = DAY_SPANS.map((days) => `engagements_${days}d`);

/** What the fold adds to posts, by author and by category. @param today the day for which author_stats stands now */
export async function countAuthorsAndCategories(client: ClientBase, today: string): Promise<void> {
  await client.query(
    `with change as (
       select author_id, ${added} as engagements,
              ${DAY_SPANS.map(
                (days) =>
                  `coalesce(${added} filter (where publish_timestamp >= ${daysBefore("$1", days)}), 0)
                   as engagements_${days}d`,
              ).join(", ")},
              ${sums}
       from fold_posts
       group by author_id
       order by author_id
     )
     update author_stats a
     set ${add(["engagements", ...SPAN_COLUMNS, ...WINDOW_COUNTS], "a", "c")}
     from change c
     where a.author_id = c.author_id`,
    [today],
  );
  await client.query(
    `with change as (
       select category, ${added} as engagements, ${sums}
       from fold_posts
       group by category
       order by category
     )
     update category_stats s
     set ${add(["engagements", ...WINDOW_COUNTS], "s", "c")}
     from change c
     where s.category = c.category`,
  );
}
