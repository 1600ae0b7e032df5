import type { World } from "../world.ts";
import type { Expectation } from "./expected.ts";

/** What retention has done. */
export interface Archive {
  /** ms since the epoch; earlier events are expired. */
  horizon: number;
  /** The engagements of months that were dropped, by "2025-03". */
  months: Map<string, number>;
}

export async function readArchive(world: World): Promise<Archive> {
  const [{ horizon }] = await world.query(
    "select extract(epoch from events_from)::float8 * 1000 as horizon from storage_rules",
  );
  const rows = await world.query(
    "select to_char(month, 'YYYY-MM') as month, engagements::float8 from archived_months",
  );
  return { horizon, months: new Map(rows.map(({ month, engagements }) => [month, engagements])) };
}

const monthOf = (at: number): string => new Date(at).toISOString().slice(0, 7);

/** A month that was dropped had every event of it that was not rejected as expired, and no other. */
export function archiveDeviations({ horizon, months }: Archive, { events }: Expectation): string[] {
  const expected = new Map<string, number>();
  for (const { at } of events.values())
    if (at < horizon) expected.set(monthOf(at), (expected.get(monthOf(at)) ?? 0) + 1);
  return [...new Set([...expected.keys(), ...months.keys()])]
    .filter((month) => (expected.get(month) ?? 0) !== (months.get(month) ?? 0))
    .map(
      (month) =>
        `${months.get(month) ?? 0} engagements of ${month} were archived, ${expected.get(month) ?? 0} stood in the logs`,
    );
}

/** Nothing expires that is to stay: by the harness' clock, whatever the system's said meanwhile. */
export function horizonDeviations({ horizon }: Archive, months: number): string[] {
  const now = new Date();
  const right = Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - months, 1);
  if (horizon <= right) return [];
  return [
    `events before ${new Date(horizon).toISOString()} are expired; ${months} months back is ${new Date(right).toISOString()}`,
  ];
}
