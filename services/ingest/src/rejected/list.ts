import type { RejectReason } from "@pulseboard/contract";
import type { Pool } from "pg";
import { type Coordinates, formatCoordinates } from "./coordinates.ts";
import { FILTER, FILTER_PARAMETERS, type Filter, filterValues } from "./filter.ts";
import { number } from "./output.ts";
import { formatTable } from "./table.ts";

export interface ReasonRow {
  reason: RejectReason;
  count: number;
  first: Date;
  last: Date;
  replayed: number;
  /** The detail of the latest. */
  example: string;
}

export interface RejectedEvent extends Coordinates {
  rejected_at: Date;
  replayed_at: Date | null;
  reason: RejectReason;
  detail: string;
}

export interface Listing {
  reasons: ReasonRow[];
  /** The latest first. */
  newest: RejectedEvent[];
}

/** Rejected events by reason, most frequent first, and the newest of them. */
export async function list(pool: Pool, filter: Filter, limit: number): Promise<Listing> {
  const reasons = await pool.query<ReasonRow>(
    `select g.*, (
       select detail from rejected_events where reason = g.reason and ${FILTER} order by rejected_at desc limit 1) as example
     from (
       select reason, count(*) as count, min(rejected_at) as first, max(rejected_at) as last, count(replayed_at) as replayed
       from rejected_events where ${FILTER} group by reason) g
     order by g.count desc, g.reason`,
    filterValues(filter),
  );
  return { reasons: reasons.rows, newest: await newest(pool, filter, limit) };
}

/** The events themselves without their bytes, the latest first. */
export async function newest(pool: Pool, filter: Filter, limit: number): Promise<RejectedEvent[]> {
  const { rows } = await pool.query<RejectedEvent>(
    `select topic, partition, log_number as log, "offset", rejected_at, replayed_at, reason, detail
     from rejected_events where ${FILTER}
     order by rejected_at desc, topic, partition, log_number desc, "offset" desc limit $${FILTER_PARAMETERS + 1}`,
    [...filterValues(filter), limit],
  );
  return rows;
}

/** For --json, by the table's own names. */
export const jsonOf = ({ reasons, newest }: Listing) => ({
  reasons,
  newest: newest.map(({ topic, partition, log, ...event }) => ({
    topic,
    partition,
    log_number: log,
    ...event,
  })),
});

export function formatListing({ reasons, newest }: Listing): string {
  if (reasons.length === 0) return "no rejected events match\n";
  const table = formatTable(
    [
      ["reason", "count", "replayed", "first", "last", "for example"],
      ...reasons.map((row) => [
        row.reason,
        number(row.count),
        number(row.replayed),
        row.first.toISOString(),
        row.last.toISOString(),
        row.example,
      ]),
    ],
    [1, 2],
  );
  const events = formatTable([
    ["newest", "rejected at", "reason", "replayed", "detail"],
    ...newest.map((event) => [
      formatCoordinates(event),
      event.rejected_at.toISOString(),
      event.reason,
      event.replayed_at ? "yes" : "no",
      event.detail,
    ]),
  ]);
  return `${table}\n${events}`;
}
