import { type DecodedRecord, markOf, type Segment } from "../decode/record.ts";
import { monthOf } from "./months.ts";
import type { Counts, Step } from "./offsets.ts";
import type { KnownPosts } from "./posts.ts";
import type { RejectedRecord } from "./rejects.ts";

/** A group of segments, sorted into what goes where. */
export interface Batch {
  steps: Step[];
  /** By partition, what became of its records. */
  counts: Map<number, Counts>;
  /** Engagements to be stored, by month, each event_id once. */
  rows: Map<number, DecodedRecord[]>;
  rejects: RejectedRecord[];
}

/** Ids of the posts that the group's events name and the catalogue has not been asked for. */
export function unknownPosts(group: Segment[], posts: KnownPosts): Set<number> {
  const unknown = new Set<number>();
  for (const { records } of group)
    for (const { rejection, postId } of records) if (!rejection && !posts.has(postId)) unknown.add(postId);
  return unknown;
}

/** Sorts a group of segments. Duplicates inside the group are found here; the first of equals is kept. */
export function prepare(group: Segment[], posts: KnownPosts): Batch {
  const batch: Batch = { steps: [], counts: new Map(), rows: new Map(), rejects: [] };
  const seen = new Map<number, Set<string>>();
  for (const partition of [...new Set(group.map((segment) => segment.partition))].sort((a, b) => a - b)) {
    const segments = group.filter((segment) => segment.partition === partition);
    const counts: Counts = { partition, stored: 0, rejected: 0, duplicates: 0, skipped: 0 };
    for (const { start, end, log, records } of segments) {
      counts.skipped += end - start - records.length;
      for (const record of records) {
        const rejection = record.rejection ?? unknownPost(record, posts);
        if (rejection) {
          counts.rejected += 1;
          batch.rejects.push({ record, log, rejection });
          continue;
        }
        const month = monthOf(record.engagedAt);
        let ids = seen.get(month);
        if (!ids) {
          ids = new Set();
          seen.set(month, ids);
          batch.rows.set(month, []);
        }
        const known = ids.size;
        if (ids.add(record.eventId).size === known) {
          counts.duplicates += 1;
          continue;
        }
        counts.stored += 1;
        batch.rows.get(month)!.push(record);
      }
    }
    batch.counts.set(partition, counts);
    batch.steps.push(stepOf(segments));
  }
  return batch;
}

const unknownPost = (record: DecodedRecord, posts: KnownPosts) =>
  posts.has(record.postId)
    ? undefined
    : ({ reason: "unknown_post", detail: `post ${record.postId} is not in the catalogue` } as const);

/** The one step that consecutive segments of a partition make together. */
function stepOf(segments: Segment[]): Step {
  const first = segments[0]!;
  const final = segments.at(-1)!;
  const message = segments.findLast((segment) => segment.records.length > 0)?.records.at(-1);
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
export function dropDuplicates(
  batch: Batch,
  month: number,
  isDuplicate: (record: DecodedRecord) => boolean,
): void {
  const kept: DecodedRecord[] = [];
  for (const record of batch.rows.get(month) ?? []) {
    if (!isDuplicate(record)) {
      kept.push(record);
      continue;
    }
    const counts = batch.counts.get(record.partition)!;
    counts.stored -= 1;
    counts.duplicates += 1;
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
      const cut = segment.records[left]!.offset;
      halves[0].push({ ...segment, end: cut, records: segment.records.slice(0, left), watermark: undefined });
      halves[1].push({ ...segment, start: cut, records: segment.records.slice(left) });
    }
    left -= segment.records.length;
  }
  return halves;
}

export const recordsIn = (group: Segment[]): number =>
  group.reduce((sum, segment) => sum + segment.records.length, 0);
