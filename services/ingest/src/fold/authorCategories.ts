import type { ClientBase } from "pg";
import { bigintArrayOf } from "../counts/arrays.ts";
import { COUNTS, each, lookUp, NEW_COUNTS, OPEN_COUNTS, ofPair, orAdd } from "./columns.ts";
import type { Counted } from "./countPosts.ts";
import { OF_OPEN } from "./postSums.ts";

const NEW_SUMS = ["engagements", "engaged_posts_1h", ...NEW_COUNTS];
const isOpen = `${NEW_COUNTS.map((name) => `c.${name}`).join(" + ")} > 0`;

/**
 * New engagements by author and category, and posts that are engaged in the last hour or no more, beside what the pair's
 * row holds: $1 is the open quarter, $2 and $3 the pairs, $4 their NEW_SUMS, those of each pair together.
 */
const SUM_PAIRS = `
  insert into fold_author_categories (row_id, author_id, category, engagements, engaged_posts_1h, ${NEW_COUNTS.join(", ")},
                                      is_open, closes, open_quarter, ${OPEN_COUNTS.join(", ")})
  select a.row_id, c.author_id, c.category, a.engagements + c.engagements, c.engaged_posts_1h, ${each(NEW_COUNTS, (name) => `c.${name}`)},
         ${isOpen}, ${isOpen} and a.open_quarter is distinct from $1, a.open_quarter, ${each(OPEN_COUNTS, (name) => `a.${name}`)}
  from (
    select author_id, category, ${NEW_SUMS.map((name, index) => `($4::bigint[])[${NEW_SUMS.length} * (place - 1) + ${index + 1}] as ${name}`).join(", ")}
    from unnest($2::integer[], $3::text[]) with ordinality pairs (author_id, category, place)
    order by author_id, category
    offset 0
  ) c, ${lookUp("ctid as row_id, *", "author_categories", ofPair("c"))} a`;

/** As of posts: what the row holds of the open quarter hour, an older one gives way to. */
const COUNT_PAIRS = `
  update author_categories a
  set engagements = f.engagements,
      engaged_posts_1h = a.engaged_posts_1h + f.engaged_posts_1h,
      open_quarter = case when f.closes then $1 else a.open_quarter end,
      ${each(COUNTS, (count) => `open_${count} = f.new_${count} + case when f.closes then 0 else a.open_${count} end`)}
  from fold_author_categories f
  where a.ctid = f.row_id`;

/**
 * What the fold adds to posts, by author and category.
 * @returns whether what any row holds of an older quarter hour gives way to the open one
 */
export async function countAuthorCategories(
  client: ClientBase,
  { pairs, openQuarter }: Pick<Counted, "pairs" | "openQuarter">,
): Promise<boolean> {
  const changed = [...pairs.authors.keys()].filter(
    (pair) => pairs.engagements(pair) > 0 || pairs.newlyEngaged(pair) !== 0,
  );
  const sums = changed.flatMap((pair) => [
    pairs.engagements(pair),
    pairs.newlyEngaged(pair),
    ...NEW_COUNTS.map((_, type) => pairs.sum(pair, OF_OPEN + type)),
  ]);
  await client.query(SUM_PAIRS, [
    openQuarter,
    changed.map((pair) => pairs.authors[pair]),
    changed.map((pair) => pairs.categories[pair]),
    bigintArrayOf(Float64Array.from(sums)),
  ]);
  await client.query(COUNT_PAIRS, [openQuarter]);
  const { rows } = await client.query<{ closes: boolean }>(
    "select exists (select from fold_author_categories where closes) as closes",
  );
  return rows[0]!.closes;
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
