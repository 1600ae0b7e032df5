import type { ClientBase } from "pg";
import { DAY_SPANS, daysBefore, lookUp } from "./columns.ts";

/** Posts that are in the last `days` days of the earlier date $1 and not of the later date $2. */
const isBetween = (days: number) =>
  `publish_timestamp >= ${daysBefore("$1", days)} and publish_timestamp < ${daysBefore("$2", days)}`;
const names = DAY_SPANS.flatMap((days) => [`posts_${days}d`, `engagements_${days}d`]);

const MOVE_DAYS = `
  with change as (
    select author_id,
           ${DAY_SPANS.map(
             (days) =>
               `count(*) filter (where ${isBetween(days)}) as posts_${days}d,
                coalesce(bigint_sum(views + likes + comments + shares) filter (where ${isBetween(days)}), 0) as engagements_${days}d`,
           ).join(", ")}
    from post_stats
    where ${DAY_SPANS.map((days) => `(${isBetween(days)})`).join(" or ")}
    group by author_id
    order by author_id
  )
  update author_stats a
  set ${names.map((name) => `${name} = a.${name} + $3::integer * c.${name}`).join(", ")}
  from change c, ${lookUp("ctid as row_id", "author_stats", "author_id = c.author_id")} t
  where a.ctid = t.row_id`;

/**
 * When today has moved: posts whose publish time is now older than 7, 30 or 90 days leave those sums; when it has moved
 * back, those that are no longer older enter them again.
 */
export async function moveDays(client: ClientBase, before: string, after: string): Promise<void> {
  if (before === after) return;
  await client.query(MOVE_DAYS, before < after ? [before, after, -1] : [after, before, 1]);
}
