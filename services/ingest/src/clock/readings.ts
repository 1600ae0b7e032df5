import type { Pool } from "pg";
import { type Difference, middleOf, uncertaintyOf } from "./difference.ts";

/** Rows of processes that have ended without removing theirs. */
const BELIEVED = "20 s";

/** One ingest process's view: the database's clock less its host's. */
export interface StoredReading {
  /** host:pid */
  source: string;
  difference: Difference;
}

/** Tells `npm run clock` how far this process's clock is from the database's. */
export async function storeReading(pool: Pool, source: string, difference: Difference): Promise<void> {
  await pool.query(
    `with ended as (
       delete from clock_readings
       where source <> $1 and read_at not between clock_timestamp() - interval '${BELIEVED}' and clock_timestamp()
     )
     insert into clock_readings (source, difference_ms, uncertainty_ms) values ($1, $2, $3)
     on conflict (source) do update
     set difference_ms = excluded.difference_ms, uncertainty_ms = excluded.uncertainty_ms, read_at = excluded.read_at`,
    [source, middleOf(difference), uncertaintyOf(difference)],
  );
}

export async function removeReading(pool: Pool, source: string): Promise<void> {
  await pool.query("delete from clock_readings where source = $1", [source]);
}

/** What the ingest processes that run now have found. */
export async function storedReadings(pool: Pool): Promise<StoredReading[]> {
  const { rows } = await pool.query<{ source: string; difference: number; uncertainty: number }>(
    `select source, difference_ms as difference, uncertainty_ms as uncertainty
     from clock_readings
     where read_at between clock_timestamp() - interval '${BELIEVED}' and clock_timestamp()
     order by source`,
  );
  return rows.map(({ source, difference, uncertainty }) => ({
    source,
    difference: { low: difference - uncertainty, high: difference + uncertainty },
  }));
}
