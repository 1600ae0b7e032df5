import { REJECTED } from "../decode/columns.ts";
import { markOf } from "../decode/record.ts";
import type { Segment } from "../decode/segment.ts";
import { MonthRows } from "./monthRows.ts";
import { monthOf } from "./months.ts";
import type { Counts, Step } from "./offsets.ts";
import type { KnownPosts } from "./posts.ts";
import type { RejectedRecord } from "./rejects.ts";

/** A group of segments, sorted into what goes where. */
export interface Batch {
  /** The horizon by which its events were judged. */
  horizon: number;
  /** The database in which their posts were looked up. */
  incarnation: string;
  steps: Step[];
  /** By partition, what became of its records. */
  counts: Map<number, Counts>;
  /** Engagements to be stored, by month, each event_id once. */
  rows: Map<number, MonthRows>;
  rejects: RejectedRecord[];
}

/** Ids of the posts that the group's events name and the catalogue has not been asked for. */
export function unknownPosts(group: Segment[], posts: KnownPosts): Set<number> {
  const unknown = new Set<number>();
  for (const { records } of group)
    for (let index = 0; index < records.length; index++) {
      const post = records.posts[index]!;
      if (records.types[index] !== REJECTED && !posts.has(post)) unknown.add(post);
    }
  return unknown;
}

/** What decides, beside the record itself, whether it is stored. */
export interface Judgement {
  /** Events before this time, ms, are expired. */
  horizon: number;
  /** See StorageRules. */
  incarnation: string;
  /** Posts that the catalogue does not have. */
  missing: ReadonlySet<number>;
}

/** Sorts a group of segments. Duplicates inside the group are found here; the first of equals is kept. */
export function prepare(group: Segment[], judgement: Judgement): Batch {
  const batch: Batch = {
    horizon: judgement.horizon,
    incarnation: judgement.incarnation,
    steps: [],
    counts: new Map(),
    rows: new Map(),
    rejects: [],
  };
  for (const partition of [...new Set(group.map((segment) => segment.partition))].sort((a, b) => a - b)) {
    const segments = group.filter((segment) => segment.partition === partition);
    const counts: Counts = { partition, stored: 0, rejected: 0, duplicates: 0, skipped: 0 };
    for (const segment of segments) sortRecords(segment, judgement, batch, counts);
    batch.counts.set(partition, counts);
    batch.steps.push(stepOf(segments));
  }
  for (const rows of batch.rows.values()) rows.sort();
  return batch;
}

function sortRecords(segment: Segment, judgement: Judgement, batch: Batch, counts: Counts): void {
  const { partition, log, records } = segment;
  const { horizon, missing } = judgement;
  counts.skipped += segment.end - segment.start - records.length;
  for (let index = 0; index < records.length; index++) {
    const post = records.posts[index]!;
    const isRejected = records.types[index] === REJECTED;
    const isExpired = records.times[index]! < horizon;
    if (isRejected || isExpired || (missing.size > 0 && missing.has(post))) {
      const rejection = isRejected
        ? records.rejection(index)
        : isExpired
          ? expired(horizon)
          : unknownPost(post);
      batch.rejects.push({ partition, log, message: records.message(index), rejection });
      counts.rejected += 1;
      continue;
    }
    const month = monthOf(records.times[index]!);
    let rows = batch.rows.get(month);
    if (!rows) {
      rows = new MonthRows();
      batch.rows.set(month, rows);
    }
    if (rows.add(partition, records, index)) counts.stored += 1;
    else counts.duplicates += 1;
  }
}

const expired = (horizon: number) =>
  ({
    reason: "expired",
    detail: `events before ${new Date(horizon).toISOString()} are no longer taken`,
  }) as const;

const unknownPost = (post: number) =>
  ({ reason: "unknown_post", detail: `post ${post} is not in the catalogue` }) as const;

/** The one step that consecutive segments of a partition make together. */
export function stepOf(segments: Segment[]): Step {
  const first = segments[0]!;
  const final = segments.at(-1)!;
  const passed = segments.findLast((segment) => segment.records.length > 0)?.records;
  const message = passed?.message(passed.length - 1);
  return {
    partition: first.partition,
    log: first.log,
    start: first.start,
    end: final.end,
    last: message && markOf(message),
    watermark: segments.findLast(({ watermark }) => watermark !== undefined)?.watermark,
  };
}

/** Marks rows as duplicates, by their id in 32 hexadecimal digits: they leave the batch and count as such. */
export function dropDuplicates(batch: Batch, month: number, isDuplicate: (id: string) => boolean): void {
  batch.rows.get(month)?.drop(isDuplicate, (partition) => {
    const counts = batch.counts.get(partition)!;
    counts.stored -= 1;
    counts.duplicates += 1;
  });
}

/** Cuts a group of two or more records in two, between records. */
export function halve(group: Segment[]): [Segment[], Segment[]] {
  let left = Math.floor(recordsIn(group) / 2);
  const halves: [Segment[], Segment[]] = [[], []];
  for (const segment of group) {
    if (left >= segment.records.length) halves[0].push(segment);
    else if (left <= 0) halves[1].push(segment);
    else {
      const cut = segment.records.offset(left);
      halves[0].push({ ...segment, end: cut, records: segment.records.slice(0, left), watermark: undefined });
      halves[1].push({
        ...segment,
        start: cut,
        records: segment.records.slice(left, segment.records.length),
      });
    }
    left -= segment.records.length;
  }
  return halves;
}

export const recordsIn = (group: Segment[]): number =>
  group.reduce((sum, segment) => sum + segment.records.length, 0);
