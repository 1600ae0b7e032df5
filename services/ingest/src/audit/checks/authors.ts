import { DAY_SPANS, daysBefore, each, engagements, isEngaged, WINDOW_COUNTS } from "../../fold/columns.ts";
import { type Check, compare } from "../compare.ts";

const windows = each(WINDOW_COUNTS, (count) => `sum(p.${count}) as ${count}`);
const inSpan = (days: number) => `p.publish_timestamp >= ${daysBefore("(select today from stats)", days)}`;
const SPANS = DAY_SPANS.flatMap((days) => [`posts_${days}d`, `engagements_${days}d`]);
const AUTHOR_COLUMNS = ["posts", "engagements", ...SPANS, ...WINDOW_COUNTS];
const PAIR_COLUMNS = ["posts", "engagements", "engaged_posts_1h"];
const CATEGORY_COLUMNS = [...PAIR_COLUMNS, ...WINDOW_COUNTS];
const engaged = `sum(${isEngaged("p")}) as engaged_posts_1h`;

const PAIRS = `
  select author_id, category, count(*) as posts, sum(${engagements("p")}) as engagements, ${engaged}
  from audit_posts p
  where author_id is not null
  group by author_id, category`;

const NOT_QUEUED = "not exists (select from catalogue_changes c where c.author_id = a.author_id)";
const SHOWN = "author_id, name, author_category, external_id, url";

/** Sums of posts by author, by category and by both, under the stored mapping. */
export const authorChecks: Check[] = [
  compare("author_stats", {
    keys: ["author_id"],
    values: AUTHOR_COLUMNS,
    expected: `
      select author_id, count(*) as posts, sum(${engagements("p")}) as engagements,
             ${DAY_SPANS.map(
               (days) =>
                 `count(*) filter (where ${inSpan(days)}) as posts_${days}d,
                  coalesce(sum(${engagements("p")}) filter (where ${inSpan(days)}), 0) as engagements_${days}d`,
             ).join(", ")},
             ${windows}
      from audit_posts p
      where author_id is not null
      group by author_id`,
    found: `select author_id, ${AUTHOR_COLUMNS.join(", ")} from author_stats`,
  }),
  compare("category_stats", {
    keys: ["category"],
    values: CATEGORY_COLUMNS,
    expected: `
      select category, count(*) as posts, sum(${engagements("p")}) as engagements, ${engaged}, ${windows}
      from audit_posts p
      where category is not null
      group by category`,
    found: `select category, ${CATEGORY_COLUMNS.join(", ")} from category_stats`,
  }),
  compare("author_categories", {
    keys: ["author_id", "category"],
    values: PAIR_COLUMNS,
    absent: "difference",
    expected: PAIRS,
    found: `select author_id, category, ${PAIR_COLUMNS.join(", ")} from author_categories`,
  }),
  compare("shown_authors", {
    keys: ["author_id"],
    values: ["name", "author_category", "external_id", "url"],
    absent: "difference",
    expected: `select ${SHOWN} from authors a where ${NOT_QUEUED}`,
    found: `select ${SHOWN} from shown_authors a where ${NOT_QUEUED}`,
  }),
  compare("category_stats, top author", {
    keys: ["category"],
    values: ["top_author_id", "top_author_engagements"],
    absent: "difference",
    expected: `
      select distinct on (category) category, author_id as top_author_id, engagements as top_author_engagements
      from (${PAIRS}) pairs
      order by category, engagements desc, author_id`,
    found: "select category, top_author_id, top_author_engagements from category_stats",
  }),
];
