import type { ClientBase } from "pg";
import { DAY_SPANS, daysBefore } from "./columns.ts";

const leaves = (days: number) =>
  `publish_timestamp >= ${daysBefore("$1", days)} and publish_timestamp < ${daysBefore("$2", days)}`;
const names = DAY_SPANS.flatMap((days) => [`posts_${days}d`, `engagements_${days}d`]);

const COUNT_OUT_DAYS = `
  with change as (
    select author_id,
           ${DAY_SPANS.map(
             (days) =>
               `count(*) filter (where ${leaves(days)}) as posts_${days}d,
                coalesce(bigint_sum(views + likes + comments + shares) filter (where ${leaves(days)}), 0) as engagements_${days}d`,
           ).join(", ")}
    from post_stats
    where ${DAY_SPANS.map((days) => `(${leaves(days)})`).join(" or ")}
    group by author_id
    order by author_id
  )
  update author_stats a
  set ${names.map((name) => `${name} = a.${name} - c.${name}`).join(", ")}
  from change c
  where a.author_id = c.author_id`;

/** When today has moved: posts whose publish time is now older than 7, 30 or 90 days leave those sums. */
export async function countOutDays(client: ClientBase, before: string, after: string): Promise<void> {
  if (before === after) return;
  await client.query(COUNT_OUT_DAYS, [before, after]);
}
