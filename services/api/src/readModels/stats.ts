import type pg from "pg";

/** The row that names the state every other rollup is in. */
export interface Stats {
  version: number;
  /** RFC 3339 UTC with milliseconds: events up to here are counted, in every partition. */
  asOf: string;
  /** Minutes since the epoch: the last of every trending window. */
  windowMinute: number;
  /** YYYY-MM-DD. */
  today: string;
}

export interface StatsRow {
  version: number;
  as_of: Date;
  window_minute: number;
  today: string;
}

export const READ_STATS = "select version, as_of, window_minute, today from stats";

export function statsOf(row: StatsRow | undefined): Stats {
  if (!row) throw new Error("the stats row is missing");
  return {
    version: row.version,
    asOf: row.as_of.toISOString(),
    windowMinute: row.window_minute,
    today: row.today,
  };
}

export const readStats = async (client: Pick<pg.ClientBase, "query">): Promise<Stats> =>
  statsOf((await client.query<StatsRow>({ name: "stats", text: READ_STATS })).rows[0]);

/** The UTC date `days` before the date. */
export function daysBefore(date: string, days: number): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) - days * 86_400_000).toISOString().slice(0, 10);
}

/** A minute since the epoch as 2026-01-31T23:59Z. */
export const minuteName = (minute: number): string =>
  `${new Date(minute * 60_000).toISOString().slice(0, 16)}Z`;
