import type { World } from "../world.ts";
import { summary } from "./summary.ts";

const WINDOWS = [
  { name: "5m", minutes: 5 },
  { name: "1h", minutes: 60 },
  { name: "24h", minutes: 1_440 },
];

/** How far window_minute may be from the minute of the database's clock. */
const MOST_MINUTES = 1;

/** One statement, so that all of it is of one version. */
const read = ({ name, minutes }: (typeof WINDOWS)[number]): string => `
  with raw as (
    select post_id, count(*) as events
    from engagements, stats
    where engaged_timestamp >= to_timestamp((window_minute - ${minutes - 1}) * 60.0)
      and engaged_timestamp < to_timestamp((window_minute + 1) * 60.0)
    group by post_id
  ), counted as (
    select post_id, (views_${name} + likes_${name} + comments_${name} + shares_${name})::bigint as events from post_stats
  )
  select 'post ' || post_id as of, coalesce(counted.events, 0)::float8 as counted, coalesce(raw.events, 0)::float8 as raw
  from raw full join counted using (post_id)
  where coalesce(counted.events, 0) <> coalesce(raw.events, 0)`;

/** The windows hold what raw holds for them, and stand where the database's clock is. Nothing waits for its fold. */
export async function windowDeviations(world: World): Promise<string[]> {
  const deviations: string[] = [];
  for (const window of WINDOWS) {
    const rows = await world.query(read(window));
    deviations.push(
      ...summary(
        `counts of ${window.name} differ from raw`,
        rows.map(({ of, counted, raw }) => `${of}: ${counted} instead of ${raw}`),
      ),
    );
  }
  const [{ ahead }] = await world.query(
    "select window_minute - floor(extract(epoch from clock_timestamp()) / 60)::integer as ahead from stats",
  );
  if (Math.abs(ahead) > MOST_MINUTES) deviations.push(`the windows end ${ahead} minutes ahead of the clock`);
  return deviations;
}
