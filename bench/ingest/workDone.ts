import type pg from "pg";

export interface WorkDone {
  batches: number;
  batchSeconds: number;
  deltasPerEvent: number;
  folds: number;
  foldSeconds: number;
}

/**
 * What ingest and the fold say of themselves.
 * @param since the stats version before the run
 */
export async function workDone(
  client: pg.Client,
  { events, opsPort, since }: { events: number; opsPort: number; since: number },
): Promise<WorkDone> {
  const { rows } = await client.query<{ folds: number; seconds: number }>(
    `select count(*)::integer as folds, coalesce(sum(duration_ms), 0)::float8 / 1000 as seconds
     from folds where engagements > 0 and version > $1`,
    [since],
  );
  const metrics = await (await fetch(`http://127.0.0.1:${opsPort}/metrics`)).text();
  const metric = (name: string) =>
    [...metrics.matchAll(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, "gm"))].reduce(
      (sum, match) => sum + Number(match[1]),
      0,
    );
  return {
    batches: metric("pulseboard_ingest_batch_seconds_count"),
    batchSeconds: metric("pulseboard_ingest_batch_seconds_sum"),
    deltasPerEvent: metric("pulseboard_ingest_deltas_total") / events,
    folds: rows[0]!.folds,
    foldSeconds: rows[0]!.seconds,
  };
}
