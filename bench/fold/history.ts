import type pg from "pg";
import { createPool } from "../../packages/runtime/src/postgres.ts";
import { COUNTS, DAY_SPANS, daysBefore, each, engagements } from "../../services/ingest/src/fold/columns.ts";
import { addEngagedPosts, ENGAGED_FROM } from "../../services/ingest/src/fold/engagedPosts.ts";
import { Months, monthOf, monthTable } from "../../services/ingest/src/write/months.ts";
import { Progress } from "../support/progress.ts";
import { POSTS } from "../support/workload.ts";

const QUARTER_MS = 900_000;
const QUARTERS = 88 * 96;
const CHUNK = 1_000_000;

/** Zipf's law with exponent 0.9 as a continuous one: the rank from a uniform number, and from it the post's id. */
const postOf = (posts: number) =>
  `(1 + (floor(power(random() * (power(${posts}, 0.1) - 1) + 1, 10))::bigint - 1) * 7919 % ${posts})::integer`;

const countOf = (type: string) => `count(*) filter (where type = '${type}')::integer as ${type}s`;
const sums = each(COUNTS, (count) => `sum(${count})::integer as ${count}`);
const columns = COUNTS.join(", ");

/** One statement for all quarters of [$1, $2): what falls into a quarter hour falls into no other chunk. */
const addQuarters = (posts: number) => `
  with raw as (
    insert into engagements (event_id, post_id, type, user_id, engaged_timestamp)
    select gen_random_uuid(), ${postOf(posts)},
           (case when kind < 0.85 then 'view' when kind < 0.95 then 'like' when kind < 0.98 then 'comment' else 'share' end)::engagement_type,
           1 + floor(random() * 200000)::integer,
           to_timestamp(quarter * 900.0 + 899.999 * place / greatest(1, places))
    from generate_series($1::integer, $2::integer - 1) quarter,
         lateral (select floor((quarter - $3 + 1) * $4::float8 / ${QUARTERS})::integer
                       - floor((quarter - $3) * $4::float8 / ${QUARTERS})::integer as places) p,
         lateral (select place, random() as kind from generate_series(1, places) place) e
    returning post_id, type, floor(extract(epoch from engaged_timestamp) / 900)::integer as quarter
  ), posts as (
    insert into closed_quarters (post_id, quarter, ${columns})
    select post_id, quarter, ${["view", "like", "comment", "share"].map(countOf).join(", ")}
    from raw group by quarter, post_id order by quarter, post_id
    returning post_id, quarter, ${columns}
  ), authors as (
    insert into closed_author_quarters (author_id, category, quarter, ${columns})
    select s.author_id, s.category, q.quarter, ${each(COUNTS, (count) => `sum(q.${count})::integer as ${count}`)}
    from posts q join post_stats s using (post_id)
    group by q.quarter, s.author_id, s.category order by q.quarter, s.author_id
    returning category, quarter, ${columns}
  ), categories as (
    insert into category_quarters (category, quarter, ${columns})
    select category, quarter, ${sums} from authors group by category, quarter
    returning quarter, ${columns}
  )
  insert into platform_quarters (quarter, ${columns})
  select quarter, ${sums} from categories group by quarter`;

const ADD_TOTALS = [
  `update post_stats s set ${each(COUNTS, (count) => `${count} = q.${count}`)}
   from (select post_id, ${each(COUNTS, (count) => `sum(${count}) as ${count}`)} from post_quarters group by post_id) q
   where q.post_id = s.post_id`,
  `update author_stats a
   set engagements = p.engagements, ${DAY_SPANS.map((days) => `engagements_${days}d = p.engagements_${days}d`).join(", ")}
   from (select author_id, sum(${engagements("s")}) as engagements,
                ${DAY_SPANS.map(
                  (days) =>
                    `coalesce(sum(${engagements("s")}) filter (where publish_timestamp >= ${daysBefore("(select today from stats)", days)}), 0) as engagements_${days}d`,
                ).join(", ")}
         from post_stats s group by author_id) p
   where p.author_id = a.author_id`,
  ...["post", "author"].map(
    (key) => `insert into closed_${key}_days (${key}_id, day, ${columns})
              select ${key}_id, quarter / 96, ${sums} from ${key}_quarters group by 1, 2 order by 1, 2`,
  ),
  `update author_categories a set engagements = p.engagements
   from (select author_id, category, sum(${engagements("s")}) as engagements from post_stats s group by 1, 2) p
   where p.author_id = a.author_id and p.category = a.category`,
  `update category_stats c set top_author_id = best.author_id, top_author_engagements = best.engagements
   from (select distinct on (category) category, author_id, engagements
         from author_categories order by category, engagements desc, author_id) best
   where best.category = c.category`,
  `with best as (
     select post_id, ${engagements("s")} as count, row_number() over (order by ${engagements("s")} desc, post_id) as place
     from post_stats s where ${engagements("s")} > 0
   ), kept as (
     insert into top_candidates (window_name, post_id) select 'all', post_id from best where place <= 400
   )
   update top_floors t set count = b.count, post_id = b.post_id
   from best b where t.window_name = 'all' and b.place = 401`,
  `update category_stats c set engagements = p.engagements
   from (select category, sum(${engagements("s")}) as engagements from post_stats s group by category) p
   where p.category = c.category`,
  addEngagedPosts(`
   engaged as (
     select distinct q.post_id, q.quarter + later as quarter
     from post_quarters q, generate_series(0, 3) later
     where q.quarter >= ${ENGAGED_FROM} - 3
   ), hours as materialized (
     select e.quarter, s.author_id, s.category, count(*) as posts
     from engaged e join post_stats s using (post_id)
     where e.quarter >= ${ENGAGED_FROM}
     group by e.quarter, s.author_id, s.category
   )`),
  `update stats set ${each(COUNTS, (count) => `${count} = q.${count}`)}
   from (select ${each(COUNTS, (count) => `sum(${count}) as ${count}`)} from platform_quarters) q`,
  `insert into ingest_closed_logs (topic, partition, log_number, next_offset, first_offset, stored, rejected, duplicates, skipped, gaps)
   select 'former', 0, 1, n, 0, n, 0, 0, 0, 0 from (select ${engagements("stats")} as n from stats) total`,
];

/**
 * Makes `events` engagements of 88 days in an empty database, up to where it keeps minutes, evenly in time and by
 * Zipf's law over the posts, with the rollups that folding them late would give: in the server, tens of times faster
 * than through a fold. The months have no index on event_id, which neither the fold nor a refresh reads.
 */
export async function makeHistory(databaseUrl: string, events: number, posts = POSTS): Promise<void> {
  const pool = createPool({ databaseUrl, applicationName: "bench", max: 1 });
  // By the database's windows, which stand where its last fold has left them.
  const { rows } = await pool.query<{ minute: number }>("select minutes_from as minute from stats");
  const end = Math.floor(rows[0]!.minute / 15);
  const first = end - QUARTERS;
  const step = Math.max(1, Math.floor((CHUNK * QUARTERS) / events));
  const progress = new Progress(`making a history of ${events} events`, end - first);
  try {
    await makeMonths(pool, first, end);
    await pool.query("set work_mem = '256MB'; set maintenance_work_mem = '1GB'; select setseed(0.42)");
    await pool.query("alter table closed_quarters drop constraint closed_quarters_pkey");
    await pool.query("alter table closed_author_quarters drop constraint closed_author_quarters_pkey");
    for (let from = first; from < end; from += step) {
      await pool.query(addQuarters(posts), [from, Math.min(end, from + step), first, events]);
      progress.at(from - first);
    }
    await pool.query("alter table closed_quarters add primary key (post_id, quarter)");
    await pool.query("alter table closed_author_quarters add primary key (author_id, quarter, category)");
    for (const statement of ADD_TOTALS) await pool.query(statement);
    await pool.query("vacuum analyze");
  } finally {
    progress.end();
    await pool.end();
  }
}

async function makeMonths(pool: pg.Pool, first: number, end: number): Promise<void> {
  const [from, until] = [first, end].map((quarter) => monthOf(quarter * QUARTER_MS)) as [number, number];
  const months = Array.from({ length: until - from + 1 }, (_, index) => from + index);
  await new Months(pool).ensure(months);
  for (const table of months.map(monthTable))
    await pool.query(`alter table ${table} drop constraint ${table}_event_id_key`);
}
