import { LRUCache } from "lru-cache";
import type pg from "pg";
import { QUARTERS_A_DAY } from "./quarterScopes.ts";

/** From this quarter hour on, the zone's wall clock is ahead of UTC by so many seconds. */
export interface OffsetPeriod {
  quarter: number;
  seconds: number;
}

const PERIODS = `
with quarters as (
  select quarter, extract(epoch from to_timestamp(quarter * 900.0) at time zone $1)::bigint - quarter * 900::bigint as seconds
  from generate_series($2::integer, $3::integer) as quarter
),
changes as (
  select quarter, seconds, lag(seconds) over (order by quarter) as before
  from quarters
)
select quarter, seconds
from changes
where seconds is distinct from before
order by quarter`;

const cache = new LRUCache<string, OffsetPeriod[]>({ max: 500 });

/**
 * The zone's offsets over the UTC days, both included: one period, and one more for each change of its clocks. The
 * database is asked, so that two tables of zones never disagree.
 */
export async function zoneOffsets(
  client: pg.ClientBase,
  zone: string,
  firstDay: number,
  lastDay: number,
): Promise<OffsetPeriod[]> {
  const key = `${zone}|${firstDay}|${lastDay}`;
  const known = cache.get(key);
  if (known) return known;
  const { rows } = await client.query<OffsetPeriod>(PERIODS, [
    zone,
    firstDay * QUARTERS_A_DAY,
    lastDay * QUARTERS_A_DAY + QUARTERS_A_DAY - 1,
  ]);
  cache.set(key, rows);
  return rows;
}
