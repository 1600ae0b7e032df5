import type { Segment } from "../decode/segment.ts";

/**
 * Decoded segments on their way to the writer, bounded in records and bytes. Segments of a partition are in the order
 * of their offsets.
 */
export class SegmentQueue {
  private segments: Segment[] = [];
  private readonly inFlight = new Set<Segment[]>();
  private waitingRecords = 0;
  private records = 0;
  private bytes = 0;
  private watchers: (() => void)[] = [];
  private readonly limit: { records: number; bytes: number };

  /** @param signal wakes everyone who waits for a change, when it is aborted */
  constructor(limit: { records: number; bytes: number }, signal: AbortSignal) {
    this.limit = limit;
    signal.addEventListener("abort", () => this.changed(), { once: true });
  }

  get depth(): number {
    return this.records;
  }

  get hasRoom(): boolean {
    return this.records < this.limit.records && this.bytes < this.limit.bytes;
  }

  /** Records that no group has yet. */
  get waiting(): number {
    return this.waitingRecords;
  }

  push(segment: Segment): void {
    this.segments.push(segment);
    this.waitingRecords += segment.records.length;
    this.records += segment.records.length;
    this.bytes += segment.records.bytes;
    this.changed();
  }

  /** The next group for the writer: what waits, up to about `maxRecords`, at least one segment; empty when nothing does. */
  take(maxRecords: number): Segment[] {
    const group: Segment[] = [];
    let taken = 0;
    while (
      this.segments.length > 0 &&
      (taken === 0 || taken + this.segments[0]!.records.length <= maxRecords)
    ) {
      const segment = this.segments.shift()!;
      taken += segment.records.length;
      group.push(segment);
    }
    this.waitingRecords -= taken;
    if (group.length > 0) this.inFlight.add(group);
    return group;
  }

  /** A group that was taken is written or given up: its room is free again. */
  done(group: Segment[]): void {
    for (const segment of group) this.forget(segment);
    this.inFlight.delete(group);
    this.changed();
  }

  /** Forgets what waits of a partition that is no longer ours, or whose position has to be read anew. */
  drop(partition: number): void {
    const dropped = this.segments.filter((segment) => segment.partition === partition);
    if (dropped.length === 0) return;
    this.segments = this.segments.filter((segment) => segment.partition !== partition);
    for (const segment of dropped) {
      this.forget(segment);
      this.waitingRecords -= segment.records.length;
    }
    this.changed();
  }

  /** Whether nothing of the partition waits or is being written. */
  isDrained(partition: number): boolean {
    return this.start(partition) === undefined;
  }

  /** Where begins what waits of the partition or is being written; undefined when nothing is. */
  start(partition: number): number | undefined {
    const of = (segment: Segment) => segment.partition === partition;
    // Groups are written in the order in which they were taken.
    for (const group of this.inFlight) {
      const first = group.find(of);
      if (first) return first.start;
    }
    return this.segments.find(of)?.start;
  }

  /** Resolves at the next change of the queue, or when the signal is aborted. */
  change(): Promise<void> {
    return new Promise((resolve) => this.watchers.push(resolve));
  }

  private forget(segment: Segment): void {
    this.records -= segment.records.length;
    this.bytes -= segment.records.bytes;
  }

  private changed(): void {
    const { watchers } = this;
    this.watchers = [];
    for (const resolve of watchers) resolve();
  }
}
