import type { AuthorListRow, PostListRow } from "@pulseboard/contract";
import type pg from "pg";

/** The rows of lists as plain aggregates of the raw engagements, in no order. */

const countOf = (type: string) => `count(e.*) filter (where e.type = '${type}') as ${type}s`;
const inMinutes = (minutes: number) => `
  count(e.*) filter (where e.engaged_timestamp >= to_timestamp((s.window_minute - ${minutes - 1}) * 60.0)
                       and e.engaged_timestamp < to_timestamp((s.window_minute + 1) * 60.0))`;

export async function rawPostRows(pool: pg.Pool): Promise<PostListRow[]> {
  const { rows } = await pool.query<Omit<PostListRow, "rising" | "last_24h_by_hour">>(
    `select p.post_id, p.external_id, p.title, p.author_id, a.name as author, p.category,
            to_char(p.publish_timestamp at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as publish_timestamp, p.url,
            ${["view", "like", "comment", "share"].map(countOf).join(", ")},
            count(e.*) as total_engagements,
            coalesce(round(100.0 * count(e.*) filter (where e.type <> 'view') / nullif(count(e.*) filter (where e.type = 'view'), 0), 2), 0)::float8
              as engagement_rate,
            ${inMinutes(60)} as last_1h, ${inMinutes(1_440)} as last_24h,
            p.withdrawn_at is not null as withdrawn
     from posts p
     join authors a using (author_id)
     cross join stats s
     left join engagements e on e.post_id = p.post_id
     group by p.post_id, a.name, s.window_minute`,
  );
  const hours = await pool.query<{ post_id: number; ago: number; engagements: number }>(
    `select post_id, (s.window_minute / 60 - floor(extract(epoch from engaged_timestamp) / 3600))::integer as ago,
            count(*) as engagements
     from engagements, stats s
     group by 1, 2`,
  );
  const byHour = new Map(rows.map(({ post_id }) => [post_id, new Array<number>(24).fill(0)]));
  for (const { post_id, ago, engagements } of hours.rows)
    if (ago >= 0 && ago < 24) byHour.get(post_id)![23 - ago] = engagements;
  const all = rows.reduce((sum, row) => ({ hour: sum.hour + row.last_1h, day: sum.day + row.last_24h }), {
    hour: 0,
    day: 0,
  });
  return rows.map(({ withdrawn, ...row }) => {
    const factor = row.last_24h === 0 ? 0 : row.last_1h / row.last_24h / (all.hour / all.day);
    const isRising = !withdrawn && row.last_1h >= 30 && factor > 2;
    const rising = isRising ? Math.round(factor * 100) / 100 : null;
    return { ...row, last_24h_by_hour: byHour.get(row.post_id)!, rising, withdrawn };
  });
}

export async function rawLastDays(pool: pg.Pool): Promise<Map<number, number[]>> {
  const { rows } = await pool.query<{ author_id: number; days: number[] }>(
    `select author_id, json_agg(engagements order by day) as days
     from (select a.author_id, d::date as day, count(e.*) as engagements
           from stats
           cross join authors a
           cross join generate_series(today - 30, today, interval '1 day') d
           left join (select p.author_id, (engaged_timestamp at time zone 'UTC')::date as day
                      from engagements join posts p using (post_id)) e on e.author_id = a.author_id and e.day = d::date
           group by 1, 2) counted
     group by author_id`,
  );
  return new Map(rows.map(({ author_id, days }) => [author_id, days]));
}

/** Sorting asks for the same texts again and again. */
function remember<T>(derive: (text: string) => T): (text: string) => T {
  const known = new Map<string, T>();
  return (text) => {
    let value = known.get(text);
    if (value === undefined) {
      value = derive(text);
      known.set(text, value);
    }
    return value;
  };
}

/** As a search compares texts, in other words than the database's. */
export const folded = remember((text) =>
  text
    .normalize("NFKD")
    .replace(/[\u0300-\u036f]/g, "")
    .toLowerCase(),
);

const foldedBytes = remember((text) => Buffer.from(folded(text)));
const byBytes = (a: string, b: string) => Buffer.compare(foldedBytes(a), foldedBytes(b));

/** How two rows compare, ascending, before ties. */
export const POST_ORDERS: Record<string, (a: PostListRow, b: PostListRow) => number> = {
  published: (a, b) => Date.parse(a.publish_timestamp) - Date.parse(b.publish_timestamp),
  title: (a, b) =>
    Number(a.title === null) - Number(b.title === null) || byBytes(a.title ?? "", b.title ?? ""),
  author: (a, b) => byBytes(a.author, b.author),
  engagements: (a, b) => a.total_engagements - b.total_engagements,
  rate: (a, b) => a.engagement_rate - b.engagement_rate,
  last_1h: (a, b) => a.last_1h - b.last_1h,
  last_24h: (a, b) => a.last_24h - b.last_24h,
};

export const AUTHOR_ORDERS: Record<string, (a: AuthorListRow, b: AuthorListRow) => number> = {
  name: (a, b) => byBytes(a.name, b.name),
  engagements: (a, b) => a.total_engagements - b.total_engagements,
  posts: (a, b) => a.total_posts - b.total_posts,
  average: (a, b) => a.avg_engagement_per_post - b.avg_engagement_per_post,
  opportunity: (a, b) => a.opportunity_score - b.opportunity_score,
};
