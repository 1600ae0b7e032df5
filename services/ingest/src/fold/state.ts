import type { ClientBase } from "pg";

/** Where the windows and the days stand. They follow the database's clock, forward and back. */
export interface Clock {
  /** Minutes since the epoch. */
  windowMinute: number;
  /** YYYY-MM-DD, UTC. */
  today: string;
}

export interface State extends Clock {
  version: number;
  /** ms. */
  asOf: number;
  /** When the last fold ended by the database's clock, ms. */
  foldedAt: number;
  rejected: number;
  duplicates: number;
  /** The newest quarter hour that any fold has counted. */
  openQuarter: number;
  /** History by quarter hour begins with this quarter; what is older counts in all-time sums only. */
  quartersFrom: number;
  /** post_minutes holds every count from this minute on. */
  minutesFrom: number;
  /** The sums by minute hold every count from this minute on. */
  summedFrom: number;
  /** The first minute that post_minutes holds; null without any. */
  firstMinute: number | null;
  /** Nothing has ever been counted. */
  isEmpty: boolean;
  /** The median of the minutes of the last engagements that were counted; null without any. */
  medianMinute: number | null;
  /** The difference between the database's clock and a host's that an operator has accepted, ms. */
  acceptedMs: number | null;
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

/**
 * @param longestRestMs a rest is three times the last fold's duration, and never longer than this. A last fold in the
 * future says that the clock was set back: nobody knows how long ago it was, and nothing waits for it.
 */
export async function readState(client: ClientBase, longestRestMs: number): Promise<State> {
  const { rows } = await client.query<State>(
    `select s.version, (extract(epoch from s.as_of) * 1000)::float8 as "asOf", (extract(epoch from s.folded_at) * 1000)::float8 as "foldedAt", s.rejected, s.duplicates, s.window_minute as "windowMinute", s.today, s.open_quarter as "openQuarter",
            s.minutes_from as "minutesFrom", s.summed_from as "summedFrom", s.views + s.likes + s.comments + s.shares = 0 as "isEmpty",
            (select min(minute) from minute_batches where minute >= s.minutes_from) as "firstMinute",
            (select percentile_disc(0.5) within group (order by minute) from unnest(s.recent_minutes) minute) as "medianMinute",
            (select difference_ms from accepted_clock_difference) as "acceptedMs",
            (select quarters_from from storage_rules) as "quartersFrom",
            case when since.ms < 0 then 0
                 else greatest(0, least(3 * coalesce(f.duration_ms, 0), $1) - since.ms)::integer end as "restMs"
     from stats s
     left join folds f on f.version = s.version,
     lateral (select (extract(epoch from clock_timestamp() - s.folded_at) * 1000)::double precision as ms) since`,
    [longestRestMs],
  );
  return rows[0]!;
}

/** The database's clock, ms. */
export async function readDatabaseClock(client: ClientBase): Promise<number> {
  const { rows } = await client.query<{ ms: number }>(
    "select floor(extract(epoch from clock_timestamp()) * 1000)::bigint as ms",
  );
  return rows[0]!.ms;
}
