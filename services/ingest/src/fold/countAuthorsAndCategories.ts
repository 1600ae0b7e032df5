import type { ClientBase } from "pg";
import { COUNTS, DAY_SPANS, daysBefore, each, NEWLY_ENGAGED, orAdd, WINDOW_COUNTS } from "./columns.ts";

const sums = each(WINDOW_COUNTS, (name) => `bigint_sum(${name})`);
const added = `bigint_sum(${COUNTS.join(" + ")})`;
const AUTHOR_COLUMNS = ["engagements", ...DAY_SPANS.map((days) => `engagements_${days}d`), ...WINDOW_COUNTS];
const CATEGORY_COLUMNS = ["engagements", ...WINDOW_COUNTS, "engaged_posts_1h"];

const COUNT_AUTHORS = `
  insert into author_stats (author_id, ${AUTHOR_COLUMNS.join(", ")})
  select author_id, ${added},
         ${DAY_SPANS.map(
           (days) => `coalesce(${added} filter (where publish_timestamp >= ${daysBefore("$1", days)}), 0)`,
         ).join(", ")},
         ${sums}
  from fold_posts
  group by author_id
  order by author_id
  ${orAdd("author_stats", "author_id", AUTHOR_COLUMNS)}`;

const COUNT_CATEGORIES = `
  insert into category_stats (category, ${CATEGORY_COLUMNS.join(", ")})
  select category, ${added}, ${sums}, sum(${NEWLY_ENGAGED})
  from fold_posts
  group by category
  order by category
  ${orAdd("category_stats", "category", CATEGORY_COLUMNS)}`;

/**
 * What the fold adds to posts, by author and by category; each has a row since its first post was mapped.
 * @param today the day for which author_stats stands now
 */
export async function countAuthorsAndCategories(client: ClientBase, today: string): Promise<void> {
  await client.query(COUNT_AUTHORS, [today]);
  await client.query(COUNT_CATEGORIES);
}
