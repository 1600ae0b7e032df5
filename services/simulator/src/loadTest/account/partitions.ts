import type pg from "pg";

/** The accounting of all partitions of a topic, finished logs included: passed = the sum of the others. */
export interface PartitionSums {
  passed: number;
  stored: number;
  rejected: number;
  duplicates: number;
  skipped: number;
  gaps: number;
}

const SUMS = `
  select coalesce(sum(stored + rejected + duplicates + skipped + gaps), 0)::bigint as passed,
    coalesce(sum(stored), 0)::bigint as stored, coalesce(sum(rejected), 0)::bigint as rejected,
    coalesce(sum(duplicates), 0)::bigint as duplicates, coalesce(sum(skipped), 0)::bigint as skipped,
    coalesce(sum(gaps), 0)::bigint as gaps
  from (
    select stored, rejected, duplicates, skipped, gaps from ingest_offsets where topic = $1
    union all
    select stored, rejected, duplicates, skipped, gaps from ingest_closed_logs where topic = $1
  ) logs`;

export async function readPartitionSums(pool: pg.Pool, topic: string): Promise<PartitionSums> {
  const { rows } = await pool.query<PartitionSums>(SUMS, [topic]);
  return rows[0]!;
}

export const difference = (after: PartitionSums, before: PartitionSums): PartitionSums =>
  Object.fromEntries(
    Object.entries(after).map(([name, value]) => [name, value - before[name as keyof PartitionSums]]),
  ) as unknown as PartitionSums;
