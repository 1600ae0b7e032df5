import type pg from "pg";
import type { Event, Fixture } from "../../ingest/test/foldFixture.ts";

/** The answers as plain aggregates of the raw engagements: what every rollup and its question are held against. */

const COUNTS = `count(*) filter (where e.type = 'view') as views, count(*) filter (where e.type = 'like') as likes,
  count(*) filter (where e.type = 'comment') as comments, count(*) filter (where e.type = 'share') as shares`;

export async function rawPatterns(
  pool: pg.Pool,
  { tz = "UTC", category, author_id, day_of_week }: Partial<Record<string, string | number>>,
) {
  const { rows } = await pool.query(
    `with cells as (
       select extract(hour from e.engaged_timestamp at time zone $1)::integer as hour_of_day,
              extract(dow from e.engaged_timestamp at time zone $1)::integer as day_of_week,
              count(*) as total_engagements, ${COUNTS}
       from engagements e
       join posts p using (post_id)
       where e.engaged_timestamp >= (select (today - 365)::timestamp at time zone 'UTC' from stats)
         and ($2::text is null or p.category = $2)
         and ($3::integer is null or p.author_id = $3)
       group by 1, 2
     )
     select hour_of_day, day_of_week, trim(to_char(date '2023-01-01' + day_of_week, 'Day')) as day_name,
            total_engagements, views, likes, comments, shares,
            round(100.0 * total_engagements / sum(total_engagements) over (), 2)::float8 as pct_of_total
     from cells
     order by day_of_week, hour_of_day`,
    [tz, category ?? null, author_id ?? null],
  );
  return rows.filter((row) => day_of_week === undefined || row.day_of_week === day_of_week);
}

export async function rawTrending(pool: pg.Pool, minutes: number, by: string, limit: number) {
  const [id, label, category, order] = {
    posts: ["p.post_id", "coalesce(p.title, 'Post ' || p.post_id)", "p.category", "id"],
    authors: ["a.author_id", "a.name", "a.author_category", "id"],
    categories: ["p.category", "p.category", "p.category", 'id collate "C"'],
  }[by] as [string, string, string, string];
  const { rows } = await pool.query(
    `with counted as (
       select ${id} as id, ${label} as label, ${category} as category, count(*) as engagements, ${COUNTS}
       from engagements e
       join posts p using (post_id)
       join authors a using (author_id)
       cross join stats s
       where e.engaged_timestamp >= to_timestamp((s.window_minute - $1 + 1) * 60.0)
         and e.engaged_timestamp < to_timestamp((s.window_minute + 1) * 60.0)
       group by 1, 2, 3
     )
     select row_number() over (order by engagements desc, ${order}) as rank, id, label, category,
            engagements, views, likes, comments, shares
     from counted
     order by 1
     limit $2`,
    [minutes, limit],
  );
  return rows;
}

export async function rawEngagement(pool: pg.Pool, postId: number, days: number | null) {
  const { rows } = await pool.query(
    `select p.post_id, p.title, a.name as author_name, p.category,
            (p.publish_timestamp at time zone 'UTC')::date as publish_date, ${COUNTS},
            count(e.event_id) as total_engagements,
            case when count(*) filter (where e.type = 'view') = 0 then 0
                 else round(100.0 * count(*) filter (where e.type <> 'view') / count(*) filter (where e.type = 'view'), 2)
            end::float8 as engagement_rate
     from posts p
     join authors a using (author_id)
     left join engagements e on e.post_id = p.post_id
       and ($2::integer is null
            or e.engaged_timestamp >= (select (today - $2)::timestamp at time zone 'UTC' from stats))
     where p.post_id = $1
     group by p.post_id, a.name`,
    [postId, days],
  );
  return rows[0];
}

export const AUTHORS = 6;
export const POSTS = 30;
const CATEGORIES = ["Tech", "Food", "health", "Travel"];
const TYPES = ["view", "view", "view", "like", "comment", "share"] as const;

/** A reproducible number in [0, 1). */
export function createRandom(seed = 1) {
  let state = seed;
  return () => {
    state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9;
    state = Math.imul(state ^ (state >>> 12), 0x297a2d39);
    state ^= state >>> 15;
    return (state >>> 0) / 2 ** 32;
  };
}

export async function fillCatalogue(fixture: Fixture): Promise<void> {
  for (let id = 1; id <= POSTS; id++)
    await fixture.putPost({
      id,
      author: 1 + (id % AUTHORS),
      category: CATEGORIES[id % CATEGORIES.length]!,
      publish: new Date(fixture.clock.now.getTime() - id * 26 * 3_600_000),
    });
  await fixture.pool.query("update posts set title = 'About ' || post_id where post_id % 3 > 0");
}

/** Engagements of random posts; `span` ms back from the clock, most of them recent when `skew` is above 1. */
export function randomEvents(fixture: Fixture, count: number, span: number, skew = 1, seed = 7): Event[] {
  const random = createRandom(seed);
  return Array.from({ length: count }, () => ({
    postId: 1 + Math.floor(random() ** 2 * POSTS),
    type: TYPES[Math.floor(random() * TYPES.length)]!,
    at: fixture.clock.now.getTime() - Math.floor(random() ** skew * span),
  }));
}
