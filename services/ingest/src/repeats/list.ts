import type { Pool } from "pg";

/** A log from which the database has stored. */
export interface StoredLog {
  topic: string;
  partition: number;
  log_number: number;
  /** When it was found to be over, null for the one that is read. */
  closed_at: Date | null;
}

/** Engagements of one post, type, user and time, each under a derived id. */
export interface Suspect {
  post_id: number;
  type: string;
  user_id: number | null;
  engaged_timestamp: Date;
  rows: number;
  /** How many of the rows' messages have the time of another one's, to the millisecond. */
  same_message_time: number;
  /** The first ten. */
  event_ids: string[];
}

export interface Listing {
  logs: StoredLog[];
  /** Rows beside the first of each group. */
  suspected: number;
  /** Of these, whose message has the time of another one's: as a mirror keeps it. */
  same_message_time: number;
  /** The latest first. */
  newest: Suspect[];
}

export interface Range {
  since: Date | undefined;
  until: Date | undefined;
}

const LOGS = `
  select topic, partition, log_number, closed_at from ingest_closed_logs
  union all select topic, partition, log_number, null from ingest_offsets
  order by topic, partition, log_number`;

const MONTHS = `
  select inhrelid::regclass::text as name from pg_inherits where inhparent = 'engagements'::regclass order by 1 desc`;

/** Of one month; a derived id is a UUIDv8 whose first 48 bits are the message's time. */
const suspectsOf = (month: string) => `
  with alike as materialized (
    select post_id, type, user_id, engaged_timestamp, count(*)::integer as rows,
           (count(*) - count(distinct left(event_id::text, 13)))::integer as same_message_time,
           (array_agg(event_id order by event_id))[1:10] as event_ids
    from ${month}
    where substr(event_id::text, 15, 1) = '8'
      and engaged_timestamp >= coalesce($1::timestamptz, '-infinity') and engaged_timestamp < coalesce($2::timestamptz, 'infinity')
    group by post_id, type, user_id, engaged_timestamp
    having count(*) > 1)
  select coalesce(sum(rows - 1), 0)::bigint as suspected, coalesce(sum(same_message_time), 0)::bigint as same_message_time,
         (select coalesce(array_agg(to_jsonb(n)), '{}')
          from (select * from alike order by engaged_timestamp desc, post_id limit $3::integer) n) as newest
  from alike`;

type Found = {
  suspected: number;
  same_message_time: number;
  newest: (Omit<Suspect, "engaged_timestamp"> & { engaged_timestamp: string })[];
};

/**
 * Engagements that may have been counted again because another log held them too. Where every partition had one log
 * only there can be none, and nothing is searched.
 * @param limit of those listed
 */
export async function listRepeats(pool: Pool, { since, until }: Range, limit: number): Promise<Listing> {
  const { rows: logs } = await pool.query<StoredLog>(LOGS);
  const listing: Listing = { logs, suspected: 0, same_message_time: 0, newest: [] };
  if (!hadAnotherLog(logs)) return listing;
  const { rows: months } = await pool.query<{ name: string }>(MONTHS);
  for (const { name } of months) {
    const { rows } = await pool.query<Found>(suspectsOf(name), [since ?? null, until ?? null, limit]);
    const { suspected, same_message_time, newest } = rows[0]!;
    listing.suspected += suspected;
    listing.same_message_time += same_message_time;
    listing.newest.push(
      ...newest.map((each) => ({ ...each, engaged_timestamp: new Date(each.engaged_timestamp) })),
    );
  }
  listing.newest.sort((a, b) => b.engaged_timestamp.getTime() - a.engaged_timestamp.getTime());
  listing.newest.splice(limit);
  return listing;
}

/** Whether some partition number was stored from more than one log, be it of another topic. */
export function hadAnotherLog(logs: readonly StoredLog[]): boolean {
  return new Set(logs.map(({ partition }) => partition)).size < logs.length;
}
