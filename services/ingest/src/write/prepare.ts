import { type Engagement, isRejection, markOf, type Segment } from "../decode/record.ts";
import { monthOf } from "./months.ts";
import type { Counts, Step } from "./offsets.ts";
import type { KnownPosts } from "./posts.ts";
import type { RejectedRecord } from "./rejects.ts";

/** An engagement to be stored, and the counts of its partition, which say what became of it. */
export interface Row {
  engagement: Engagement;
  counts: Counts;
}

/** A group of segments, sorted into what goes where. */
export interface Batch {
  steps: Step[];
  counts: Counts[];
  /** By month, each event_id once. */
  rows: Map<number, Row[]>;
  rejects: RejectedRecord[];
}

/** Ids of the posts that the group's events name and the catalogue has not been asked for. */
export function* unknownPosts(group: Segment[], posts: KnownPosts): Generator<number> {
  for (const segment of group)
    for (const { result } of segment.records)
      if (!isRejection(result) && !posts.has(result.postId)) yield result.postId;
}

/** Sorts a group of segments. Duplicates inside the group are found here; the first of equals is kept. */
export function prepare(group: Segment[], posts: KnownPosts): Batch {
  const batch: Batch = { steps: [], counts: [], rows: new Map(), rejects: [] };
  const seen = new Map<number, Set<string>>();
  for (const partition of [...new Set(group.map((segment) => segment.partition))].sort((a, b) => a - b)) {
    const segments = group.filter((segment) => segment.partition === partition);
    const counts: Counts = { partition, stored: 0, rejected: 0, duplicates: 0, skipped: 0 };
    for (const segment of segments) {
      counts.skipped += segment.end - segment.start - segment.records.length;
      for (const { message, result } of segment.records) {
        if (isRejection(result) || !posts.has(result.postId)) {
          counts.rejected += 1;
          const rejection = isRejection(result)
            ? result
            : ({ reason: "unknown_post", detail: `post ${result.postId} is not in the catalogue` } as const);
          batch.rejects.push({ partition, log: segment.log, message, rejection });
          continue;
        }
        const month = monthOf(result.engagedAt);
        let ids = seen.get(month);
        if (!ids) {
          ids = new Set();
          seen.set(month, ids);
          batch.rows.set(month, []);
        }
        if (ids.has(result.eventId)) {
          counts.duplicates += 1;
          continue;
        }
        ids.add(result.eventId);
        counts.stored += 1;
        batch.rows.get(month)!.push({ engagement: result, counts });
      }
    }
    batch.counts.push(counts);
    batch.steps.push(stepOf(segments));
  }
  return batch;
}

/** The one step that consecutive segments of a partition make together. */
function stepOf(segments: Segment[]): Step {
  const first = segments[0]!;
  const final = segments.at(-1)!;
  const message = segments.findLast((segment) => segment.records.length > 0)?.records.at(-1)?.message;
  const reached = message && message.timestamp >= 0 ? Math.min(message.timestamp, Date.now()) : undefined;
  return {
    partition: first.partition,
    log: first.log,
    start: first.start,
    end: final.end,
    last: message && markOf(message),
    watermark: final.watermark ?? reached,
  };
}

/** Marks rows as duplicates: they leave the batch and count as such. */
export function dropDuplicates(batch: Batch, month: number, isDuplicate: (row: Row) => boolean): void {
  const kept: Row[] = [];
  for (const row of batch.rows.get(month) ?? []) {
    if (!isDuplicate(row)) {
      kept.push(row);
      continue;
    }
    row.counts.stored -= 1;
    row.counts.duplicates += 1;
  }
  batch.rows.set(month, kept);
}

/** Cuts a group of two or more records in two, between records. */
export function halve(group: Segment[]): [Segment[], Segment[]] {
  let left = Math.floor(recordsIn(group) / 2);
  const halves: [Segment[], Segment[]] = [[], []];
  for (const segment of group) {
    if (left >= segment.records.length) halves[0].push(segment);
    else if (left <= 0) halves[1].push(segment);
    else {
      const cut = segment.records[left]!.message.offset;
      halves[0].push({ ...segment, end: cut, records: segment.records.slice(0, left), watermark: undefined });
      halves[1].push({ ...segment, start: cut, records: segment.records.slice(left) });
    }
    left -= segment.records.length;
  }
  return halves;
}

export const recordsIn = (group: Segment[]): number =>
  group.reduce((sum, segment) => sum + segment.records.length, 0);
