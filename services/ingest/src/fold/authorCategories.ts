import type { ClientBase } from "pg";
import { COUNTS, each, lookUp, NEW_COUNTS, NEWLY_ENGAGED, OPEN_COUNTS, ofPair, orAdd } from "./columns.ts";

const isOpen = `${NEW_COUNTS.map((name) => `c.${name}`).join(" + ")} > 0`;

/** New engagements by author and category, and posts that are engaged in the last hour or no more, beside what the pair's row holds. */
const SUM_PAIRS = `
  insert into fold_author_categories (row_id, author_id, category, engagements, engaged_posts_1h, ${NEW_COUNTS.join(", ")},
                                      is_open, closes, open_quarter, ${OPEN_COUNTS.join(", ")})
  select a.row_id, c.author_id, c.category, a.engagements + c.engagements, c.engaged_posts_1h, ${each(NEW_COUNTS, (name) => `c.${name}`)},
         ${isOpen}, ${isOpen} and a.open_quarter is distinct from $1, a.open_quarter, ${each(OPEN_COUNTS, (name) => `a.${name}`)}
  from (
    select author_id, category, bigint_sum(${COUNTS.join(" + ")}) as engagements, sum(${NEWLY_ENGAGED}) as engaged_posts_1h,
           ${each(NEW_COUNTS, (name) => `bigint_sum(${name}) as ${name}`)}
    from fold_posts
    group by author_id, category
    having bigint_sum(${COUNTS.join(" + ")}) > 0 or sum(${NEWLY_ENGAGED}) <> 0
  ) c, ${lookUp("ctid as row_id, *", "author_categories", ofPair("c"))} a
  order by c.author_id, c.category`;

/** As of posts: what the row holds of the open quarter hour, an older one gives way to. */
const COUNT_PAIRS = `
  update author_categories a
  set engagements = f.engagements,
      engaged_posts_1h = a.engaged_posts_1h + f.engaged_posts_1h,
      open_quarter = case when f.closes then $1 else a.open_quarter end,
      ${each(COUNTS, (count) => `open_${count} = f.new_${count} + case when f.closes then 0 else a.open_${count} end`)}
  from fold_author_categories f
  where a.ctid = f.row_id`;

/** What the fold adds to posts, by author and category. */
export async function countAuthorCategories(client: ClientBase, openQuarter: number): Promise<void> {
  await client.query(SUM_PAIRS, [openQuarter]);
  await client.query(COUNT_PAIRS, [openQuarter]);
}

/**
 * Closes what the pairs that lose or gain a post's history have open, so that all of the history that moves is found
 * among what is closed. The next engagement opens them again.
 */
export async function closeMovedPairs(client: ClientBase, quartersFrom: number): Promise<void> {
  const sums = each(OPEN_COUNTS, (name) => `bigint_sum(${name})`);
  await client.query(
    `with closing as materialized (
       select a.*
       from (select distinct author_id, category from fold_sides where moves_history) moved,
            ${lookUp(
              `ctid as row_id, author_id, category, open_quarter, ${OPEN_COUNTS.join(", ")}`,
              "author_categories",
              `${ofPair("moved")} and open_quarter is not null`,
            )} a
     ), quarters as (
       insert into closed_author_quarters (author_id, category, quarter, ${COUNTS.join(", ")})
       select author_id, category, open_quarter, ${OPEN_COUNTS.join(", ")}
       from closing where open_quarter >= $1 order by author_id, open_quarter, category
       ${orAdd("closed_author_quarters", "author_id, quarter, category", COUNTS)}
     ), days as (
       insert into closed_author_days (author_id, day, ${COUNTS.join(", ")})
       select author_id, open_quarter / 96, ${sums} from closing where open_quarter >= $1 group by 1, 2 order by 1, 2
       ${orAdd("closed_author_days", "author_id, day", COUNTS)}
     )
     update author_categories a
     set open_quarter = null, ${each(OPEN_COUNTS, (name) => `${name} = 0`)}
     from closing c
     where a.ctid = c.row_id`,
    [quartersFrom],
  );
}
