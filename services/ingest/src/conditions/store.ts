import type { ConditionName } from "@pulseboard/contract";
import type { Pool } from "pg";

export interface ConditionRow {
  condition: ConditionName;
  detail: string;
  blocks: boolean;
  /** Raised so long ago. */
  ageMs: number;
}

/**
 * A process's conditions replace the ones it had; rows of processes that renew theirs no longer go too. `since` stays as
 * first written. A row that another process removes at this moment is not waited for.
 */
const STORE = `
  with gone as materialized (
    select condition, source
    from conditions
    where source = $1 and condition <> all ($2::text[])
       or source <> $1 and not renewed_at between clock_timestamp() - interval '20 s' and clock_timestamp() + interval '20 s'
    for update skip locked
  ), removed as (
    delete from conditions c using gone where c.condition = gone.condition and c.source = gone.source
  )
  insert into conditions (condition, source, blocks, detail, since, renewed_at)
  select condition, $1, blocks, detail, clock_timestamp() - age_ms * interval '1 ms', clock_timestamp()
  from unnest($2::text[], $3::boolean[], $4::text[], $5::bigint[]) held (condition, blocks, detail, age_ms)
  on conflict (condition, source) do update
  set blocks = excluded.blocks, detail = excluded.detail, renewed_at = excluded.renewed_at`;

export async function storeConditions(pool: Pool, source: string, rows: ConditionRow[]): Promise<void> {
  await pool.query(STORE, [
    source,
    rows.map(({ condition }) => condition),
    rows.map(({ blocks }) => blocks),
    rows.map(({ detail }) => detail),
    rows.map(({ ageMs }) => ageMs),
  ]);
}
