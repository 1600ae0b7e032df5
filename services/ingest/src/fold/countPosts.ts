import type { ClientBase } from "pg";
import { add, COUNTS, DAY_SPANS, daysBefore, each, engagements, WINDOW_COUNTS, WINDOWS } from "./columns.ts";
import type { Clock } from "./state.ts";
import { type WindowChange, windowChanges } from "./windows.ts";

const POST_COLUMNS = [...COUNTS, ...WINDOW_COUNTS];
const OPEN = COUNTS.map((count) => `open_${count}`);
const OF_QUARTER = COUNTS.map((count) => `quarter_${count}`);

/** New counts by post and quarter hour. */
const SUM_QUARTERS = `
  insert into fold_quarters (post_id, quarter, ${POST_COLUMNS.join(", ")})
  select post_id, minute / 15, ${each(COUNTS, (count) => `sum(${count})`)},
         ${WINDOWS.map(({ minutes }) =>
           each(
             COUNTS,
             (count) => `coalesce(sum(${count}) filter (where minute > $1 - ${minutes} and minute <= $1), 0)`,
           ),
         ).join(", ")}
  from fold_deltas
  group by post_id, minute / 15`;

const NEW_COUNTS = `
  select post_id, ${each(POST_COLUMNS, (name) => `sum(${name}) as ${name}`)}, max(quarter) as quarter,
         ${each(COUNTS, (count) => `sum(${count}) filter (where place = 1) as quarter_${count}`)}
  from (select *, row_number() over (partition by post_id order by quarter desc) as place from fold_quarters) ranked
  group by post_id`;

/** The minutes that enter or leave the windows. */
const MOVED_COUNTS = `
  select m.post_id, 0 as views, 0 as likes, 0 as comments, 0 as shares,
         ${WINDOWS.map(({ name }) => each(COUNTS, (count) => `sum(moved.in_${name} * m.${count}) as ${count}_${name}`)).join(", ")},
         null::integer as quarter, ${each(OF_QUARTER, (name) => `null::integer as ${name}`)}
  from unnest($1::integer[], $2::integer[], $3::integer[], $4::integer[], $5::integer[])
       as moved (first, until, in_5m, in_1h, in_24h)
  join minute_batches b on b.minute >= moved.first and b.minute < moved.until,
       unnest(b.post_ids, ${each(COUNTS, (count) => `b.${count}`)}) as m (post_id, ${COUNTS.join(", ")})
  group by m.post_id`;

const NEW_AND_MOVED_COUNTS = `
  select post_id, ${each(POST_COLUMNS, (name) => `sum(${name}) as ${name}`)}, max(quarter) as quarter,
         ${each(OF_QUARTER, (name) => `max(${name}) as ${name}`)}
  from ((${NEW_COUNTS}) union all (${MOVED_COUNTS})) change
  group by post_id`;

/** The changes by post, beside what the post's row holds. */
const sumPosts = (change: string) => `
  with kept as (
    insert into fold_posts (post_id, author_id, category, publish_timestamp, ${POST_COLUMNS.join(", ")},
                            count_5m, count_1h, count_24h, quarter, ${OF_QUARTER.join(", ")}, open_quarter, ${OPEN.join(", ")})
    select post_id, s.author_id, s.category, s.publish_timestamp, ${each(POST_COLUMNS, (name) => `c.${name}`)},
           ${WINDOWS.map(({ name }) => `${engagements("s", `_${name}`)} + ${engagements("c", `_${name}`)}`).join(", ")},
           c.quarter, ${each(OF_QUARTER, (name) => `c.${name}`)}, s.open_quarter, ${each(OPEN, (name) => `s.${name}`)}
    from (${change}) c
    join post_stats s using (post_id)
    order by post_id
    returning ${COUNTS.join(", ")}
  )
  select count(*) as posts, coalesce(sum(${COUNTS.join(" + ")}), 0)::bigint as engagements from kept`;
const SUM_NEW = sumPosts(NEW_COUNTS);
const SUM_NEW_AND_MOVED = sumPosts(NEW_AND_MOVED_COUNTS);

/** The posts' own rows. A post that is engaged in a newer quarter hour opens that one. */
const COUNT_POSTS = `
  update post_stats s
  set ${add(POST_COLUMNS, "s", "f")},
      open_quarter = greatest(f.open_quarter, f.quarter),
      ${each(
        COUNTS,
        (count) => `open_${count} = case
          when f.quarter > f.open_quarter or f.open_quarter is null then coalesce(f.quarter_${count}, 0)
          when f.quarter = f.open_quarter then s.open_${count} + f.quarter_${count}
          else s.open_${count} end`,
      )}
  from fold_posts f
  where s.post_id = f.post_id`;

const valuesOf = (moved: WindowChange[]) => [
  moved.map((change) => change.from),
  moved.map((change) => change.until),
  ...WINDOWS.map((_, index) => moved.map((change) => change.signs[index])),
];

/** @returns how many posts were touched, and how many new engagements they got */
export async function countPosts(
  client: ClientBase,
  before: Clock,
  after: Clock,
): Promise<{ posts: number; engagements: number }> {
  await client.query(SUM_QUARTERS, [after.windowMinute]);
  const moved = windowChanges(before.windowMinute, after.windowMinute);
  const { rows } = await client.query<{ posts: number; engagements: number }>(
    moved.length === 0 ? { text: SUM_NEW } : { text: SUM_NEW_AND_MOVED, values: valuesOf(moved) },
  );
  await client.query(COUNT_POSTS);
  return rows[0]!;
}

const sums = each(WINDOW_COUNTS, (name) => `sum(${name}) as ${name}`);
const added = `sum(${COUNTS.join(" + ")})`;
const SPAN_COLUMNS = DAY_SPANS.map((days) => `engagements_${days}d`);

/** The same changes, by author and by category. @param today the day for which author_stats stands now */
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
