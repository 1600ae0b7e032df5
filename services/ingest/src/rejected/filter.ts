import type { RejectReason } from "@pulseboard/contract";
import { type Coordinates, coordinateColumns } from "./coordinates.ts";

/** Which rejected events a command is about: those that meet every condition given. */
export interface Filter {
  reason?: RejectReason | undefined;
  topic?: string | undefined;
  partition?: number | undefined;
  /** Rejected at or after. */
  since?: Date | undefined;
  /** Rejected before. */
  until?: Date | undefined;
  /** Whose payload names this post. */
  post?: number | undefined;
  notReplayed: boolean;
  /** These and no others; none given means any. */
  coordinates: readonly Coordinates[];
}

/** Parameters $1 to $11 of FILTER; a query's own begin at FILTER_PARAMETERS + 1. */
export const FILTER_PARAMETERS = 11;

/**
 * The condition on rejected_events. A payload may be anything, so the post is looked for in its text, which cannot
 * fail as reading it as JSON could; once it is erased, the detail of unknown_post still names the post.
 */
export const FILTER = `
  ($1::text is null or reason = $1)
  and ($2::text is null or topic = $2)
  and ($3::integer is null or partition = $3)
  and ($4::timestamptz is null or rejected_at >= $4)
  and ($5::timestamptz is null or rejected_at < $5)
  and ($6::integer is null or detail = 'post ' || $6 || ' is not in the catalogue'
    or encode(payload, 'escape') ~ ('"post_id"\\s*:\\s*' || $6 || '(\\.0+)?\\s*[,}]'))
  and (not $7::boolean or replayed_at is null)
  and ($8::text[] is null or (topic, partition, log_number, "offset") in (
    select * from unnest($8::text[], $9::integer[], $10::integer[], $11::bigint[])))`;

export const filterValues = (filter: Filter): unknown[] => [
  filter.reason ?? null,
  filter.topic ?? null,
  filter.partition ?? null,
  filter.since ?? null,
  filter.until ?? null,
  filter.post ?? null,
  filter.notReplayed,
  ...(filter.coordinates.length > 0 ? coordinateColumns(filter.coordinates) : [null, null, null, null]),
];
