import type { ClientBase } from "pg";

/** Where the windows and the days stand. */
export interface Clock {
  /** Minutes since the epoch. */
  windowMinute: number;
  /** YYYY-MM-DD, UTC. */
  today: string;
}

export interface State extends Clock {
  version: number;
  rejected: number;
  duplicates: number;
  /** The newest quarter hour that any fold has counted. */
  openQuarter: number;
  /** History by quarter hour begins with this quarter; what is older counts in all-time sums only. */
  quartersFrom: number;
  /** How long the last fold, of whichever process, asks the next one to wait yet. */
  restMs: number;
}

/** Any constant; whoever holds this lock folds. */
export const LOCK = 7_265_302;

/** A statement of its own: what follows then sees all that the last holder of the lock committed. */
export async function tryLock(client: ClientBase): Promise<boolean> {
  const { rows } = await client.query<{ locked: boolean }>("select pg_try_advisory_xact_lock($1) as locked", [
    LOCK,
  ]);
  return rows[0]!.locked;
}

/** @param longestRestMs a rest is three times the last fold's duration, and never longer than this */
export async function readState(client: ClientBase, longestRestMs: number): Promise<State> {
  const { rows } = await client.query<State>(
    `select s.version, s.rejected, s.duplicates, s.window_minute as "windowMinute", s.today, s.open_quarter as "openQuarter",
            (select quarters_from from storage_rules) as "quartersFrom",
            greatest(0, least(3 * coalesce(f.duration_ms, 0), $1)
                        - extract(epoch from clock_timestamp() - s.folded_at) * 1000)::integer as "restMs"
     from stats s
     left join folds f on f.version = s.version`,
    [longestRestMs],
  );
  return rows[0]!;
}

/** Moves the clock forward to the database's, never back. `now` stands in for it in tests. */
export async function moveClock(client: ClientBase, before: Clock, now: Date | undefined): Promise<Clock> {
  const { rows } = await client.query<Clock>(
    `select greatest($1::integer, floor(extract(epoch from clock) / 60)::integer) as "windowMinute",
            greatest($2::date, (clock at time zone 'UTC')::date) as today
     from (select coalesce($3::timestamptz, clock_timestamp()) as clock) c`,
    [before.windowMinute, before.today, now ?? null],
  );
  return rows[0]!;
}
