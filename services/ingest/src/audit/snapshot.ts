import type { ClientBase } from "pg";
import { COUNTS, each, WINDOW_COUNTS, WINDOWS } from "../fold/columns.ts";

const columns = COUNTS.join(", ");
const counts = COUNTS.map((count) => `${count} bigint not null`).join(", ");

/** What the rollups should hold, computed from raw and archived engagements alone. */
const WORK_TABLES = `
  create temp table audit_quarters (post_id integer not null, quarter integer not null, ${counts});
  create temp table audit_minutes (minute integer not null, post_id integer not null, ${counts});
  create temp table audit_posts (
    post_id integer not null, author_id integer, category text, publish_timestamp timestamptz,
    ${each([...COUNTS, ...WINDOW_COUNTS], (count) => `${count} bigint not null`)}
  )`;

const countRaw = COUNTS.map(
  (count) => `count(*) filter (where type = '${count.slice(0, -1)}') as ${count}`,
).join(", ");
const minus = each(COUNTS, (count) => `-${count}`);
const sums = each(COUNTS, (count) => `sum(${count})`);
const notEmpty = COUNTS.map((count) => `sum(${count}) <> 0`).join(" or ");

/** Raw and archived engagements less what unfolded deltas and posts that stand aside still hold, by post and quarter hour. */
const QUARTERS = `
  insert into audit_quarters (post_id, quarter, ${columns})
  select post_id, quarter, ${sums}
  from (
    select post_id, floor(date_part('epoch', engaged_timestamp) / 900)::integer as quarter, ${countRaw}
    from engagements
    group by 1, 2
    union all
    select post_id, quarter, ${columns} from archived_engagements
    union all
    select post_id, minute / 15, ${minus} from engagement_deltas
    union all
    select post_id, minute / 15, ${minus} from set_aside_counts
  ) counted
  group by post_id, quarter
  having ${notEmpty}`;

/** Post_minutes is judged from here on: it may go back to a month that retention has dropped. */
export const MINUTES_FROM = `
  (select greatest(minutes_from, floor(extract(epoch from events_from) / 60)::integer) from stats, storage_rules)`;

/** The same by minute. */
const MINUTES = `
  insert into audit_minutes (minute, post_id, ${columns})
  select minute, post_id, ${sums}
  from (
    select post_id, floor(date_part('epoch', engaged_timestamp) / 60)::integer as minute, ${countRaw}
    from engagements
    where engaged_timestamp >= (select to_timestamp(${MINUTES_FROM} * 60.0))
    group by 1, 2
    union all
    select post_id, minute, ${minus}
    from (select post_id, minute, ${columns} from engagement_deltas
          union all select post_id, minute, ${columns} from set_aside_counts) unfolded
    where minute >= ${MINUTES_FROM}
  ) counted
  group by minute, post_id
  having ${notEmpty}`;

const inWindow = (minutes: number) =>
  `minute > (select window_minute from stats) - ${minutes} and minute <= (select window_minute from stats)`;

/** By post, all time and in the windows, under the mapping by which the fold counts the post. */
const POSTS = `
  insert into audit_posts (post_id, author_id, category, publish_timestamp, ${columns}, ${WINDOW_COUNTS.join(", ")})
  select post_id, s.author_id, s.category, s.publish_timestamp,
         ${each(COUNTS, (count) => `coalesce(q.${count}, 0)`)}, ${each(WINDOW_COUNTS, (count) => `coalesce(m.${count}, 0)`)}
  from (select post_id, ${each(COUNTS, (count) => `sum(${count}) as ${count}`)} from audit_quarters group by post_id) q
  full join (
    select post_id, ${WINDOWS.map(({ name, minutes }) =>
      each(COUNTS, (count) => `sum(${count}) filter (where ${inWindow(minutes)}) as ${count}_${name}`),
    ).join(", ")}
    from audit_minutes
    group by post_id
  ) m using (post_id)
  full join post_stats s using (post_id)`;

/**
 * Opens the one snapshot that the audit judges, and computes in it what the rollups should hold. The connection is
 * the audit's own: its temporary tables go with it.
 */
export async function openSnapshot(client: ClientBase, step: (name: string) => void): Promise<void> {
  await client.query("set jit = off; set work_mem = '128MB'");
  await client.query(WORK_TABLES);
  await client.query("begin isolation level repeatable read read only");
  // Before the snapshot is taken, so that no month is dropped after it was.
  await client.query("lock table engagements in access share mode");
  step("raw engagements by quarter hour");
  await client.query(QUARTERS);
  step("raw engagements by minute");
  await client.query(MINUTES);
  step("raw engagements by post");
  await client.query("analyze audit_quarters, audit_minutes");
  await client.query(POSTS);
  await client.query("analyze audit_posts");
}
