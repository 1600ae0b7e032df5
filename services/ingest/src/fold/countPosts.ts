import type { ClientBase } from "pg";
import { add, COUNTS, DAY_SPANS, daysBefore, each, engagements, WINDOW_COUNTS, WINDOWS } from "./columns.ts";
import type { Clock } from "./state.ts";
import { windowChanges } from "./windows.ts";

const POST_COLUMNS = [...COUNTS, ...WINDOW_COUNTS];

/** New engagements, and the minutes that enter or leave the windows, added to each touched post. */
const COUNT_POSTS = `
  with change as (
    select post_id,
           ${each(COUNTS, (count) => `sum(counted * ${count}) as ${count}`)},
           ${WINDOWS.map(({ name }) => each(COUNTS, (count) => `sum(in_${name} * ${count}) as ${count}_${name}`)).join(", ")}
    from (
      select post_id, 1 as counted,
             ${WINDOWS.map(({ name, minutes }) => `(minute > $1 - ${minutes} and minute <= $1)::integer as in_${name}`).join(", ")},
             views, likes, comments, shares
      from fold_deltas
      union all
      select m.post_id, 0, moved.in_5m, moved.in_1h, moved.in_24h, m.views, m.likes, m.comments, m.shares
      from unnest($2::integer[], $3::integer[], $4::integer[], $5::integer[], $6::integer[])
           as moved (first, until, in_5m, in_1h, in_24h)
      join post_minutes m on m.minute >= moved.first and m.minute < moved.until
    ) rows
    group by post_id
    order by post_id
  ), updated as (
    update post_stats s
    set ${add(POST_COLUMNS, "s", "c")}
    from change c
    where s.post_id = c.post_id
    returning s.post_id, s.author_id, s.category, s.publish_timestamp, ${engagements("c")} as engagements,
              ${each(WINDOW_COUNTS, (name) => `c.${name}`)},
              ${WINDOWS.map(({ name }) => `${engagements("s", `_${name}`)} as count_${name}`).join(", ")}
  ), kept as (
    insert into fold_posts (post_id, author_id, category, publish_timestamp, engagements,
                            ${WINDOW_COUNTS.join(", ")}, count_5m, count_1h, count_24h)
    select * from updated
    returning engagements
  )
  select count(*) as posts, coalesce(sum(engagements), 0)::bigint as engagements from kept`;

/** @returns how many posts were touched, and how many new engagements they got */
export async function countPosts(
  client: ClientBase,
  before: Clock,
  after: Clock,
): Promise<{ posts: number; engagements: number }> {
  const moved = windowChanges(before.windowMinute, after.windowMinute);
  const { rows } = await client.query<{ posts: number; engagements: number }>(COUNT_POSTS, [
    after.windowMinute,
    moved.map((change) => change.from),
    moved.map((change) => change.until),
    ...WINDOWS.map((_, index) => moved.map((change) => change.signs[index])),
  ]);
  return rows[0]!;
}

const sums = each(WINDOW_COUNTS, (name) => `sum(${name}) as ${name}`);
const SPAN_COLUMNS = DAY_SPANS.map((days) => `engagements_${days}d`);

/** The same changes, by author and by category. @param today the day for which author_stats stands now */
export async function countAuthorsAndCategories(client: ClientBase, today: string): Promise<void> {
  await client.query(
    `with change as (
       select author_id, sum(engagements) as engagements,
              ${DAY_SPANS.map(
                (days) =>
                  `coalesce(sum(engagements) filter (where publish_timestamp >= ${daysBefore("$1", days)}), 0)
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
       select category, sum(engagements) as engagements, ${sums}
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
