import { ENGAGEMENT_TYPES } from "@pulseboard/contract";
import type { Pool } from "pg";
import type { Account, Model } from "./model.ts";

/** What the writer keeps of a history, as the database has it or as the model says. */
export interface Snapshot {
  logs: Account[];
  /** id, post, type, user, ms */
  events: [string, number, string, number | null, number][];
  /** partition, log, offset, reason */
  rejected: [number, number, number, string][];
  /** partition, log, from, to */
  gaps: [number, number, number, number][];
  /** Engagements counted by deltas and rollups together: post, type, count. */
  counted: [number, string, number][];
}

const ACCOUNT = `'partition', partition, 'logNumber', log_number, 'first', first_offset, 'next', next_offset,
  'stored', stored, 'rejected', rejected, 'duplicates', duplicates, 'skipped', skipped, 'gaps', gaps`;
const aggregate = (row: string, order: string) => `coalesce(json_agg(${row} order by ${order}), '[]')`;

const READ = `
  select
    (select ${aggregate("account", "partition, log_number")} from (
       select partition, log_number, json_build_object(${ACCOUNT}, 'last', null) as account
       from ingest_closed_logs where topic = $1
       union all
       select partition, log_number, json_build_object(${ACCOUNT}, 'last',
         case when last_offset is not null then json_build_array(last_offset, last_timestamp, last_crc) end)
       from ingest_offsets where topic = $1) l) as logs,
    (select ${aggregate("json_build_array(event_id, post_id, type, user_id, (extract(epoch from engaged_timestamp) * 1000)::bigint)", "event_id, engaged_timestamp")}
     from engagements where post_id >= $2 and post_id < $3) as events,
    (select ${aggregate('json_build_array(partition, log_number, "offset", reason)', 'partition, log_number, "offset"')}
     from rejected_events where topic = $1) as rejected,
    (select ${aggregate("json_build_array(partition, log_number, from_offset, to_offset)", "partition, log_number, from_offset")}
     from ingest_gaps where topic = $1) as gaps,
    (select ${aggregate("json_build_array(post_id, type, count)", "post_id, type")} from (
       select post_id, type, sum(count)::integer as count
       from (select post_id, views, likes, comments, shares from engagement_deltas where post_id >= $2 and post_id < $3
             union all
             select post_id, views, likes, comments, shares from post_stats where post_id >= $2 and post_id < $3) c,
            lateral (values ('view', views), ('like', likes), ('comment', comments), ('share', shares)) t (type, count)
       where count <> 0
       group by post_id, type) t) as counted`;

/** @param posts [first, end) of the history's post ids */
export async function readSnapshot(pool: Pool, topic: string, posts: [number, number]): Promise<Snapshot> {
  const { rows } = await pool.query<Snapshot>({
    name: "model-snapshot",
    text: READ,
    values: [topic, ...posts],
  });
  return rows[0]!;
}

const byKey = <T>(rows: T[], key: (row: T) => string): T[] => rows.sort((a, b) => (key(a) < key(b) ? -1 : 1));
const padded = (...numbers: number[]) => numbers.map((n) => String(n).padStart(15, "0")).join(" ");

export function expectedSnapshot(model: Model): Snapshot {
  const logs = [...model.closed, ...model.open.values()];
  const events = [...model.events.values()];
  const counted = new Map<string, [number, string, number]>();
  for (const { post, type } of events) {
    const row = counted.get(`${post} ${type}`) ?? [post, type, 0];
    row[2] += 1;
    counted.set(`${post} ${type}`, row);
  }
  return {
    logs: byKey(logs, (log) => padded(log.partition, log.logNumber)),
    events: byKey(
      events.map(({ id, post, type, user, at }) => [id, post, type, user, at] as Snapshot["events"][number]),
      ([id, , , , at]) => `${id} ${padded(at)}`,
    ),
    rejected: byKey(
      model.rejected.map(({ partition, logNumber, offset, reason }) => [
        partition,
        logNumber,
        offset,
        reason,
      ]),
      ([partition, log, offset]) => padded(partition, log, offset),
    ),
    gaps: byKey([...model.gaps], ([partition, log, from]) => padded(partition, log, from)),
    counted: byKey([...counted.values()], ([post, type]) => `${padded(post)} ${type}`),
  };
}

export const typeIndex = (type: string): number => (ENGAGEMENT_TYPES as readonly string[]).indexOf(type);
